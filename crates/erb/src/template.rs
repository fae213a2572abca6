//! A template as pieces: text and tags (config §1.2).

use std::ops::Range;

use crate::{mistake::Mistake, render::TemplateKind};

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// These bytes as they are.
    Text(Range<usize>),
    /// `<%= … %>`.
    Output(Tag),
    /// `<% … %>`.
    Code(Tag),
}

/// The places of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// With its delimiters.
    pub(crate) whole: Range<usize>,
    /// Between them.
    pub(crate) inside: Range<usize>,
    /// Whether it stands behind a `#` as YAML comments do.
    pub(crate) in_comment: bool,
}

/// Splits a template. Comment tags and trimmed white space are dropped; a tag that is not closed is a mistake.
pub(crate) fn split(source: &str, kind: TemplateKind) -> (Vec<Piece>, Vec<Mistake>) {
    let mut splitter = Splitter {
        source,
        kind,
        pieces: Vec::new(),
        mistakes: Vec::new(),
        comments: Comments::new(),
    };
    let mut from = 0;
    while let Some(found) = source[from..].find("<%") {
        from = splitter.take(from, from + found);
    }
    splitter.text(from, source.len());
    (splitter.pieces, splitter.mistakes)
}

struct Splitter<'source> {
    source: &'source str,
    kind: TemplateKind,
    pieces: Vec<Piece>,
    mistakes: Vec<Mistake>,
    comments: Comments,
}

impl Splitter<'_> {
    fn text(&mut self, start: usize, end: usize) {
        if start < end {
            self.pieces.push(Piece::Text(start..end));
        }
    }

    /// Takes the text from `from` and the tag at `open`; gives where to go on.
    fn take(&mut self, from: usize, open: usize) -> usize {
        let behind = &self.source[open + 2..];
        if behind.starts_with('%') {
            // `<%%` stands for `<%`.
            self.text(from, open + 2);
            return open + 3;
        }
        let Some(close) = self.closing(open + 2) else {
            self.text(from, open);
            let mistake = Mistake::not_understood(&(open..open + 2), "this ERB tag is not closed")
                .help("end it with `%>`, or write `<%%` for a literal `<%`");
            self.mistakes.push(mistake);
            return self.source.len();
        };
        let whole = open..close + 2;
        let mut inside = open + 2..close;
        let trims = self.kind == TemplateKind::DeployFile;
        let dashed = (trims && behind.starts_with('-')) && close > open + 2;
        if dashed {
            inside.start += 1;
        }
        self.text(
            from,
            if dashed {
                self.indent_start(from, open)
            } else {
                open
            },
        );
        let trimmed = trims && self.source[inside.clone()].ends_with('-');
        if trimmed {
            inside.end -= 1;
        }
        self.tag(whole, inside);
        self.after(close + 2, trimmed)
    }

    /// The first `%>` that is not `%%>`.
    fn closing(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let found = at + self.source[at..].find("%>")?;
            if found > from && self.source.as_bytes()[found - 1] == b'%' {
                at = found + 2;
            } else {
                return Some(found);
            }
        }
    }

    /// Where the white space before a `<%-` begins, when nothing else stands before it on its line.
    fn indent_start(&self, from: usize, open: usize) -> usize {
        let before = &self.source[from..open];
        let indent = from + before.trim_end_matches([' ', '\t']).len();
        let at_line_start = indent == 0 || self.source.as_bytes()[indent - 1] == b'\n';
        if at_line_start { indent } else { open }
    }

    /// Where the text behind a tag begins; `-%>` swallows one line end.
    fn after(&self, end: usize, trimmed: bool) -> usize {
        let rest = &self.source[end..];
        match () {
            () if trimmed && rest.starts_with("\r\n") => end + 2,
            () if trimmed && rest.starts_with('\n') => end + 1,
            () => end,
        }
    }

    fn tag(&mut self, whole: Range<usize>, inside: Range<usize>) {
        let code = &self.source[inside.clone()];
        let opened = self.comments.reach(self.source, whole.start);
        self.comments.skip(whole.end);
        let in_comment = self.kind == TemplateKind::DeployFile && opened;
        let tag = |inside| Tag {
            whole: whole.clone(),
            inside,
            in_comment,
        };
        if code.starts_with('#') {
            // A comment still separates the texts around it, but leaves nothing.
        } else if code.starts_with('=') {
            let piece = Piece::Output(tag(inside.start + 1..inside.end));
            self.pieces.push(piece);
        } else {
            let piece = Piece::Code(tag(inside));
            self.pieces.push(piece);
        }
    }
}

/// Looks for YAML comments, once over the whole template. Block scalars look the same; whoever knows YAML can
/// tell them apart by [`crate::Skipped::rendered_at`].
struct Comments {
    at: usize,
    quote: Option<char>,
    before: char,
    is_open: bool,
}

impl Comments {
    fn new() -> Self {
        Self {
            at: 0,
            quote: None,
            before: '\n',
            is_open: false,
        }
    }

    /// Whether what stands before `end` on its line, other tags left out, opens a comment.
    fn reach(&mut self, source: &str, end: usize) -> bool {
        for character in source[self.at..end].chars() {
            let starts_scalar = self.before.is_whitespace() || "[{,".contains(self.before);
            match (self.quote, character) {
                (_, '\n') => (self.quote, self.is_open) = (None, false),
                (None, '#') if self.before.is_whitespace() => self.is_open = true,
                // A quote opens a scalar only where one can begin: `it's` holds none.
                (None, '"' | '\'') if starts_scalar => self.quote = Some(character),
                (Some(open), _) if open == character => self.quote = None,
                _ => {}
            }
            self.before = character;
        }
        self.at = end;
        self.is_open
    }

    /// Goes on behind a tag; quotes inside it are Ruby's.
    fn skip(&mut self, end: usize) {
        self.at = end;
        self.before = '>';
    }
}
