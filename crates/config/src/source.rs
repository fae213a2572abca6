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
    /// The place of `range` in `file`, cut off at the end of its first line and at character boundaries.
    pub(crate) fn new(file: Arc<SourceFile>, range: Range<usize>) -> Self {
        let text = &file.text;
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
        let meant = text[start..end].lines().next().unwrap_or_default();
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            length: meant.chars().count(),
            range: start..start + meant.len(),
            file,
        }
    }
}
