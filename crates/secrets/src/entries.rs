//! Names with their secrets.

use dhow_names::SecretName;
use dhow_redaction::Secret;

/// Names in the order they were first set, each with its last value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries(Vec<(SecretName, Secret)>);

impl Entries {
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        let entry = self.0.iter().find(|(known, _)| known.as_str() == name);
        entry.map(|(_, secret)| secret)
    }

    pub(crate) fn set(&mut self, name: SecretName, secret: Secret) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = secret,
            None => self.0.push((name, secret)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.0.iter().map(|(name, secret)| (name, secret))
    }

    /// Takes over what another file says; its values win.
    pub(crate) fn extend(&mut self, other: Self) {
        for (name, secret) in other.0 {
            self.set(name, secret);
        }
    }
}
