//! Every key a deploy file may hold, as data: its type, and whether this version supports it.
//!
//! [`check`] compares a file with it. A later JSON Schema and the documentation of keys come from the same table.

mod check;
mod leftovers;
mod tables;
mod type_check;

pub(crate) use check::check;
pub(crate) use tables::ROOT;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) keys: &'static [Rule],
}

/// What is known about one key.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) support: Support,
}

/// Whether a key does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Yes,
    /// A key of Kamal's that this version refuses by name.
    NotYet,
    /// Accepted without effect, with the reason in a warning.
    Ignored(&'static str),
}

/// The type of a value (config §2.2).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Texts, numbers and booleans.
    Text,
    Integer,
    Boolean,
    /// A list of texts.
    Texts,
    /// A mapping with texts as values.
    TextMap,
    /// A mapping with any scalars or lists of them as values.
    Free,
    /// A text or a list of texts; the words are Kamal's message for anything else.
    TextOrTexts(&'static str),
    Section(&'static Section),
    BooleanOr(&'static Section),
    /// A boolean; the mapping form with own certificates is not supported yet.
    Ssl,
    /// Free names, each with this section.
    Each(&'static Section),
    /// `servers`.
    Servers,
    /// Hosts with or without tags.
    HostEntries,
    /// An environment; `true` where tags may stand.
    Env {
        tags: bool,
    },
    /// A text, or a list with the name of one secret.
    Credential,
    /// `hooks_output`.
    HookOutput,
    /// A boolean, a text or a list of texts.
    SshConfig,
    /// `local:remote[:options]`, or a mapping of the same.
    Mounts,
}

impl Section {
    pub(crate) fn rule(&self, name: &str) -> Option<&'static Rule> {
        self.keys.iter().find(|rule| rule.name == name)
    }
}
