//! From what a person asks for to a section or a key of the tables.

use super::{
    super::{Kind, Rule, Section, sections, tables},
    NoDocumentation, is_root, path_of,
};
use crate::nearest::nearest;

/// A section, or a key of it.
type Found = (&'static Section, Option<&'static Rule>);

/// Names of sections that are no keys.
const NAMES: [&str; 4] = ["configuration", "role", "accessory", "alias"];

/// Finds a section by its name or a key by its path; positions in lists and free names are passed over.
pub(super) fn find(asked: &str) -> Result<Found, NoDocumentation> {
    let separator = if asked.contains('/') { '/' } else { '.' };
    let is_position =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = asked
        .split(separator)
        .filter(|word| !is_position(word))
        .collect();
    let found = match words.as_slice() {
        ["configuration", rest @ ..] => follow(&tables::ROOT, rest),
        ["role" | "roles", rest @ ..] => follow(&tables::ROLE, rest),
        ["accessory", rest @ ..] => follow(&tables::ACCESSORY, rest),
        ["alias", rest @ ..] => follow(&tables::ROOT, &[&["aliases"], rest].concat()),
        words => follow(&tables::ROOT, words),
    };
    found.map_err(|Unknown { section, word }| no_documentation(asked, section, word))
}

/// A word that is no key of its section.
struct Unknown<'a> {
    section: &'static Section,
    word: &'a str,
}

fn follow<'a>(section: &'static Section, words: &[&'a str]) -> Result<Found, Unknown<'a>> {
    let [word, rest @ ..] = words else {
        return Ok((section, None));
    };
    let rule = section.rule(word).ok_or(Unknown { section, word })?;
    let [next, behind_next @ ..] = rest else {
        return Ok((section, Some(rule)));
    };
    match rule.kind.section() {
        Some(below) if has_free_names(rule.kind) && below.rule(next).is_none() => {
            follow(below, behind_next)
        }
        Some(below) => follow(below, rest),
        None if has_free_names(rule.kind) => Ok((section, Some(rule))),
        None => Err(Unknown {
            section,
            word: next,
        }),
    }
}

/// Whether any name may stand below a key.
fn has_free_names(kind: Kind) -> bool {
    match kind {
        Kind::TextMap
        | Kind::Scalars
        | Kind::Free
        | Kind::Each(_)
        | Kind::Servers
        | Kind::HostEntries
        | Kind::Env { .. }
        | Kind::EnvTags
        | Kind::HookOutput
        | Kind::Aliases => true,
        Kind::Text
        | Kind::OneOf(_)
        | Kind::Integer
        | Kind::Boolean
        | Kind::Texts
        | Kind::TextOrTexts(_)
        | Kind::Section(_)
        | Kind::WordOr(..)
        | Kind::BooleanOr(_)
        | Kind::FalseOr(_)
        | Kind::Ssl
        | Kind::OrKamal1(..)
        | Kind::Credential
        | Kind::WrittenSecrets
        | Kind::SshConfig
        | Kind::Mounts
        | Kind::FileMode => false,
    }
}

fn no_documentation(asked: &str, section: &'static Section, word: &str) -> NoDocumentation {
    let mut known: Vec<&str> = section.keys.iter().map(|rule| rule.name).collect();
    if is_root(section) {
        known.extend(NAMES);
    }
    let near = nearest(word, &known).map(|near| {
        if NAMES.contains(&near) {
            near.to_owned()
        } else {
            path_of(section, near)
        }
    });
    NoDocumentation {
        asked: asked.to_owned(),
        near: near.or_else(|| path_of_any(word)),
        section: section.name,
    }
}

/// The path of the first key with this name, wherever it is.
fn path_of_any(word: &str) -> Option<String> {
    let section = sections()
        .into_iter()
        .find(|section| section.rule(word).is_some())?;
    Some(path_of(section, word))
}
