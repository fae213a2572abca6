//! What a file may take, so that none fills the memory or the stack, or takes forever.

use super::{Parsed, Size};
use crate::{
    findings::{Finding, KeyPath},
    source::{Layer, Span},
};

/// The longest text, in bytes: five times what a thousand hosts with tags take. The parser may hold 450 times as
/// much, because it reads a list in brackets to its end before it tells of the beginning.
pub(super) const LONGEST: usize = 256 * 1024;

/// Lists and mappings inside each other: deeper than any deploy file, and little for recursion over the tree.
pub(super) const DEEPEST: usize = 64;

/// The longest key, in bytes, as YAML has it for keys that are not written behind a `?`.
pub(super) const LONGEST_KEY: usize = 1024;

/// What all values may take together, copies by aliases included: more than any deploy file has, and little enough
/// that aliases of aliases cannot fill the memory.
const MOST: Size = Size {
    values: 20_000,
    bytes: 2 * LONGEST,
};

/// What is told of a tree that takes more than it may.
pub(super) fn exceeded(size: Size) -> Option<String> {
    if size.values > MOST.values {
        Some(format!("more than {} values in this file", MOST.values))
    } else if size.bytes > MOST.bytes {
        let most = MOST.bytes;
        Some(format!(
            "more than {most} bytes of text in this file with what its aliases repeat"
        ))
    } else {
        None
    }
}

/// What comes of a text that is not read at all.
pub(super) fn too_long(length: usize, layer: Layer) -> Parsed {
    let message = format!(
        "the file has {length} bytes with what its tags insert; at most {LONGEST} are read"
    );
    let finding = Finding::error(&KeyPath::root(), Span::new(layer, 0..0), message)
        .help("move what is long into files of its own, such as env files or files of accessories");
    Parsed {
        root: None,
        complete: false,
        findings: vec![finding],
        scalars: Vec::new(),
    }
}
