//! What somebody meant with a key that a mapping does not know.

use super::{Kind, Rule, Section, Support, leftovers, sections};
use crate::{
    nearest::nearest,
    tree::{Content, Node},
};

/// Words of Docker, Compose and other tools, and ours for the same.
const OTHER_WORDS: [(&str, &str); 20] = [
    ("batch", "limit"),
    ("build_args", "args"),
    ("command", "cmd"),
    ("delay", "wait"),
    ("domain", "host"),
    ("domains", "hosts"),
    ("environment", "env"),
    ("file", "dockerfile"),
    ("host", "server"),
    ("kind", "type"),
    ("mounts", "volumes"),
    ("platform", "arch"),
    ("platforms", "arch"),
    ("port", "app_port"),
    ("redirect", "ssl_redirect"),
    ("tls", "ssl"),
    ("token", "password"),
    ("url", "server"),
    ("user", "username"),
    ("username", "user"),
];

/// Flags of `docker run` that people write as keys.
const FLAGS: [&str; 14] = [
    "add-host",
    "cap-add",
    "cpus",
    "devices",
    "entrypoint",
    "gpus",
    "init",
    "memory",
    "privileged",
    "restart",
    "shm-size",
    "shm_size",
    "ulimit",
    "ulimits",
];

/// A longer list of keys would bury the message.
const MOST_LISTED: usize = 14;

/// The way out for a key that this mapping does not know.
pub(super) fn help(section: &Section, path: &str, key: &str, value: &Node) -> String {
    if let Some(spelling) = leftovers::spelling(path, key, value) {
        return spelling;
    }
    if key.starts_with("x-") {
        return "keys that begin with `x-` may stand at the top level only".to_owned();
    }
    if key.contains(|character: char| character.is_whitespace() && !character.is_ascii()) {
        return "there is a blank of another kind in this key: write plain ones".to_owned();
    }
    if section.name == "role" && key.contains('.') {
        return format!("a host stands behind a dash: `- {key}`");
    }
    if let Some(rule) = self::key(section, path, key, value) {
        return format!("did you mean `{}`?", rule.name);
    }
    let names = names(section);
    let near = || nearest(key, &names).map(|near| format!("did you mean `{near}`?"));
    let all = || match names.len() {
        ..=MOST_LISTED => format!("known keys: {}", names.join(", ")),
        _ => format!("`dhow docs {}` shows all keys", section.name),
    };
    elsewhere(section, key).or_else(near).unwrap_or_else(all)
}

/// The key of this mapping that was meant: spelt alike, or another word for it, and fit for such a value.
pub(super) fn key(section: &Section, path: &str, key: &str, value: &Node) -> Option<&'static Rule> {
    if leftovers::spelling(path, key, value).is_some() {
        return None;
    }
    let fits = |rule: &&Rule| takes(rule.kind, value);
    let names = names(section);
    let rule = |name| section.rule(name).filter(fits);
    let alike = nearest(key, &names).and_then(rule);
    let other_word = || {
        let words = OTHER_WORDS.map(|(word, _)| word);
        let near = nearest(key, &words)?;
        let mut ours = OTHER_WORDS.iter().filter(|(word, _)| *word == near);
        ours.find_map(|(_, ours)| rule(ours))
    };
    let shortened = || {
        let is_part = |name: &&&str| {
            name.len() > 2 && key.len() > 2 && (name.starts_with(key) || key.starts_with(**name))
        };
        names.iter().find(is_part).and_then(|name| rule(name))
    };
    alike.or_else(other_word).or_else(|| {
        let belongs_elsewhere = places(section, key).next().is_some();
        let is_alike = nearest(key, &names).is_some();
        let is_free = !belongs_elsewhere && !is_alike;
        is_free.then(shortened).flatten()
    })
}

/// The way out when no key of this mapping was meant.
fn elsewhere(section: &Section, key: &str) -> Option<String> {
    if section.rule("options").is_some() && FLAGS.contains(&key) {
        return Some(format!(
            "`{key}` is a flag of Docker's: write it below `options`"
        ));
    }
    let places: Vec<String> = places(section, key).collect();
    match places.as_slice() {
        [] => None,
        [place] => Some(format!("`{key}` belongs {place}")),
        [places @ .., last] => Some(format!("`{key}` belongs {} or {last}", places.join(", "))),
    }
}

/// The keys that somebody should write here.
fn names(section: &Section) -> Vec<&'static str> {
    let current = section.keys.iter();
    let current = current.filter(|rule| rule.support != Support::OfKamal1);
    current.map(|rule| rule.name).collect()
}

/// Where else a key is known.
fn places<'a>(section: &'a Section, key: &'a str) -> impl Iterator<Item = String> + 'a {
    let mut seen = vec![section.name];
    sections().into_iter().filter_map(move |known| {
        // Kamal 1's machines hold nothing that should be written.
        let is_place = known.name != "builder/remote" && names(known).contains(&key);
        if !is_place || seen.contains(&known.name) {
            return None;
        }
        seen.push(known.name);
        Some(match known.name {
            "configuration" => "at the top level".to_owned(),
            "role" => "below `servers/ROLE`".to_owned(),
            "accessory" => "below `accessories/NAME`".to_owned(),
            "accessory/files" => "to an entry of `files`".to_owned(),
            name => format!("below `{name}`"),
        })
    })
}

/// Whether a value has the shape that a kind asks for. Nothing is written below a key that will be filled yet.
fn takes(kind: Kind, value: &Node) -> bool {
    let (scalar, list, mapping) = match kind {
        Kind::Section(_)
        | Kind::TextMap
        | Kind::Scalars
        | Kind::Free
        | Kind::Each(_)
        | Kind::Env { .. }
        | Kind::EnvTags
        | Kind::Aliases => (false, false, true),
        Kind::WordOr(..)
        | Kind::BooleanOr(_)
        | Kind::Ssl
        | Kind::OrKamal1(..)
        | Kind::HookOutput => (true, false, true),
        Kind::Texts | Kind::HostEntries | Kind::WrittenSecrets | Kind::Mounts => {
            (false, true, false)
        }
        Kind::TextOrTexts(_) | Kind::Credential | Kind::SshConfig => (true, true, false),
        Kind::Servers => (false, true, true),
        _ => (true, false, false),
    };
    match &value.content {
        Content::Scalar(text) => scalar || text.is_null(),
        Content::List(_) => list,
        Content::Mapping(_) => mapping,
    }
}
