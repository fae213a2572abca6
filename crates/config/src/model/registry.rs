//! Where images lie, and how to log in there.

use dhow_names::SecretName;
use serde::Serialize;

/// A registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registry {
    /// `host[:port]`; none means Docker Hub.
    pub server: Option<String>,
    /// How to log in; none for a registry on this machine (`localhost:PORT`).
    pub credentials: Option<Credentials>,
}

impl Registry {
    /// Whether it lies on this machine: `localhost:PORT` (config §6).
    pub fn is_local(&self) -> bool {
        self.server.as_deref().is_some_and(is_local)
    }
}

/// Whether a server lies on this machine; `localhost` alone is an ordinary one (config §6).
pub(crate) fn is_local(server: &str) -> bool {
    server.starts_with("localhost:")
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The user.
    pub username: Credential,
    /// The password or token.
    pub password: Credential,
}

/// A value written in the file, or the name of a secret that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Credential {
    /// Written in clear in the deploy file; redacted all the same.
    Written(#[serde(serialize_with = "redacted")] dhow_redaction::Secret),
    /// `[NAME]`: looked up in the secrets files.
    FromSecret(SecretName),
}

fn redacted<S: serde::Serializer>(
    _: &dhow_redaction::Secret,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dhow_redaction::REDACTED)
}
