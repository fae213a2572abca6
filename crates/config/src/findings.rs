//! Problems are collected, so that all of a file's are told at once.

use std::sync::Arc;

use crate::{
    files::Sources,
    problem::{Problem, Severity},
    source::{Layer, Place, SourceFile, Span},
};

/// A problem that still points by bytes.
#[derive(Debug)]
#[must_use = "a finding must be put into the findings"]
pub(crate) struct Finding {
    severity: Severity,
    path: String,
    message: String,
    span: Span,
    related: Option<(Span, String)>,
    help: Option<String>,
}

impl Finding {
    pub(crate) fn error(path: &KeyPath, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            path: path.0.clone(),
            message: message.into(),
            span,
            related: None,
            help: None,
        }
    }

    pub(crate) fn warning(path: &KeyPath, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(path, span, message)
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }
}

/// A key path in Kamal's grammar: keys and list positions from 0, joined by `/` (config §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPath(String);

impl KeyPath {
    pub(crate) fn root() -> Self {
        Self::default()
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        if self.0.is_empty() {
            Self(key.to_owned())
        } else {
            Self(format!("{}/{key}", self.0))
        }
    }

    pub(crate) fn item(&self, position: usize) -> Self {
        self.key(&position.to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Findings {
    base: Arc<SourceFile>,
    destination: Option<Arc<SourceFile>>,
    all: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            base: Arc::new(sources.base.clone()),
            destination: sources.destination.clone().map(Arc::new),
            all: Vec::new(),
        }
    }

    /// A collector whose findings nobody reads, for what is checked elsewhere.
    pub(crate) fn none() -> Self {
        Self::new(&Sources::of_text("", None))
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.all.push(finding);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.all.iter().any(Finding::is_error)
    }

    /// Puts stars over these bytes in every snippet, because they are written secrets.
    pub(crate) fn mask(&mut self, spans: &[Span]) {
        for span in spans {
            let file = match (span.layer, &mut self.destination) {
                (Layer::Destination, Some(file)) => file,
                _ => &mut self.base,
            };
            let file = Arc::make_mut(file);
            file.text = masked(&file.text, span.start, span.end);
        }
    }

    /// All of them in the order of the files, each once.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        let findings = std::mem::take(&mut self.all);
        let mut problems: Vec<Problem> = Vec::new();
        for finding in findings {
            let problem = self.problem(finding);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems.sort_by_key(|problem| {
            let place = problem.place.as_ref();
            place.map(|place| (place.file.path != self.base.path, place.range.start))
        });
        problems
    }

    fn problem(&self, finding: Finding) -> Problem {
        Problem {
            severity: finding.severity,
            path: finding.path,
            message: finding.message,
            place: Some(self.place(finding.span)),
            related: finding
                .related
                .map(|(span, label)| (self.place(span), label)),
            help: finding.help,
        }
    }

    fn place(&self, span: Span) -> Place {
        let file = match (span.layer, &self.destination) {
            (Layer::Destination, Some(file)) => file,
            _ => &self.base,
        };
        Place::new(Arc::clone(file), span.start..span.end)
    }
}

/// `text` with every byte of the range but line ends turned into a star, so that all other places keep theirs.
fn masked(text: &str, start: usize, end: usize) -> String {
    let (Some(before), Some(secret), Some(after)) =
        (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return text.to_owned();
    };
    let covered: String = secret
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { '*' })
        .collect();
    format!("{before}{covered}{after}")
}
