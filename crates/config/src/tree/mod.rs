//! A YAML file as a tree that remembers where each value is written.

mod entries;
mod limits;
pub(crate) mod merge;
mod parse;
pub(crate) mod scalar;
mod syntax;
mod tag;

pub(crate) use parse::{Parsed, parse};
pub(crate) use scalar::{Meaning, Scalar};

use dhow_redaction::REDACTED;
use serde_yaml::Value;

use crate::source::Span;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod tests;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) span: Span,
}

/// What a value takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

impl Size {
    pub(crate) fn add(&mut self, other: Self) {
        self.values += other.values;
        self.bytes += other.bytes;
    }
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) scalar: Scalar,
    pub(crate) span: Span,
    /// What Kamal reads, where that is not what is written.
    read: Option<String>,
}

impl Key {
    pub(crate) fn new(scalar: Scalar, span: Span) -> Self {
        let read = scalar.meaning().as_text();
        Self {
            read: read.filter(|text| *text != scalar.text),
            scalar,
            span,
        }
    }

    /// The key in Kamal's reading: `0x10` without quotes is `16`.
    pub(crate) fn text(&self) -> &str {
        self.read.as_deref().unwrap_or(&self.scalar.text)
    }

    /// The key that is meant when another one is written at its place.
    fn meant(&self, meant: &[(Span, &str)]) -> Self {
        let name = meant.iter().find(|(place, _)| *place == self.span);
        let Some((_, name)) = name else {
            return self.clone();
        };
        let scalar = Scalar {
            text: (*name).to_owned(),
            plain: false,
        };
        Self::new(scalar, self.span)
    }
}

impl Node {
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn mapping(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a key, when this is a mapping that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.mapping()?.iter().find(|entry| entry.key.text() == key)
    }

    /// The same with what is meant by the keys at these places.
    pub(crate) fn with_keys(&self, names: &[(Span, &str)]) -> Self {
        let content = match &self.content {
            Content::Mapping(entries) => Content::Mapping(
                entries
                    .iter()
                    .map(|entry| Entry {
                        key: entry.key.meant(names),
                        value: entry.value.with_keys(names),
                    })
                    .collect(),
            ),
            Content::List(items) => {
                Content::List(items.iter().map(|item| item.with_keys(names)).collect())
            }
            Content::Scalar(scalar) => Content::Scalar(scalar.clone()),
        };
        Self {
            content,
            span: self.span,
        }
    }

    /// How many values there are in it, itself included, and how many bytes of text.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size {
            values: 1,
            bytes: 0,
        };
        match &self.content {
            Content::Scalar(scalar) => size.bytes = scalar.text.len(),
            Content::List(items) => items.iter().for_each(|item| size.add(item.size())),
            Content::Mapping(entries) => entries.iter().for_each(|entry| {
                size.bytes += entry.key.scalar.text.len();
                size.add(entry.value.size());
            }),
        }
        size
    }

    /// The value as Kamal reads it, without places. What stands at one of `hidden` becomes [`REDACTED`].
    pub(crate) fn to_value(&self, hidden: &[Span]) -> Value {
        if hidden.contains(&self.span) {
            return Value::String(REDACTED.to_owned());
        }
        match &self.content {
            Content::Scalar(scalar) => scalar.to_value(),
            Content::List(items) => {
                Value::Sequence(items.iter().map(|item| item.to_value(hidden)).collect())
            }
            Content::Mapping(entries) => {
                let pair =
                    |entry: &Entry| (entry.key.scalar.to_value(), entry.value.to_value(hidden));
                Value::Mapping(entries.iter().map(pair).collect())
            }
        }
    }
}
