//! Everything that can end a command early, in one form: what failed, where, what came back, what to do next.

mod hosts;
mod project;

use std::{error::Error, fmt::Display};

use crate::placed_problem::PlacedProblem;

/// Whose matter a failure is. It decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something was done and did not work.
    Step,
    /// The command line cannot be.
    Usage,
    /// The deploy file, the secrets, the repository or another part of the project.
    Project,
    /// This machine lacks something.
    Machine,
    /// A host cannot be reached or cannot be deployed to.
    Host,
    /// Somebody else holds the deploy lock.
    Locked,
    /// Some hosts have come to the new version, others have not.
    Partial,
    /// A signal.
    Signal(u8),
    /// What was run has said itself why it ends with this code: a command in a terminal of a host, or a check.
    OwnCode(u8),
}

impl Kind {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Step => 1,
            Self::Usage => 2,
            Self::Project => 3,
            Self::Machine => 4,
            Self::Host => 5,
            Self::Locked => 6,
            Self::Partial => 7,
            Self::Signal(number) => 128 + number,
            Self::OwnCode(code) => code,
        }
    }

    /// Its name for programs, in events and in telemetry. docs/events.schema.json lists them all.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Usage => "usage",
            Self::Project => "project",
            Self::Machine => "machine",
            Self::Host => "host",
            Self::Locked => "locked",
            Self::Partial => "partial",
            Self::Signal(_) => "signal",
            Self::OwnCode(_) => "own-code",
        }
    }
}

/// The result of some work and of what was put away after it: neither failure hides the other.
pub(crate) fn both(
    work: Result<(), Failure>,
    afterwards: Result<(), Failure>,
) -> Result<(), Failure> {
    match (work, afterwards) {
        (Err(failure), Err(next)) => Err(failure.followed_by(next)),
        (work, afterwards) => work.and(afterwards),
    }
}

/// A failure as it is told to a person.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Whose matter it is.
    pub(crate) kind: Kind,
    /// What failed, one line.
    pub(crate) headline: String,
    /// Why, each the reason of the one before.
    pub(crate) causes: Vec<String>,
    /// What came back: output of programs, snippets, tables. Lines are shown as they are.
    pub(crate) details: Vec<String>,
    /// What to do next.
    pub(crate) hints: Vec<String>,
    /// The problems of files that are shown among the details, for programs.
    pub(crate) problems: Box<[PlacedProblem]>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, headline: impl Into<String>) -> Self {
        Self {
            kind,
            headline: headline.into(),
            causes: Vec::new(),
            details: Vec::new(),
            hints: Vec::new(),
            problems: Box::default(),
        }
    }

    /// A failure about which everything was said: nothing is left but the code of its kind.
    pub(crate) fn already_told(kind: Kind) -> Self {
        Self::new(Kind::OwnCode(kind.code()), "what is wrong was told")
    }

    /// A failure whose headline is the error, with its sources as causes.
    pub(crate) fn of(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::new(kind, error.to_string());
        failure.add_sources(error);
        failure
    }

    /// Adds an error and its sources as causes.
    #[must_use]
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        self.causes.push(error.to_string());
        self.add_sources(error);
        self
    }

    #[must_use]
    pub(crate) fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(text.into());
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(text.into());
        self
    }

    #[must_use]
    pub(crate) fn maybe_hint(mut self, text: Option<impl Into<String>>) -> Self {
        self.hints.extend(text.map(Into::into));
        self
    }

    /// Adds problems of files that the details show, for programs.
    #[must_use]
    pub(crate) fn with_problems(
        mut self,
        problems: impl IntoIterator<Item = PlacedProblem>,
    ) -> Self {
        let known = std::mem::take(&mut self.problems).into_iter();
        self.problems = known.chain(problems).collect();
        self
    }

    fn add_sources(&mut self, error: &(dyn Error + 'static)) {
        let mut source = error.source();
        while let Some(error) = source {
            self.causes.push(error.to_string());
            source = error.source();
        }
    }

    /// Adds what went wrong afterwards, while things were put away, and its hints.
    #[must_use]
    pub(crate) fn followed_by(mut self, next: Self) -> Self {
        let mut text = format!("Then this failed too: {}", next.headline);
        for cause in &next.causes {
            text.push_str("\n  ");
            text.push_str(cause);
        }
        self.details.push(text);
        self.details.extend(next.details);
        self = self.with_problems(next.problems);
        // What puts things right comes first.
        let own = std::mem::replace(&mut self.hints, next.hints);
        for hint in own {
            if !self.hints.contains(&hint) {
                self.hints.push(hint);
            }
        }
        self
    }

    /// The same failure, each of its texts as `redact` gives it back.
    #[must_use]
    pub(crate) fn redacted(self, redact: impl Fn(&str) -> String) -> Self {
        let each = |texts: Vec<String>| texts.iter().map(|text| redact(text)).collect();
        let mut problems = self.problems;
        for problem in &mut problems {
            problem.message = redact(&problem.message);
        }
        Self {
            kind: self.kind,
            headline: redact(&self.headline),
            causes: each(self.causes),
            details: each(self.details),
            hints: each(self.hints),
            problems,
        }
    }

    /// The failure as text. `style` gives each of the words `error`, `caused by` and `hint` its look.
    pub(crate) fn render<D: Display>(&self, style: impl Fn(&'static str) -> D) -> String {
        let mut lines = vec![format!("{}: {}", style("error"), self.headline)];
        lines.extend(
            self.causes
                .iter()
                .map(|cause| format!("  {}: {cause}", style("caused by"))),
        );
        for detail in &self.details {
            lines.push(String::new());
            lines.push(detail.trim_end().to_owned());
        }
        if !self.hints.is_empty() {
            lines.push(String::new());
        }
        lines.extend(
            self.hints
                .iter()
                .map(|hint| format!("{}: {hint}", style("hint"))),
        );
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
