//! What of a build context Docker sees: the rules of `.dockerignore` (moby's `patternmatcher`, which
//! `BuildKit` uses).

use std::{
    io,
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

use fs_err as fs;
use regex::bytes::Regex;

/// The patterns of one `.dockerignore`, in their order: the last that fits decides.
#[derive(Clone, Debug, Default)]
pub struct IgnoreRules {
    file: Option<PathBuf>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// Whether it began with `!`, so that what it fits is seen again.
    is_exception: bool,
    matcher: Regex,
}

/// A line of `.dockerignore` that `BuildKit` refuses as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreRulesError {
    /// The file is there and cannot be read.
    #[error("could not read {}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A pattern with brackets that do not close, or a `!` alone.
    #[error("line {line} of {} is no pattern: `{pattern}`", file.display())]
    Pattern {
        /// The file.
        file: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// Its text.
        pattern: String,
    },
}

impl IgnoreRules {
    /// Reads `<Dockerfile>.dockerignore` beside the Dockerfile or else `.dockerignore` of the context, as `BuildKit`
    /// does. Without either everything is seen.
    pub fn read(context: &Path, dockerfile: &Path) -> Result<Self, IgnoreRulesError> {
        for file in [beside(dockerfile), context.join(".dockerignore")] {
            match fs::read(&file) {
                Ok(text) => return Self::parse(&file, &String::from_utf8_lossy(&text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let reason = error.to_string();
                    return Err(IgnoreRulesError::Unreadable { file, reason });
                }
            }
        }
        Ok(Self::default())
    }

    fn parse(file: &Path, text: &str) -> Result<Self, IgnoreRulesError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = || IgnoreRulesError::Pattern {
                file: file.to_owned(),
                line: index + 1,
                pattern: line.to_owned(),
            };
            // A comment begins in the first column; a `#` behind blanks is a name.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let line = line.trim();
            let (is_exception, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            if pattern.is_empty() {
                return Err(wrong());
            }
            let expression = expression_of(&clean(pattern)).ok_or_else(wrong)?;
            patterns.push(Pattern {
                is_exception,
                matcher: Regex::new(&expression).map_err(|_| wrong())?,
            });
        }
        Ok(Self {
            file: Some(file.to_owned()),
            patterns,
        })
    }

    /// The file they were read from.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether Docker does not see a file, given by its path within the context. A pattern that fits a folder
    /// fits what is in it.
    pub fn leaves_out(&self, path: &Path) -> bool {
        let folders: Vec<&Path> = path.ancestors().filter(|it| *it != Path::new("")).collect();
        let mut left_out = false;
        for pattern in &self.patterns {
            let can_change = pattern.is_exception == left_out;
            let fits = |path: &&Path| pattern.matcher.is_match(path.as_os_str().as_bytes());
            if can_change && folders.iter().any(fits) {
                left_out = !pattern.is_exception;
            }
        }
        left_out
    }
}

/// The ignore file that belongs to one Dockerfile.
pub(crate) fn beside(dockerfile: &Path) -> PathBuf {
    let mut name = dockerfile.as_os_str().to_owned();
    name.push(".dockerignore");
    name.into()
}

/// The shortest way to say the same, without a leading `/`: `./a//b/../c/` is `a/c`, as Go's `path.Clean` has it.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(pattern).components() {
        match component {
            Component::ParentDir if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // Nothing is above the root.
            Component::ParentDir if pattern.starts_with('/') => {}
            Component::ParentDir => parts.push(".."),
            Component::Normal(name) => parts.extend(name.to_str()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// The regular expression for a pattern of Go's `filepath.Match` with `**`; none for one that cannot be.
fn expression_of(pattern: &str) -> Option<String> {
    let mut expression = String::from("(?s-u)^");
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                // `**/` is `**`: any number of folders, also none.
                rest.next_if_eq(&'/');
                expression.push_str(if rest.peek().is_none() {
                    ".*"
                } else {
                    "(?:.*/)?"
                });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str(ONE_CHARACTER),
            '[' => expression.push_str(&class(&mut rest)?),
            '\\' => push_literally(&mut expression, rest.next()?),
            other => push_literally(&mut expression, other),
        }
    }
    expression.push('$');
    Some(expression)
}

/// A character that is no `/`, whole in UTF-8, or a byte that is none.
const ONE_CHARACTER: &str = "(?:(?u:[^/])|[^/])";

fn push_literally(expression: &mut String, character: char) {
    let mut buffer = [0; 4];
    expression.push_str("(?u:");
    expression.push_str(&regex::escape(character.encode_utf8(&mut buffer)));
    expression.push(')');
}

/// `[a-z]`, `[^a-z]`: a list of characters and ranges, of which at least one is there.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let is_negated = rest.next_if_eq(&'^').is_some();
    let mut members = String::new();
    loop {
        let first = match rest.next()? {
            ']' if members.is_empty() => return None,
            ']' => break,
            '-' => return None,
            '\\' => rest.next()?,
            character => character,
        };
        members.push_str(&in_class(first));
        if rest.next_if_eq(&'-').is_some() {
            let last = match rest.next()? {
                ']' | '-' => return None,
                '\\' => rest.next()?,
                character => character,
            };
            members.push('-');
            members.push_str(&in_class(last));
        }
    }
    Some(if is_negated {
        format!("(?u:[^{members}])")
    } else {
        format!("(?u:[{members}])")
    })
}

fn in_class(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}

#[cfg(test)]
mod tests;
