//! The tables as something to read: what there is to say about a section or about one key.

mod finding;

use std::fmt;

use serde::{Serialize, Serializer};

use self::finding::find;
use super::{Kind, Rule, Section, json_schema::value_of, sections, tables};

/// What there is to say about a section, or about one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Documentation {
    /// What it is about, spelt as keys are: `proxy`, `proxy/healthcheck`.
    pub name: String,
    /// What the section is for; none for a single key, which says it itself.
    pub about: Option<&'static str>,
    /// The keys above, from the top level of a deploy file; free names are examples.
    pub place: Vec<&'static str>,
    /// The keys of the section, or the one that was asked for.
    pub keys: Vec<DocumentedKey>,
    /// All sections, with the whole file only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<DocumentedSection>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentedKey {
    /// The key.
    pub name: &'static str,
    /// What is written behind it, in words.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub about: &'static str,
    /// What holds when it is absent.
    pub default: Option<Yaml>,
    /// Values as somebody would write them, one for each form.
    pub examples: Vec<Yaml>,
    /// Whether its section is of no use without it.
    pub required: bool,
    /// Why nobody should write it any more.
    pub deprecated: Option<&'static str>,
    /// The section that tells the keys below it.
    pub section: Option<&'static str>,
    /// The keys below it, when its section stands nowhere else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<DocumentedKey>,
    /// How they stand below it.
    #[serde(skip)]
    pub below: Below,
}

/// A value as it is written; to a serializer it is what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yaml(pub &'static str);

impl fmt::Display for Yaml {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Serialize for Yaml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        value_of(self.0).serialize(serializer)
    }
}

/// How the keys of a section stand below the key that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// Right below it.
    Directly,
    /// Below a free name, of which this is an example.
    Named(&'static str),
    /// In an item of a list.
    InAnItem,
}

/// A section by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentedSection {
    /// What `documentation` finds it by.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// There is no such section and no such key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("No documentation found for {asked}")]
pub struct NoDocumentation {
    /// What was asked for.
    pub asked: String,
    /// What was probably meant.
    pub near: Option<String>,
    /// The section in which it was looked for.
    pub section: &'static str,
}

/// Says what is known about a section, or about the key at a path such as `proxy/ssl` or `proxy.ssl`; without either,
/// about the top level. A path may be copied from a problem, with its free names and positions:
/// `accessories/db/files/0`.
pub fn documentation(asked: Option<&str>) -> Result<Documentation, NoDocumentation> {
    let asked = asked.unwrap_or(tables::ROOT.name);
    Ok(match find(asked)? {
        (section, None) => of_section(section),
        (section, Some(rule)) => match rule.kind {
            // At the top level a section is more than the key of the same name.
            Kind::Section(below) | Kind::Each(below) if is_root(section) => of_section(below),
            Kind::Env { .. } if is_root(section) => of_section(&tables::ENV),
            _ => of_key(section, rule),
        },
    })
}

fn is_root(section: &Section) -> bool {
    std::ptr::eq(section, &raw const tables::ROOT)
}

fn of_section(section: &'static Section) -> Documentation {
    let below_root = sections().into_iter().skip(1);
    let listed = below_root.filter(|below| is_root(section) && !below.name.contains('/'));
    Documentation {
        name: section.name.to_owned(),
        about: Some(section.about),
        place: place_of(section),
        keys: keys_of(section),
        sections: listed
            .map(|section| DocumentedSection {
                name: section.name,
                about: section.about,
            })
            .collect(),
    }
}

fn of_key(section: &'static Section, rule: &'static Rule) -> Documentation {
    Documentation {
        name: path_of(section, rule.name),
        about: None,
        place: place_of(section),
        keys: vec![key(section, rule)],
        sections: Vec::new(),
    }
}

/// The path of a key as problems spell it, but for free names.
fn path_of(section: &Section, key: &str) -> String {
    if is_root(section) {
        key.to_owned()
    } else {
        format!("{}/{key}", section.name)
    }
}

fn keys_of(section: &Section) -> Vec<DocumentedKey> {
    section.keys.iter().map(|rule| key(section, rule)).collect()
}

