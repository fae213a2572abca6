//! Typed look-ups in a tree that was checked against the tables.
//!
//! A value of the wrong type was reported by the check already, so a reader treats it as absent.

use std::time::Duration;

use crate::{
    findings::{Finding, Findings, KeyPath},
    model::Pair,
    source::Span,
    spelling::Spelling,
    tree::{Entry, Meaning, Node, Scalar},
};

/// A mapping, or nothing where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'tree> {
    node: Option<&'tree Node>,
    pub(crate) path: KeyPath,
    /// The key this stands behind, or the nearest one above that is written.
    pub(crate) span: Span,
}

impl<'tree> Reader<'tree> {
    pub(crate) fn root(node: &'tree Node) -> Self {
        Self {
            node: Some(node),
            path: KeyPath::root(),
            span: Span::TOP,
        }
    }

    /// The value behind a key.
    pub(crate) fn get(&self, key: &str) -> Self {
        let entry = self.node.and_then(|node| node.entry(key));
        Self {
            node: entry.map(|entry| &entry.value),
            path: self.path.key(key),
            span: entry.map_or(self.span, |entry| entry.key.span),
        }
    }

    pub(crate) fn with_node(&self, node: &'tree Node) -> Self {
        Self {
            node: Some(node),
            ..self.clone()
        }
    }

