//! Texts of deploy files, and places in them.

use std::{fmt, ops::Range, path::PathBuf, sync::Arc};

/// One file as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as problems show it.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// Without the text, which may hold a password.
impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SourceFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Which of the two files a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// `deploy.yml`.
    Base,
    /// `deploy.DESTINATION.yml`.
    Destination,
}

/// A range of bytes in one of the files, as its ERB tags render it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) layer: Layer,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn new(layer: Layer, range: Range<usize>) -> Self {
        Self {
            layer,
            start: range.start,
            end: range.end,
        }
    }

    /// The very beginning of the base file: the place of what is missing altogether.
    pub(crate) const TOP: Self = Self {
        layer: Layer::Base,
        start: 0,
        end: 0,
    };
}

/// Where the lines of a text begin, so that nobody counts them from the top for each place.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    /// Whether every character is one byte.
    is_ascii: bool,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let behind_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(behind_breaks).collect(),
            is_ascii: text.is_ascii(),
        }
    }

    /// The line and column of a byte, both from 1.
    fn position(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        let before = if self.is_ascii {
            at - start
        } else {
            text[start..at].chars().count()
        };
        (line, before + 1)
    }
}

/// A place in a file, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, its secrets masked.
    pub file: Arc<SourceFile>,
    /// The bytes that are meant.
    pub range: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters are meant; 0 between two.
    pub length: usize,
}

impl Place {
    /// The place of `range` in `file`, cut off at the end of its first line and at character boundaries. `lines` are
    /// those of the file.
    pub(crate) fn new(file: Arc<SourceFile>, lines: &Lines, range: Range<usize>) -> Self {
        let text = &file.text;
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
        let meant = text[start..end].lines().next().unwrap_or_default();
        let (line, column) = lines.position(text, start);
        Self {
            line,
            column,
            length: meant.chars().count(),
            range: start..start + meant.len(),
            file,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_that_counting_from_the_top_gives(text in "[aé\n]{0,30}", at in 0_usize..40) {
            let file = SourceFile { path: PathBuf::new(), text: text.clone() };
            let place = Place::new(Arc::new(file), &Lines::of(&text), at..at + 1);
            let before = &text[..text.floor_char_boundary(at.min(text.len()))];
            prop_assert_eq!(place.line, before.matches('\n').count() + 1);
            let line = before.rsplit('\n').next().unwrap_or_default();
            prop_assert_eq!(place.column, line.chars().count() + 1);
        }
    }
}
