//! Environments (config §5).

use super::{
    super::{
        Kind::{EnvTags, TextMap, Texts},
        Section,
    },
    key,
};

/// An environment in its structured form.
pub(crate) static ENV: Section = Section {
    name: "env",
    about: "Variables by name, or `clear` and `secret` when there are secrets. Clear values stand on Docker's \
            command line; secrets lie in a file on the host that only its user may read.",
    keys: &[
        CLEAR,
        SECRET,
        key(
            "tags",
            EnvTags,
            "What hosts with a tag get beside the rest. Only at the root.",
        )
        .default("{}")
        .example("{eu: {clear: {REGION: eu}, secret: [EU_KEY]}}")
        .also(&["{eu: {REGION: eu}, us: {REGION: us}}"]),
    ],
};

/// The same below a tag, in a role or in an accessory, where no tags may stand.
pub(crate) static ENV_OF_TAG: Section = Section {
    name: "env/tags",
    about: "Variables by name, or `clear` and `secret`, where no tags may stand: for a tag, a role or an accessory.",
    keys: &[CLEAR, SECRET],
};

const CLEAR: super::Rule = key("clear", TextMap, "Values that anybody may see.")
    .default("{}")
    .example("{RAILS_ENV: production, PORT: \"3000\"}");
const SECRET: super::Rule = key(
    "secret",
    Texts,
    "Names of secrets from the secrets files. `NAME:SOURCE` puts the \
    secret SOURCE into the variable NAME.",
)
.default("[]")
.example("[MASTER_KEY, \"DATABASE_URL:SHOP_DATABASE_URL\"]");
