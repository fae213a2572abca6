//! Where every value of a deploy file comes from.

use dhow_names::Destination;
use dhow_redaction::Secret;
use serde_yaml::Value;

use crate::{
    files::Sources,
    findings::Findings,
    load,
    problem::Problems,
    schema::{Kind, ROLE, ROOT, Section, Support},
    source::{Place, Span},
    tree::{Content, Node},
    written_secrets,
};

/// A value of a deploy file, base and destination merged and defaults filled in, with its origin.
#[derive(Clone, Debug, PartialEq)]
pub enum Explained {
    /// A scalar as Kamal reads it, or an empty list or mapping.
    Value {
        /// The value.
        value: Value,
        /// Where it comes from.
        origin: Origin,
    },
    /// A user, password or key that is written in the file.
    Secret {
        /// Its text.
        value: Secret,
        /// Where it comes from.
        origin: Origin,
    },
    /// A list with at least one entry.
    List(Vec<Explained>),
    /// A mapping with at least one key.
    Mapping(Vec<(String, Explained)>),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is written there.
    Written(Place),
    /// Nothing is written, so this holds.
    Default,
}

/// The same files as [`load`](crate::load()) takes, value by value.
pub fn explain(
    sources: &Sources,
    destination: Option<&Destination>,
) -> Result<Explained, Problems> {
    let mut findings = Findings::new(sources);
    let tree = load::tree(sources, &mut findings);
    let loaded = tree.and_then(|tree| {
        load::config(&tree, destination, &mut findings)?;
        Some(tree)
    });
    match loaded {
        Some(tree) if !findings.has_errors() => {
            let explainer = Explainer {
                hidden: written_secrets::spans(&tree),
                findings: &findings,
            };
            Ok(explainer.section(&ROOT, Some(&tree)))
        }
        _ => Err(Problems(findings.into_problems())),
    }
}

struct Explainer<'a> {
    hidden: Vec<Span>,
    findings: &'a Findings,
}

impl Explainer<'_> {
    /// What is written in a section, then the defaults of what is not.
    fn section(&self, section: &'static Section, node: Option<&Node>) -> Explained {
        let written = node.and_then(Node::mapping).unwrap_or_default();
        let mut entries: Vec<(String, Explained)> = Vec::new();
        for entry in written {
            let name = entry.key.text();
            let value = match section.rule(name) {
                Some(rule) => self.kind(rule.kind, &entry.value),
                None => self.written(&entry.value),
            };
            entries.push((name.to_owned(), value));
        }
        let absent = section.keys.iter().filter(|rule| {
            rule.support == Support::Yes && node.is_none_or(|node| node.entry(rule.name).is_none())
        });
        for rule in absent {
            let value = match (rule.default, rule.kind) {
                (None, _) => None,
                (Some(_), Kind::Section(below)) => Some(self.section(below, None)),
                (Some(default), _) => from_table(default),
            };
            let is_empty = |value: &Explained| matches!(value, Explained::Value { value, .. } if is_empty(value));
            if let Some(value) = value.filter(|value| !is_empty(value)) {
                entries.push((rule.name.to_owned(), value));
            }
        }
        match node {
            Some(node) if entries.is_empty() => self.written(node),
            None if entries.is_empty() => Explained::Value {
                value: Value::Mapping(serde_yaml::Mapping::new()),
                origin: Origin::Default,
            },
            _ => Explained::Mapping(entries),
        }
    }

    /// A written value; below it there may be sections with defaults of their own.
    fn kind(&self, kind: Kind, node: &Node) -> Explained {
        match (kind, &node.content) {
            (Kind::Section(section), Content::Mapping(_)) => self.section(section, Some(node)),
            (Kind::Each(section), Content::Mapping(_)) => self.each(section, node),
            (Kind::Servers, Content::Mapping(_)) => self.each(&ROLE, node),
            _ => self.written(node),
        }
    }

    fn each(&self, section: &'static Section, node: &Node) -> Explained {
        let entries = node.mapping().unwrap_or_default();
        if entries.is_empty() {
            return self.written(node);
        }
        let each = entries.iter().map(|entry| {
            let value = if entry.value.mapping().is_some() {
                self.section(section, Some(&entry.value))
            } else {
                self.written(&entry.value)
            };
            (entry.key.text().to_owned(), value)
        });
        Explained::Mapping(each.collect())
    }

    fn written(&self, node: &Node) -> Explained {
        let origin = Origin::Written(self.findings.place(node.span));
        if self.hidden.contains(&node.span) {
            let text = node.scalar().map(|scalar| scalar.text.clone());
            return Explained::Secret {
                value: Secret::new(text.unwrap_or_default()),
                origin,
            };
        }
        match &node.content {
            Content::List(items) if !items.is_empty() => {
                Explained::List(items.iter().map(|item| self.written(item)).collect())
            }
            Content::Mapping(entries) if !entries.is_empty() => {
                let entries = entries.iter();
                Explained::Mapping(
                    entries
                        .map(|entry| (entry.key.text().to_owned(), self.written(&entry.value)))
                        .collect(),
                )
            }
            _ => Explained::Value {
                value: node.to_value(&[]),
                origin,
            },
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    }
}

/// A default of the tables.
fn from_table(default: &str) -> Option<Explained> {
    let value: Value = serde_yaml::from_str(default).ok()?;
    Some(of_value(value))
}

pub(crate) fn of_value(value: Value) -> Explained {
    match value {
        Value::Sequence(items) if !items.is_empty() => {
            Explained::List(items.into_iter().map(of_value).collect())
        }
        Value::Mapping(entries) if !entries.is_empty() => {
            let name = |key: Value| match key {
                Value::String(text) => text,
                other => serde_yaml::to_string(&other)
                    .unwrap_or_default()
                    .trim_end()
                    .to_owned(),
            };
            let entries = entries.into_iter();
            Explained::Mapping(
                entries
                    .map(|(key, value)| (name(key), of_value(value)))
                    .collect(),
            )
        }
        value => Explained::Value {
            value,
            origin: Origin::Default,
        },
    }
}
