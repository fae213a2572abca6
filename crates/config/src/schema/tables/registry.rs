//! Registries (config §6).

use super::{
    super::{
        Kind::{Credential, Text},
        Section,
    },
    key,
};

/// `registry`, of the root or of an accessory.
pub(super) static REGISTRY: Section = Section {
    name: "registry",
    about: "Where images lie. A server on this machine, `localhost:PORT`, needs no user and no password.",
    keys: &[
        key(
            "server",
            Text,
            "Name and port, without scheme. Docker Hub when it is left out.",
        )
        .example("ghcr.io"),
        key(
            "username",
            Credential,
            "The user, or the name of one secret in a list. Quote a number.",
        )
        .example("acme")
        .also(&["[REGISTRY_USER]"]),
        key(
            "password",
            Credential,
            "The name of one secret in a list. A text is taken as the password itself.",
        )
        .example("[REGISTRY_PASSWORD]"),
    ],
};
