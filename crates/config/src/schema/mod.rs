//! Every key a deploy file may hold, as data: its type, its default, an example, and what it is for.
//!
//! [`check`] compares a file with it; documentation and JSON Schema come from the same tables.

mod check;
mod leftovers;
mod tables;
mod type_check;

pub(crate) use check::check;
pub(crate) use tables::{ROLE, ROOT};
pub(crate) use type_check::is_octal;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Section {
    /// Its name, which is where it stands but for what is repeated: `proxy`, `builder/cache`.
    pub(crate) name: &'static str,
    /// What it is for, in sentences.
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Rule],
}

/// What is known about one key.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it is for, in sentences.
    pub(crate) about: &'static str,
    /// What holds when it is absent, as YAML; none when that is nothing, or no single value.
    pub(crate) default: Option<&'static str>,
    /// A value as somebody would write it, as YAML; none for a key that nobody should write.
    pub(crate) example: Option<&'static str>,
    /// Whether its section is of no use without it.
    pub(crate) is_required: bool,
    pub(crate) support: Support,
}

/// Whether a key does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Yes,
    /// Accepted without effect, with the reason in a warning.
    Ignored(&'static str),
    /// A key of Kamal 1 that is understood; its reader warns with Kamal 2's spelling.
    OfKamal1,
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
    /// The same, where a value may be empty as well.
    Scalars,
    /// A mapping with any scalars or lists of them as values.
    Free,
    /// A text or a list of texts; the words are Kamal's message for anything else.
    TextOrTexts(&'static str),
    Section(&'static Section),
    BooleanOr(&'static Section),
    /// A boolean, or a mapping with custom certificates; other keys in it do nothing.
    Ssl,
    /// Free names, each with this section.
    Each(&'static Section),
    /// A value of the kind, or Kamal 1's mapping.
    OrKamal1(&'static Kind, &'static Section),
    /// `servers`.
    Servers,
    /// Hosts with or without tags.
    HostEntries,
    /// An environment; `true` where tags may stand.
    Env {
        tags: bool,
    },
    /// Free names, each with an environment without tags.
    EnvTags,
    /// A text, or a list with the name of one secret.
    Credential,
    /// A list of names of secrets, or of secrets themselves: nothing of it is in a message.
    WrittenSecrets,
    /// `hooks_output`.
    HookOutput,
    /// A boolean, a text or a list of texts.
    SshConfig,
    /// `local:remote[:options]`, or a mapping of the same.
    Mounts,
    /// What `chmod` takes; octal digits keep their meaning without quotes.
    FileMode,
    /// A mapping from names to command lines.
    Aliases,
}

impl Section {
    pub(crate) fn rule(&self, name: &str) -> Option<&'static Rule> {
        self.keys.iter().find(|rule| rule.name == name)
    }
}
