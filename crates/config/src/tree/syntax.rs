//! Text that is no YAML: where the mistake is, which is often above the place where the parser noticed it, and
//! what to do about it.

use std::ops::Range;

/// A mistake in the form of a text.
pub(super) struct Mistake {
    pub(super) range: Range<usize>,
    pub(super) help: String,
}

/// What led to an error of the parser. `at` is the byte where it noticed, `open` where the innermost bracket or
/// brace begins that is not closed there.
pub(super) fn mistake(text: &str, at: usize, info: &str, open: Option<usize>) -> Mistake {
    let here = Line::of(text, at);
    let above = here.above(text);
    let is_conflict = |line: &Line| {
        ["<<<<<<<", "=======", ">>>>>>>"]
            .iter()
            .any(|mark| line.written.starts_with(mark))
    };
    if let Some(line) = [Some(here), above].into_iter().flatten().find(is_conflict) {
        return line
            .mistake("git could not merge this: settle it, and delete the lines with the marks");
    }
    if here.indentation(text).contains('\t') {
        return character(text, at, "indent with blanks: YAML takes no tabs here");
    }
    if info.contains("simple key expect") {
        let line = above.unwrap_or(here);
        return line.mistake(match line.written.split_once(':') {
            Some(_) => "a blank is missing behind the colon: write `key: value`",
            None => "a colon is missing: write `key: value`",
        });
    }
    if let Some(open) = open.filter(|open| *open < here.start && !info.contains("expected ',' or"))
    {
        return character(text, open, "this is not closed");
    }
    character(text, at, help(info, here.written))
}

fn help(info: &str, line: &str) -> &'static str {
    let knows = |words: &str| info.contains(words);
    if knows("trailing content") {
        "put the whole text into the quotes"
    } else if knows("quoted scalar") {
        "this quote is not closed"
    } else if knows("unexpected character") {
        "a text that begins with this needs quotes"
    } else if knows("anchor") || knows("alias") {
        "a text that begins with `*` or `&` needs quotes; as an alias it needs an `&` with its name above"
    } else if knows("mapping values are not allowed") {
        "the line is indented too far, or a text with `: ` in it needs quotes"
    } else if knows("expected ',' or") {
        "a comma is missing before this, or a text with `: ` in it needs quotes"
    } else if knows("expected key") && line.starts_with('-') {
        "this entry of a list stands among keys: indent it below the key it belongs to"
    } else if knows("expected key") || knows("expected '-' indicator") {
        "indent this line as far as the lines it belongs to"
    } else {
        "the mistake may begin in a line above: look for indentation, a missing `:` or an open quote"
    }
}

fn character(text: &str, at: usize, help: &str) -> Mistake {
    let character = text[at..].chars().next().filter(|one| *one != '\n');
    Mistake {
        range: at..at + character.map_or(0, char::len_utf8),
        help: help.to_owned(),
    }
}

/// A line, without its indentation and what is blank at its end.
#[derive(Clone, Copy)]
struct Line<'text> {
    /// Where the line begins, indentation included.
    start: usize,
    /// Where what is written begins.
    indented: usize,
    written: &'text str,
}

impl<'text> Line<'text> {
    fn of(text: &'text str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        Self {
            start,
            indented: start + (line.len() - line.trim_start_matches([' ', '\t']).len()),
            written: without_comment(line).trim(),
        }
    }

    /// The next line above that holds something.
    fn above(self, text: &'text str) -> Option<Self> {
        let mut line = self;
        while line.start > 0 {
            line = Self::of(text, line.start - 1);
            if !line.written.is_empty() {
                return Some(line);
            }
        }
        None
    }

    fn indentation(self, text: &'text str) -> &'text str {
        &text[self.start..self.indented]
    }

    fn mistake(self, help: &str) -> Mistake {
        Mistake {
            range: self.indented..self.indented + self.written.len(),
            help: help.to_owned(),
        }
    }
}

/// What stands before a comment. Within quotes it may be none, which only makes a range too short.
fn without_comment(line: &str) -> &str {
    let is_comment = |at: &usize| line[..*at].ends_with([' ', '\t']) || *at == 0;
    let mut marks = line.match_indices('#').map(|(at, _)| at);
    marks.find(is_comment).map_or(line, |at| &line[..at])
}
