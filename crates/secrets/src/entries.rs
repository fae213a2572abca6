//! Names with their secrets.

use dhow_names::SecretName;
use dhow_redaction::Secret;
use indexmap::IndexMap;

/// Names in the order they were first set, each with its last value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries(IndexMap<String, (SecretName, Secret)>);

impl Entries {
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        let (_, secret) = self.0.get(name)?;
        Some(secret)
    }

    pub(crate) fn set(&mut self, name: SecretName, secret: Secret) {
        self.0.insert(name.as_str().to_owned(), (name, secret));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.0.values().map(|(name, secret)| (name, secret))
    }

    /// Takes over what another file says; its values win.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}
