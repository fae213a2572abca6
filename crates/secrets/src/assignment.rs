//! Finds the assignments in the text of a secrets file.
//!
//! The grammar is dotenv's (secrets-and-hooks §2.1): what does not match is passed over, and alternatives
//! are tried in order with backtracking. Regular expressions prefer alternatives in the same way, so the
//! grammar is one expression here too.

use std::{ops::Range, sync::LazyLock};

use dhow_names::SecretName;
use regex::Regex;

use crate::limits::MOST_ASSIGNMENTS;

/// Written with explicit classes, because the grammar's letters and spaces are those of ASCII.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    let space = r"[\x20\t\n\x0B\x0C\r]";
    let single = format!(r"{space}*'(?:\\'|[^'])*'");
    let double = format!(r#"{space}*"(?:\\"|[^"])*""#);
    let value = format!(r"{single}|{double}|[^#\n]+");
    let separator = format!("{space}*={space}*?|:{space}+?");
    let expression = format!(
        r"(?m)^{space}*(export{space}+)?([A-Za-z0-9_.]+)(?:({separator})({value})?)?{space}*(?:#.*)?$"
    );
    Regex::new(&expression).expect("the expression is fixed and has a test")
});

/// One assignment as the file writes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assignment<'text> {
    /// The line of the name, counted from 1.
    pub(crate) line: usize,
    pub(crate) name: &'text str,
    pub(crate) exported: bool,
    /// Whether it has neither `=` nor `:`, so that it is a word and nothing else.
    pub(crate) is_bare: bool,
    pub(crate) value: Option<&'text str>,
    /// Whether the value ends where a comment begins.
    pub(crate) comment_follows: bool,
}

impl Assignment<'_> {
    pub(crate) fn secret_name(&self) -> SecretName {
        self.name
            .parse()
            .expect("letters, digits, `_` and `.` make a name of a secret")
    }

    /// Whether it is `export NAME`, which sets nothing.
    pub(crate) fn only_exports(&self) -> bool {
        self.exported && self.value.is_none()
    }

    /// Whether the value has no quotes and ends where a comment begins, which may have been meant as a part of
    /// it.
    pub(crate) fn is_cut(&self) -> bool {
        let is_quoted = |value: &str| value.trim_start().starts_with(['\'', '"']);
        self.comment_follows && !self.value.is_some_and(is_quoted)
    }
}

/// The assignments of a file, at most one more than is taken, and the lines that are neither assignment nor comment.
pub(crate) fn assignments(text: &str) -> (Vec<Assignment<'_>>, Vec<usize>) {
    let mut found = Vec::new();
    let mut skipped = Vec::new();
    let mut lines = Lines::new(text);
    let mut end = 0;
    for captures in ASSIGNMENT.captures_iter(text).take(MOST_ASSIGNMENTS + 1) {
        let (Some(all), Some(name)) = (captures.get(0), captures.get(2)) else {
            continue;
        };
        skipped.extend(lines.stray(end..all.start()));
        end = all.end();
        let value = captures.get(4);
        found.push(Assignment {
            line: lines.number_at(name.start()),
            name: name.as_str(),
            exported: captures.get(1).is_some(),
            is_bare: captures.get(3).is_none(),
            value: value.map(|value| value.as_str()),
            comment_follows: value.is_some_and(|value| text[value.end()..].starts_with('#')),
        });
    }
    skipped.extend(lines.stray(end..text.len()));
    (found, skipped)
}

/// Counts lines, going only forward.
struct Lines<'text> {
    text: &'text str,
    offset: usize,
    number: usize,
}

impl<'text> Lines<'text> {
    fn new(text: &'text str) -> Self {
        Self {
            text,
            offset: 0,
            number: 1,
        }
    }

    fn number_at(&mut self, offset: usize) -> usize {
        let passed = &self.text[self.offset..offset];
        self.number += passed.matches('\n').count();
        self.offset = offset;
        self.number
    }

    /// The numbers of the lines in a range that hold something other than a comment.
    fn stray(&mut self, range: Range<usize>) -> Vec<usize> {
        let mut numbers = Vec::new();
        let mut offset = range.start;
        for line in self.text[range].split_inclusive('\n') {
            let text = line.trim();
            if !text.is_empty() && !text.starts_with('#') {
                numbers.push(self.number_at(offset));
            }
            offset += line.len();
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_know_their_lines_and_strays_are_named() {
        let text = "# top\n\nA=1\nU-V=dash\nB='two\nlines' # c\n\n  export C: 3#x\né=1\n";
        let (found, skipped) = assignments(text);
        let seen: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.name, one.value.unwrap_or("-"), one.exported))
            .collect();
        assert_eq!(
            seen,
            [
                (3, "A", "1", false),
                (5, "B", "'two\nlines'", false),
                (8, "C", "3", true)
            ]
        );
        assert_eq!(skipped, [4, 9]);
        assert_eq!(
            found
                .iter()
                .map(|one| one.comment_follows)
                .collect::<Vec<_>>(),
            [false, false, true]
        );
    }
}