fn key(section: &Section, rule: &'static Rule) -> DocumentedKey {
    let below = match rule.kind {
        // What stands below it is the same as at the top level, but for the tags.
        Kind::Env { .. } => Some(&tables::ENV),
        // Nobody should write what Kamal 1 has there.
        Kind::OrKamal1(..) => None,
        kind => kind.section(),
    };
    DocumentedKey {
        name: rule.name,
        kind: in_words(rule.kind),
        about: rule.about,
        default: rule.default.map(Yaml),
        examples: rule.examples().map(Yaml).collect(),
        required: rule.is_required,
        deprecated: rule.deprecated(),
        section: below.map(|below| below.name),
        keys: below
            .filter(|below| owns(section, rule, below))
            .map_or_else(Vec::new, keys_of),
        below: form_below(rule.kind),
    }
}

/// Whether a section is told below this key and not by itself.
fn owns(section: &Section, rule: &Rule, below: &Section) -> bool {
    below.name.contains('/') && below.name == path_of(section, rule.name)
}

fn form_below(kind: Kind) -> Below {
    match kind {
        Kind::Each(_) => Below::Named("db"),
        Kind::Servers => Below::Named("web"),
        Kind::EnvTags => Below::Named("eu"),
        Kind::Mounts => Below::InAnItem,
        _ => Below::Directly,
    }
}

/// The keys above those of a section.
fn place_of(section: &'static Section) -> Vec<&'static str> {
    let holds = |rule: &Rule| {
        let below = rule.kind.section();
        below.is_some_and(|below| std::ptr::eq(below, section))
    };
    let all = sections();
    let mut holders = all.iter().flat_map(|above| {
        let rules = above.keys.iter().filter(|rule| holds(rule));
        rules.map(|rule| (*above, rule))
    });
    let own = holders
        .clone()
        .find(|(above, rule)| section.name == path_of(above, rule.name));
    let Some((above, rule)) = own.or_else(|| holders.next()) else {
        return Vec::new();
    };
    let mut place = place_of(above);
    place.push(rule.name);
    if let Below::Named(name) = form_below(rule.kind) {
        place.push(name);
    }
    place
}

fn in_words(kind: Kind) -> String {
    let words = match kind {
        Kind::Text | Kind::FileMode => "text",
        Kind::OneOf(words) => return quoted(words, " or "),
        Kind::WordOr(words, _) => return format!("{}, or mapping", quoted(words, ", ")),
        Kind::Integer => "whole number",
        Kind::Boolean => "boolean",
        Kind::Texts => "list of texts",
        Kind::TextMap => "mapping of texts",
        Kind::Scalars => "mapping of texts, which may be empty",
        Kind::Free => "mapping of texts and lists of texts",
        Kind::TextOrTexts(_) => "text or list of texts",
        Kind::Section(_) => "mapping",
        Kind::BooleanOr(_) | Kind::Ssl => "boolean or mapping",
        Kind::FalseOr(_) => "mapping, or `false`",
        Kind::Each(_) => "mapping of names to mappings",
        Kind::OrKamal1(now, _) => return in_words(*now),
        Kind::Servers => "list of hosts, or mapping of roles to lists of hosts or to mappings",
        Kind::HostEntries => "list of hosts",
        Kind::Env { tags: true } => "mapping of texts, or with `clear`, `secret` and `tags`",
        Kind::Env { tags: false } => "mapping of texts, or with `clear` and `secret`",
        Kind::EnvTags => "mapping of tags to environments",
        Kind::Credential => "text, or list with the name of one secret",
        Kind::WrittenSecrets => "list of names of secrets",
        Kind::HookOutput => "`quiet` or `verbose`, or mapping of hooks to these",
        Kind::SshConfig => "boolean, text or list of texts",
        Kind::Mounts => "list of texts or mappings",
        Kind::Aliases => "mapping of names to command lines",
    };
    words.to_owned()
}

fn quoted(words: &[&str], between: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(between)
}

#[cfg(test)]
mod tests;
