//! What a Dockerfile says about its image: only the port, and only as far as it can be told without a build.

use std::collections::BTreeMap;

use super::instructions::{Instruction, instructions};

/// The longest Dockerfile that is looked into, in bytes.
const LONGEST: usize = 32 * 1024;
/// Stages whose names are known to later ones.
const MOST_STAGES: usize = 30;
/// The longest text that comes of replacing variables, in bytes: a name, or a row of ports.
const LONGEST_TEXT: usize = 1024;
/// Values inside values: `${A:-${B:-80}}`.
const DEEPEST: usize = 8;

/// The TCP port that the image of a Dockerfile exposes: the first one of the last `EXPOSE` that reaches its last
/// stage.
pub(super) fn exposed_port(dockerfile: &str) -> Option<u16> {
    if dockerfile.len() > LONGEST {
        return None;
    }
    let mut known = Stages::default();
    for instruction in instructions(dockerfile) {
        known.take(&instruction);
    }
    known.current.and_then(|stage| stage.port)
}

/// Variables and their values, in no order.
type Variables = BTreeMap<String, String>;

/// What was read so far.
#[derive(Default)]
struct Stages {
    /// `ARG`s before the first `FROM`.
    global: Variables,
    named: BTreeMap<String, Stage>,
    current: Option<Stage>,
}

/// A stage begins with everything that the stage below it had.
#[derive(Clone, Default)]
struct Stage {
    name: Option<String>,
    arguments: Variables,
    environment: Variables,
    port: Option<u16>,
}

impl Stages {
    fn take(&mut self, instruction: &Instruction) {
        let text = instruction.arguments.as_str();
        match (instruction.name.as_str(), &mut self.current) {
            ("FROM", _) => self.begin(text),
            ("ARG", None) => {
                for (name, value) in assignments(text) {
                    let value = expand(value.unwrap_or_default(), |name| {
                        self.global.get(name).cloned()
                    });
                    self.global.insert(name.to_owned(), value);
                }
            }
            ("ARG", Some(stage)) => stage.declare(text, &self.global),
            ("ENV", Some(stage)) => stage.set(text),
            ("EXPOSE", Some(stage)) => {
                let expanded = expand(text, |name| stage.value(name));
                let port = expanded.split_whitespace().find_map(tcp_port);
                stage.port = port.or(stage.port);
            }
            _ => {}
        }
    }

    /// `FROM [--platform=…] IMAGE [AS NAME]`.
    fn begin(&mut self, text: &str) {
        if let Some(finished) = self.current.take()
            && let Some(name) = finished.name.clone()
            && self.named.len() < MOST_STAGES
        {
            self.named.insert(name, finished);
        }
        let text = expand(text, |name| self.global.get(name).cloned());
        let mut words = text
            .split_whitespace()
            .skip_while(|word| word.starts_with("--"));
        let image = words.next().unwrap_or_default().to_lowercase();
        let named = words.next().filter(|word| word.eq_ignore_ascii_case("as"));
        let name = named.and_then(|_| words.next()).map(str::to_lowercase);
        let below = self.named.get(&image).cloned().unwrap_or_default();
        self.current = Some(Stage { name, ..below });
    }
}

impl Stage {
    /// `ENV` wins over `ARG`, wherever they stand.
    fn value(&self, name: &str) -> Option<String> {
        let set = self.environment.get(name);
        set.or_else(|| self.arguments.get(name)).cloned()
    }

    /// An `ARG` without a value takes that of the one before the first `FROM`.
    fn declare(&mut self, text: &str, global: &Variables) {
        for (name, value) in assignments(text) {
            let value = match value {
                Some(value) => Some(expand(value, |name| self.value(name))),
                None => global.get(name).cloned(),
            };
            if let Some(value) = value {
                self.arguments.insert(name.to_owned(), value);
            }
        }
    }

    /// `ENV NAME=value …`, or `ENV NAME value` in the old form. All values of one line are those before it.
    fn set(&mut self, text: &str) {
        let old_form = text
            .split_once(char::is_whitespace)
            .filter(|(name, _)| !name.contains('='));
        let set: Vec<(&str, &str)> = match old_form {
            Some((name, value)) => vec![(name, value.trim())],
            None => assignments(text)
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        };
        let expanded: Variables = set
            .into_iter()
            .map(|(name, value)| (name.to_owned(), expand(value, |name| self.value(name))))
            .collect();
        self.environment.extend(expanded);
    }
}

/// `NAME` or `NAME=value`, one per word. A quoted value with spaces is no port, so it may fall apart here.
fn assignments(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        })
}

/// Replaces `$NAME`, `${NAME}`, `${NAME:-value}` and `${NAME:+value}`; quotes go away. What is too long is no port.
fn expand(text: &str, value_of: impl Fn(&str) -> Option<String> + Copy) -> String {
    expand_within(text, value_of, DEEPEST)
}

fn expand_within(
    text: &str,
    value_of: impl Fn(&str) -> Option<String> + Copy,
    levels: usize,
) -> String {
    let mut expanded = String::new();
    if levels == 0 {
        return expanded;
    }
    let mut rest = text;
    while let Some(at) = rest.find(['$', '"', '\'']) {
        expanded.push_str(&rest[..at]);
        let reference = rest[at..].strip_prefix('$');
        rest = &rest[at + 1..];
        let Some(reference) = reference else { continue };
        if let Some((inner, after)) = reference.strip_prefix('{').and_then(braced) {
            expanded.push_str(&braced_value(inner, value_of, levels - 1));
            rest = after;
        } else {
            let (name, after) = name_and_rest(reference);
            expanded.push_str(&value_of(name).unwrap_or_default());
            rest = after;
        }
    }
    expanded.push_str(rest);
    if expanded.len() > LONGEST_TEXT {
        expanded.clear();
    }
    expanded
}

/// What stands before the brace that closes, and what stands behind it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

/// The value of what stands between braces. Without the colon an empty value counts as one.
fn braced_value(
    inner: &str,
    value_of: impl Fn(&str) -> Option<String> + Copy,
    levels: usize,
) -> String {
    let (name, operator) = name_and_rest(inner);
    let value = value_of(name);
    let (operator, value) = match operator.strip_prefix(':') {
        Some(operator) => (operator, value.filter(|value| !value.is_empty())),
        None => (operator, value),
    };
    if let Some(fallback) = operator.strip_prefix('-') {
        value.unwrap_or_else(|| expand_within(fallback, value_of, levels))
    } else if let Some(instead) = operator.strip_prefix('+') {
        value
            .map(|_| expand_within(instead, value_of, levels))
            .unwrap_or_default()
    } else {
        value.unwrap_or_default()
    }
}

fn name_and_rest(text: &str) -> (&str, &str) {
    let in_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = text
        .find(|character| !in_name(character))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// `3000`, `3000/tcp`, or the first port of `8000-8010`.
fn tcp_port(word: &str) -> Option<u16> {
    let (ports, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let first = ports.split_once('-').map_or(ports, |(first, _)| first);
    let port = first.parse().ok().filter(|port| *port > 0)?;
    protocol.eq_ignore_ascii_case("tcp").then_some(port)
}

#[cfg(test)]
mod tests;
