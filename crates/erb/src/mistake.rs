//! What is wrong with a template, and where.

use std::ops::Range;

/// What kind of mistake it is; it decides how much it matters in a comment of the deploy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MistakeKind {
    /// Ruby that dhow does not understand. Kamal may.
    NotUnderstood,
    /// Something outside did not work that Kamal passes over: a command with a status other than 0.
    Outside,
    /// Kamal stops here too.
    Wrong,
    /// The template would take too long or grow too large.
    Limit,
}

/// One mistake. Its texts hold names from the template only, never values, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// What kind it is.
    pub kind: MistakeKind,
    /// The bytes of the template that are meant.
    pub range: Range<usize>,
    /// What is wrong, in Ruby's words where it has any.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Mistake {
    pub(crate) fn new(kind: MistakeKind, range: &Range<usize>, message: impl Into<String>) -> Self {
        Self {
            kind,
            range: range.clone(),
            message: message.into(),
            help: None,
        }
    }

    /// Ruby beyond the part that is known.
    pub(crate) fn not_understood(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self::new(MistakeKind::NotUnderstood, range, message)
    }

    /// What Kamal refuses as well.
    pub(crate) fn wrong(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self::new(MistakeKind::Wrong, range, message)
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it only deserves a warning inside a YAML comment.
    pub(crate) fn is_spared_in_comments(&self) -> bool {
        matches!(self.kind, MistakeKind::NotUnderstood | MistakeKind::Outside)
    }
}

/// Mistakes that are told of one file.
pub(crate) const MOST_MISTAKES: usize = 50;

/// The way out where the logic has to live elsewhere.
pub(crate) const ELSEWHERE: &str = "work it out before dhow starts and read it with `ENV.fetch(\"NAME\")`, or let a command print it: `%x(bin/name).chomp`";
