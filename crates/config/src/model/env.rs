//! Environment variables: clear values and names of secrets.

use dhow_names::SecretName;
use serde::Serialize;

use super::Pair;

/// An `env` section as it is written, before merging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Env {
    /// Clear values in order of first appearance.
    pub clear: Vec<Pair>,
    /// Secrets in order of first appearance.
    pub secret: Vec<EnvSecret>,
}

/// An environment that a container gets: the merged form of [`Env`].
pub type HostEnv = Env;

/// An entry of `env.secret`: `NAME`, or `NAME:SOURCE` (config §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnvSecret {
    /// The variable in the container.
    pub variable: SecretName,
    /// The secret it is filled from.
    pub source: SecretName,
}

impl Env {
    /// This environment with `later` merged over it: clear values key by key, secrets as a union, position of
    /// first appearance (config §5.3).
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        for pair in &later.clear {
            match merged
                .clear
                .iter_mut()
                .find(|known| known.name == pair.name)
            {
                Some(known) => known.value.clone_from(&pair.value),
                None => merged.clear.push(pair.clone()),
            }
        }
        for secret in &later.secret {
            if !merged.secret.contains(secret) {
                merged.secret.push(secret.clone());
            }
        }
        merged
    }
}
