//! Problems are collected, so that all of a file's are told at once.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use dhow_erb::Rendered;

use crate::{
    files::Sources,
    problem::{Problem, Severity},
    source::{Layer, Lines, Place, SourceFile, Span},
    template::{self, DeployFile},
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

    pub(crate) fn message(&self) -> &str {
        &self.message
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

/// Shorter texts that a tag inserted are no secrets, and replacing them would garble the message about them.
const SHORTEST_AT_ITS_PLACE: usize = 4;
/// The same for messages about other places, where the text may stand for itself.
const SHORTEST_ANYWHERE: usize = 8;
/// More texts than the tags of a deploy file insert.
const MOST_INSERTED: usize = 1000;

/// Errors that are told, and warnings: more than anybody reads in one go.
const MOST_TOLD: usize = 500;

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Findings {
    base: Shown,
    destination: Option<Shown>,
    all: Vec<Finding>,
    /// Those whose spans count the bytes of the files as written.
    in_source: Vec<Finding>,
    /// How many there are beyond [`MOST_TOLD`].
    left_out: BTreeMap<Severity, usize>,
    /// Keys that are misspelt, and what was meant.
    meant: Vec<(Span, &'static str)>,
}

/// A file as problems show it: as written, its secrets masked.
struct Shown {
    file: Arc<SourceFile>,
    /// Masking leaves every line break where it is.
    lines: OnceLock<Lines>,
    rendered: Option<Rendered>,
    /// What its tags inserted, each with its tag.
    inserted: BTreeMap<String, String>,
}

/// Without what tags inserted.
impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Shown")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Shown {
    fn new(file: &DeployFile) -> Self {
        let mut shown = Self {
            file: Arc::new(file.source.clone()),
            lines: OnceLock::new(),
            rendered: file.rendered.clone().ok(),
            inserted: BTreeMap::new(),
        };
        if let Some(rendered) = &shown.rendered {
            let all = rendered.map.inserted(0..rendered.text.len());
            let values = all
                .into_iter()
                .filter_map(|(at, tag)| shown.value_of_tag(rendered, at, tag, SHORTEST_ANYWHERE))
                .map(|(value, tag)| (value.to_owned(), tag.to_owned()))
                .take(MOST_INSERTED);
            shown.inserted = values.collect();
        }
        shown
    }

    fn place(&self, range: Range<usize>) -> Place {
        let lines = self.lines.get_or_init(|| Lines::of(&self.file.text));
        Place::new(Arc::clone(&self.file), lines, range)
    }

    /// Puts stars over ranges of the file, all at once: each alone would copy the file again.
    fn mask(&mut self, mut ranges: Vec<Range<usize>>) {
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        ranges.dedup();
        let parts = ranges
            .into_iter()
            .flat_map(|range| template::to_cover(&self.file.text, range));
        let text = masked(&self.file.text, parts);
        Arc::make_mut(&mut self.file).text = text;
    }

    /// The same with the tags themselves in place of what they inserted, because that may be secret: all of the
    /// file's longer texts, and at `span` the shorter ones too.
    fn without_inserted(&self, text: String, span: Option<Span>) -> String {
        let Some(rendered) = &self.rendered else {
            return text;
        };
        let here = span.map_or_else(Vec::new, |span| rendered.map.inserted(span.start..span.end));
        let here = here
            .into_iter()
            .filter_map(|(at, tag)| self.value_of_tag(rendered, at, tag, SHORTEST_AT_ITS_PLACE));
        let elsewhere = self.inserted.iter().map(|(value, tag)| (&**value, &**tag));
        here.chain(elsewhere)
            .fold(text, |text, (value, tag)| text.replace(value, tag))
    }

    /// What a tag inserted, and the tag; none when that is too short, or written in the tag itself.
    fn value_of_tag<'a>(
        &'a self,
        rendered: &'a Rendered,
        at: Range<usize>,
        tag: Range<usize>,
        shortest: usize,
    ) -> Option<(&'a str, &'a str)> {
        let value = rendered.text.get(at)?.trim();
        let tag = self.file.text.get(tag)?;
        (value.len() >= shortest && !tag.contains(value)).then_some((value, tag))
    }
}

impl Findings {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            base: Shown::new(&sources.base),
            destination: sources.destination.as_ref().map(Shown::new),
            all: Vec::new(),
            in_source: Vec::new(),
            left_out: BTreeMap::new(),
            meant: Vec::new(),
        }
    }

    /// A collector whose findings nobody reads, for what is checked elsewhere.
    pub(crate) fn none() -> Self {
        Self::new(&Sources::of_text("", None))
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        let alike = |other: &&Finding| other.severity == finding.severity;
        if self.all.len() < MOST_TOLD || self.all.iter().filter(alike).count() < MOST_TOLD {
            self.all.push(finding);
        } else {
            *self.left_out.entry(finding.severity).or_default() += 1;
        }
    }

    /// Remembers what a misspelt key was meant to be, so that nobody misses that one later.
    pub(crate) fn mean(&mut self, key: Span, meant: &'static str) {
        if self.meant.len() < MOST_TOLD {
            self.meant.push((key, meant));
        }
    }

    pub(crate) fn meant(&self) -> &[(Span, &'static str)] {
        &self.meant
    }

    /// Adds one whose span counts the bytes of the file as written.
    pub(crate) fn push_in_source(&mut self, finding: Finding) {
        self.in_source.push(finding);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.all
            .iter()
            .chain(&self.in_source)
            .any(Finding::is_error)
    }

    /// Puts stars over these bytes in every snippet, because they are written secrets.
    pub(crate) fn mask(&mut self, spans: &[Span]) {
        for layer in [Layer::Base, Layer::Destination] {
            let shown = self.shown_mut(layer);
            let Some(rendered) = &shown.rendered else {
                continue;
            };
            let own = spans.iter().filter(|span| span.layer == layer);
            let ranges = own.flat_map(|span| rendered.map.parts(span.start..span.end));
            let ranges = ranges.collect();
            shown.mask(ranges);
        }
    }

    /// The same for bytes of a file as written.
    pub(crate) fn mask_in_source(&mut self, spans: &[Span]) {
        for layer in [Layer::Base, Layer::Destination] {
            let own = spans.iter().filter(|span| span.layer == layer);
            let ranges = own.map(|span| span.start..span.end).collect();
            self.shown_mut(layer).mask(ranges);
        }
    }

    /// A text of a finding without what tags of either file inserted.
    fn without_inserted(&self, text: String, span: Span) -> String {
        let at = |layer| (span.layer == layer).then_some(span);
        let text = self.base.without_inserted(text, at(Layer::Base));
        match &self.destination {
            Some(destination) => destination.without_inserted(text, at(Layer::Destination)),
            None => text,
        }
    }

    fn shown(&self, layer: Layer) -> &Shown {
        match (layer, &self.destination) {
            (Layer::Destination, Some(shown)) => shown,
            _ => &self.base,
        }
    }

    fn shown_mut(&mut self, layer: Layer) -> &mut Shown {
        match (layer, &mut self.destination) {
            (Layer::Destination, Some(shown)) => shown,
            _ => &mut self.base,
        }
    }

    /// All of them in the order of the files, each once.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        let in_source = std::mem::take(&mut self.in_source);
        let findings = std::mem::take(&mut self.all);
        let in_source = in_source
            .into_iter()
            .map(|finding| self.problem(finding, Self::place_in_source));
        let others = findings.into_iter().map(|finding| {
            let (span, help) = (finding.span, finding.help);
            let finding = Finding {
                message: self.without_inserted(finding.message, span),
                path: self.without_inserted(finding.path, span),
                help: help.map(|help| self.without_inserted(help, span)),
                ..finding
            };
            self.problem(finding, Self::place)
        });
        let mut problems: Vec<Problem> = Vec::new();
        for problem in in_source.chain(others) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems.sort_by_key(|problem| {
            let place = problem.place.as_ref();
            place.map(|place| {
                let in_base = place.file.path == self.base.file.path;
                (!in_base, place.range.start)
            })
        });
        problems.extend(self.left_out.iter().map(|(severity, count)| {
            let kind = match severity {
                Severity::Error => "errors",
                Severity::Warning => "warnings",
            };
            let message = format!("and {count} more {kind}");
            let finding = Finding {
                severity: *severity,
                ..Finding::error(&KeyPath::root(), Span::TOP, message)
            };
            self.problem(finding, Self::place)
        }));
        problems
    }

    fn problem(&self, finding: Finding, place: impl Fn(&Self, Span) -> Place) -> Problem {
        Problem {
            severity: finding.severity,
            path: finding.path,
            message: finding.message,
            place: Some(place(self, finding.span)),
            related: finding
                .related
                .map(|(span, label)| (place(self, span), label)),
            help: finding.help,
        }
    }

    /// Whether a value stands in the file itself, no part of it put in by a tag.
    pub(crate) fn is_written(&self, span: Span) -> bool {
        let rendered = self.shown(span.layer).rendered.as_ref();
        rendered.is_some_and(|it| it.map.inserted(span.start..span.end).is_empty())
    }

    /// The place of a span in the file as it is written, its secrets masked.
    pub(crate) fn place(&self, span: Span) -> Place {
        let shown = self.shown(span.layer);
        let range = match &shown.rendered {
            Some(rendered) => rendered.map.to_source(span.start..span.end),
            None => span.start..span.end,
        };
        shown.place(range)
    }

    fn place_in_source(&self, span: Span) -> Place {
        self.shown(span.layer).place(span.start..span.end)
    }
}

/// `text` with every byte of the ranges but line ends turned into a star, so that all other places keep theirs.
fn masked(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let start = text.floor_char_boundary(range.start);
        let end = text.ceil_char_boundary(range.end);
        for byte in &mut bytes[start..end.max(start)] {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
