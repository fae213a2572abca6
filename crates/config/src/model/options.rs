//! Free-form flags of `docker run`.

use serde::Serialize;

/// A name and its value, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The key.
    pub name: String,
    /// The value as text, as Kamal renders it (`true`, `3`, `1.1`). An explicit `false` is the text `false`.
    pub value: String,
}

/// What stands behind a flag (config §12.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// `true`: the flag alone.
    Flag,
    /// A text, number or `false`.
    Text(String),
    /// A list: the flag once for each.
    Each(Vec<String>),
}

/// As the file writes it: `true`, a text or a list.
impl Serialize for OptionValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag => serializer.serialize_bool(true),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Each(texts) => texts.serialize(serializer),
        }
    }
}

/// Flags in the order of the file, names without the leading dashes.
pub type Options = Vec<(String, OptionValue)>;
