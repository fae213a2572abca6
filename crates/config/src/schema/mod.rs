//! Every key a deploy file may hold, as data: its type, its default, an example, and what it is for.
//!
//! [`check`] compares a file with it; documentation and JSON Schema come from the same tables.

mod advice;
mod check;
mod documentation;
mod json_schema;
mod leftovers;
mod meant;
mod tables;
mod type_check;

pub(crate) use check::check;
pub use documentation::{
    Below, Documentation, DocumentedKey, DocumentedSection, NoDocumentation, Yaml, documentation,
};
pub use json_schema::{DescribedFile, json_schema};
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
    /// Values in further forms, as YAML.
    pub(crate) other_forms: &'static [&'static str],
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
    /// A text of a few; its reader refuses others in Kamal's words.
    OneOf(&'static [&'static str]),
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
    /// A text of a few, or a mapping with more to say.
    WordOr(&'static [&'static str], &'static Section),
    BooleanOr(&'static Section),
    /// A mapping, or `false` for none.
    FalseOr(&'static Section),
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

impl Rule {
    /// The example and the further forms.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &'static str> {
        self.example
            .into_iter()
            .chain(self.other_forms.iter().copied())
    }

    /// Why nobody should write it any more.
    pub(crate) fn deprecated(&self) -> Option<&'static str> {
        match self.support {
            Support::Yes => None,
            Support::Ignored(reason) => Some(reason),
            Support::OfKamal1 => Some("it is of Kamal 1, and Kamal 2 refuses it"),
        }
    }
}

impl Kind {
    /// The section that a mapping of this kind, or in it, is checked against.
    pub(crate) fn section(self) -> Option<&'static Section> {
        match self {
            Self::Section(section)
            | Self::WordOr(_, section)
            | Self::BooleanOr(section)
            | Self::FalseOr(section)
            | Self::Each(section)
            | Self::OrKamal1(_, section) => Some(section),
            Self::Ssl => Some(&tables::CERTIFICATE),
            Self::Servers => Some(&tables::ROLE),
            Self::Env { tags: true } => Some(&tables::ENV),
            Self::Env { tags: false } | Self::EnvTags => Some(&tables::ENV_OF_TAG),
            Self::Mounts => Some(&tables::MOUNT),
            Self::Text
            | Self::OneOf(_)
            | Self::Integer
            | Self::Boolean
            | Self::Texts
            | Self::TextMap
            | Self::Scalars
            | Self::Free
            | Self::TextOrTexts(_)
            | Self::HostEntries
            | Self::Credential
            | Self::WrittenSecrets
            | Self::HookOutput
            | Self::SshConfig
            | Self::FileMode
            | Self::Aliases => None,
        }
    }
}

/// Every section, each once, the root first.
pub(crate) fn sections() -> Vec<&'static Section> {
    let mut found: Vec<&'static Section> = vec![&ROOT];
    let mut next = 0;
    while let Some(section) = found.get(next) {
        for below in section.keys.iter().filter_map(|rule| rule.kind.section()) {
            if !found.iter().any(|known| std::ptr::eq(*known, below)) {
                found.push(below);
            }
        }
        next += 1;
    }
    found
}
