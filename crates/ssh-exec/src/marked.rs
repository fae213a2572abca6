//! Takes one stream of a running script apart: the marks between steps, and the lines of their output.

use crate::{Ending, StepNumber, kept::Kept, render::Nonce};

/// A line longer than this is handed on in pieces, so that no host can fill this machine's memory.
const LONGEST_LINE: usize = 64 * 1024;

/// What the script says between its steps, on both streams alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Start(StepNumber),
    End(StepNumber, i32),
    Done(Ending),
}

impl Mark {
    fn parse(words: &[u8]) -> Option<Self> {
        let words: Vec<&str> = str::from_utf8(words).ok()?.split(' ').collect();
        let number = |text: &str| text.parse().ok().map(StepNumber);
        match words[..] {
            ["start", step] => Some(Self::Start(number(step)?)),
            ["end", step, code] => Some(Self::End(number(step)?, code.parse().ok()?)),
            ["done", "completed"] => Some(Self::Done(Ending::Completed)),
            ["done", "interrupted"] => Some(Self::Done(Ending::Interrupted)),
            ["done", "failed", step] => Some(Self::Done(Ending::Failed {
                step: number(step)?,
            })),
            _ => None,
        }
    }
}

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A mark.
    Mark(Mark),
    /// A line, or the end of one that began with parts, without its line break.
    Line(Vec<u8>),
    /// The beginning of a very long line.
    Part(Vec<u8>),
}

/// One stream, read in chunks of any size.
#[derive(Debug)]
pub(crate) struct MarkedStream {
    /// What a mark begins with.
    prefix: Vec<u8>,
    line: Vec<u8>,
    in_parts: bool,
}

impl MarkedStream {
    pub(crate) fn new(nonce: &Nonce) -> Self {
        Self {
            prefix: format!("{} ", nonce.as_str()).into_bytes(),
            line: Vec::new(),
            in_parts: false,
        }
    }

    /// The pieces that this chunk completes.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.extend_from_slice(end);
                    pieces.push(self.complete());
                }
                None => self.line.extend_from_slice(part),
            }
            if self.line.len() > LONGEST_LINE {
                self.in_parts = true;
                pieces.push(Piece::Part(std::mem::take(&mut self.line)));
            }
        }
        pieces
    }

    fn complete(&mut self) -> Piece {
        let line = std::mem::take(&mut self.line);
        let whole = !std::mem::take(&mut self.in_parts);
        let mark = line
            .strip_prefix(self.prefix.as_slice())
            .filter(|_| whole)
            .and_then(Mark::parse);
        mark.map_or(Piece::Line(line), Piece::Mark)
    }
}

/// What one step printed on one stream. The line break in front of the mark that ends it is the mark's.
#[derive(Debug, Default)]
pub(crate) struct StepOutput {
    kept: Kept,
    /// A line break came, which belongs to the output only when more output follows.
    owes_break: bool,
    /// An empty line came, which is a line only when more output follows.
    owes_blank: bool,
}

impl StepOutput {
    /// Keeps a line or part of one, and hands on the lines that can be shown now.
    pub(crate) fn add(&mut self, text: &[u8], is_whole: bool, mut show: impl FnMut(String)) {
        if self.owes_break {
            self.kept.add(b"\n");
        }
        self.kept.add(text);
        self.owes_break = is_whole;
        if std::mem::take(&mut self.owes_blank) {
            show(String::new());
        }
        if text.is_empty() {
            self.owes_blank = true;
        } else {
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            show(String::from_utf8_lossy(text).into_owned());
        }
    }

    /// All that was kept.
    pub(crate) fn into_text(self) -> String {
        self.kept.into_text()
    }
}

#[cfg(test)]
mod tests;
