//! What secrets may take, so that no file and no program fills the memory or takes forever.

/// The longest secrets file, in bytes: sixty written values as long as a container's environment takes them, which
/// are read in a second or two.
pub(crate) const LONGEST_FILE: usize = 4 * 1024 * 1024;

/// Assignments of one file.
pub(crate) const MOST_ASSIGNMENTS: usize = 10_000;

/// What all values of a run may have together, in bytes. A value made of values may double with each line.
pub(crate) const MOST_TEXT: usize = 16 * 1024 * 1024;

/// What replacing variables in values and commands may make in a run, in bytes: a hundred times one mebibyte of
/// JSON, from each of which one secret is taken, and more.
pub(crate) const MOST_REPLACED: usize = 256 * 1024 * 1024;

/// Warnings about one file; nobody reads more.
pub(crate) const MOST_WARNINGS: usize = 200;

/// What a program may print, in bytes.
pub(crate) const LONGEST_OUTPUT: usize = 16 * 1024 * 1024;

/// A value has grown beyond [`MOST_TEXT`] or [`MOST_REPLACED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMuchText;