    pub(crate) fn node(&self) -> Option<&'tree Node> {
        self.node
    }

    pub(crate) fn is_present(&self) -> bool {
        self.node.is_some()
    }

    /// Where the value is written, or else the key above it.
    pub(crate) fn value_span(&self) -> Span {
        self.node.map_or(self.span, |node| node.span)
    }

    /// Whether nothing is written here, or what Ruby calls blank: a text without letters, or false. What has a
    /// wrong type was told already.
    pub(crate) fn is_blank(&self) -> bool {
        let is_blank_text = || self.as_text().is_some_and(|text| text.trim().is_empty());
        !self.is_present() || is_blank_text() || self.as_boolean() == Some(false)
    }

    /// Whether something is written here that is no mapping, which was told already.
    pub(crate) fn is_no_mapping(&self) -> bool {
        self.node.is_some_and(|node| node.mapping().is_none())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_present()
    }

    pub(crate) fn entries(&self) -> &'tree [Entry] {
        self.node.and_then(Node::mapping).unwrap_or_default()
    }

    /// The keys with a reader for the value of each.
    pub(crate) fn children(&self) -> impl Iterator<Item = (&'tree str, Self)> {
        self.entries().iter().map(|entry| {
            let child = Self {
                node: Some(&entry.value),
                path: self.path.key(entry.key.text()),
                span: entry.key.span,
            };
            (entry.key.text(), child)
        })
    }

    /// The entries of a list.
    pub(crate) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.node.and_then(Node::list).unwrap_or_default();
        items.iter().enumerate().map(|(position, item)| Self {
            node: Some(item),
            path: self.path.item(position),
            span: item.span,
        })
    }

    fn meaning(&self) -> Option<Meaning> {
        self.node.and_then(Node::scalar).map(Scalar::meaning)
    }

    /// This value as text in Kamal's reading: where that is not what is written, the check has warned.
    pub(crate) fn as_text(&self) -> Option<String> {
        self.meaning()?.as_text()
    }

    /// The same as it is written.
    pub(crate) fn as_written(&self) -> Option<String> {
        let scalar = self.node?.scalar()?;
        (!scalar.is_null()).then(|| scalar.text.clone())
    }

    pub(crate) fn as_boolean(&self) -> Option<bool> {
        match self.meaning()? {
            Meaning::Boolean(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).as_text()
    }

    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        self.get(key).as_boolean()
    }

    /// A whole number from 0.
    pub(crate) fn natural(&self, key: &str, findings: &mut Findings) -> Option<u64> {
        let value = self.get(key);
        let Meaning::Integer(number) = value.meaning()? else {
            return None;
        };
        let natural = u64::try_from(number).ok();
        if natural.is_none() {
            findings.push(value.error("must not be negative").help("write 0 or more"));
        }
        natural
    }

    /// A whole number from 0 that fits into 32 bits.
    pub(crate) fn count(&self, key: &str, findings: &mut Findings) -> Option<u32> {
        let number = self.natural(key, findings)?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            let message = format!("must be at most {}", u32::MAX);
            findings.push(self.get(key).error(message).help("write a smaller number"));
        }
        count
    }

    /// A duration in whole seconds.
    pub(crate) fn seconds(&self, key: &str, findings: &mut Findings) -> Option<Duration> {
        self.count(key, findings)
            .map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// A port, from 1 to 65535.
    pub(crate) fn port(&self, key: &str, findings: &mut Findings) -> Option<u16> {
        let Meaning::Integer(number) = self.get(key).meaning()? else {
            return None;
        };
        let port = u16::try_from(number).ok().filter(|port| *port > 0);
        if port.is_none() {
            findings.push(self.get(key).no_port());
        }
        port
    }

    pub(crate) fn no_port(&self) -> Finding {
        self.error("must be a port between 1 and 65535")
            .help("write a number, such as 3000")
    }

    /// A list of texts.
    pub(crate) fn as_texts(&self) -> Vec<String> {
        self.items().filter_map(|item| item.as_text()).collect()
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).as_texts()
    }

    /// One text or a list of them, as a list.
    pub(crate) fn text_or_texts(&self, key: &str) -> Vec<String> {
        let value = self.get(key);
        value
            .as_text()
            .map_or_else(|| value.as_texts(), |text| vec![text])
    }

    /// A mapping with texts; an empty value is the empty text.
    pub(crate) fn as_pairs(&self) -> Vec<Pair> {
        self.children()
            .map(|(name, value)| Pair {
                name: name.to_owned(),
                value: value.as_text().unwrap_or_default(),
            })
            .collect()
    }

    pub(crate) fn pairs(&self, key: &str) -> Vec<Pair> {
        self.get(key).as_pairs()
    }

    /// Parses a text into a name; what it refuses becomes an error at its place.
    pub(crate) fn parse<T: Spelling>(&self, findings: &mut Findings) -> Option<T> {
        let text = self.as_text()?;
        self.parse_text(&text, findings)
    }

    /// The same for a part of the value.
    pub(crate) fn parse_text<T: Spelling>(&self, text: &str, findings: &mut Findings) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                findings.push(self.error(error.to_string()).help(T::HELP));
                None
            }
        }
    }

    /// An error at the value.
    pub(crate) fn error(&self, message: impl Into<String>) -> Finding {
        Finding::error(&self.path, self.value_span(), message)
    }

    /// An error about this mapping, at the place of one of its keys.
    pub(crate) fn error_at(&self, key: &str, message: impl Into<String>) -> Finding {
        Finding::error(&self.path, self.get(key).span, message)
    }

    /// A warning about this mapping, at the place of one of its keys.
    pub(crate) fn warning_at(&self, key: &str, message: impl Into<String>) -> Finding {
        Finding::warning(&self.path, self.get(key).span, message)
    }

    /// An error at the key.
    pub(crate) fn key_error(&self, message: impl Into<String>) -> Finding {
        Finding::error(&self.path, self.span, message)
    }

    /// A warning at the key.
    pub(crate) fn key_warning(&self, message: impl Into<String>) -> Finding {
        Finding::warning(&self.path, self.span, message)
    }

    /// A warning at the value.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Finding {
        Finding::warning(&self.path, self.value_span(), message)
    }
}

/// Parses the key a value stands behind.
pub(crate) fn parse_key<T: Spelling>(
    key: &str,
    value: &Reader<'_>,
    findings: &mut Findings,
) -> Option<T> {
    match key.parse() {
        Ok(name) => Some(name),
        Err(error) => {
            findings.push(value.key_error(error.to_string()).help(T::HELP));
            None
        }
    }
}
