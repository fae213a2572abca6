//! A Dockerfile as far as one must know it to say which images it is built from and where a step stands in it.
//!
//! Read as BuildKit's `parser` and `instructions` do: directives, continued lines, comments between them, here
//! documents. What an instruction means is left to BuildKit.

mod expand;
mod stages;

use std::ops::RangeInclusive;

pub use stages::{Base, BaseImage, Stage};

/// The instructions of a Dockerfile, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    instructions: Vec<Instruction>,
    /// The image of `# syntax=`, which reads the file in BuildKit's place.
    syntax: Option<String>,
    escape: char,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its name in capitals.
    pub keyword: String,
    /// What follows, on one line; without the here documents.
    pub text: String,
    /// The lines it stands on, from 1; with the here documents.
    pub lines: RangeInclusive<usize>,
}

impl Dockerfile {
    /// Reads it. There is no text that cannot be read; BuildKit says what is wrong in it.
    pub fn parse(text: &str) -> Self {
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        let mut dockerfile = Self {
            escape: '\\',
            ..Self::default()
        };
        dockerfile.directives(&lines);
        let mut at = 0;
        while at < lines.len() {
            at = dockerfile.instruction(&lines, at);
        }
        dockerfile
    }

    /// The instructions.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The image that reads the file, when it names one.
    pub fn syntax(&self) -> Option<&str> {
        self.syntax.as_deref()
    }

    /// The instruction of a step that BuildKit calls by this text (`RUN make`), when there is exactly one. BuildKit
    /// fills variables into the text of all but `RUN`; a step whose text was changed is not found.
    pub fn instruction_of(&self, step: &str) -> Option<&Instruction> {
        let wanted = one_line(step);
        let mut found = self
            .instructions
            .iter()
            .filter(|it| one_line(&format!("{} {}", it.keyword, it.text)) == wanted);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Comments of the form `# name=value` at the very top.
    fn directives(&mut self, lines: &[&str]) {
        for line in lines {
            let Some((name, value)) = line
                .trim()
                .strip_prefix('#')
                .and_then(|comment| comment.split_once('='))
            else {
                return;
            };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "escape" if value == "`" => self.escape = '`',
                "escape" | "check" => {}
                "syntax" => self.syntax = Some(value.to_owned()),
                _ => return,
            }
        }
    }

    /// Reads the instruction that begins here, and says where the next line is.
    fn instruction(&mut self, lines: &[&str], start: usize) -> usize {
        let mut at = start;
        let mut text = String::new();
        loop {
            let line = lines[at];
            at += 1;
            let is_left_out = line.trim().is_empty() || line.trim_start().starts_with('#');
            if is_left_out && text.is_empty() {
                return at;
            }
            let mut goes_on = is_left_out;
            if !is_left_out {
                let trimmed = line.trim_end();
                match trimmed.strip_suffix(self.escape) {
                    Some(rest) => {
                        text.push_str(rest);
                        goes_on = true;
                    }
                    None => text.push_str(trimmed),
                }
            }
            if !goes_on || at == lines.len() {
                break;
            }
        }
        let text = text.trim();
        let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let keyword = keyword.to_ascii_uppercase();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for document in here_documents(rest) {
                at = document.end(lines, at);
            }
        }
        self.instructions.push(Instruction {
            keyword,
            text: rest.trim().to_owned(),
            lines: start + 1..=at,
        });
        at
    }
}

/// `<<NAME`, `<<-NAME`, `<<"NAME"`.
struct HereDocument<'a> {
    name: &'a str,
    /// Whether tabs in front of its end do not count.
    is_indented: bool,
}

impl HereDocument<'_> {
    /// The line behind its end, which begins to be looked for here.
    fn end(&self, lines: &[&str], from: usize) -> usize {
        let is_end = |line: &&str| {
            let line = if self.is_indented {
                line.trim_start_matches('\t')
            } else {
                line
            };
            line == self.name
        };
        let end = lines.iter().skip(from).position(is_end);
        end.map_or(lines.len(), |end| from + end + 1)
    }
}

/// The here documents that a line opens, in order. `<<<` opens none.
fn here_documents(text: &str) -> Vec<HereDocument<'_>> {
    let words = text.split_whitespace();
    words
        .filter_map(|word| {
            // A number in front says which stream reads it.
            let word = word.trim_start_matches(|it: char| it.is_ascii_digit());
            let name = word.strip_prefix("<<")?;
            let (is_indented, name) = match name.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, name),
            };
            let quoted = ['"', '\'']
                .into_iter()
                .find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote));
            let name = quoted.unwrap_or(name);
            let is_name = !name.is_empty()
                && name
                    .chars()
                    .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
            is_name.then_some(HereDocument { name, is_indented })
        })
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
