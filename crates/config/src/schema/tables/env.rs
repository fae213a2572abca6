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
    about: "Variables by name, or, when there are secrets, `clear` and `secret`. Clear values stand on Docker's \
            command line; secrets lie in a file on the host that only its user may read.",
    keys: &[
        CLEAR,
        SECRET,
        key(
            "tags",
            EnvTags,
            "What hosts with a tag get beside it. Only at the root.",
        )
        .default("{}")
        .example("{eu: {REGION: eu}, us: {clear: {REGION: us}, secret: [US_KEY]}}"),
    ],
};

/// The same below a tag, where no tags may stand.
pub(crate) static ENV_OF_TAG: Section = Section {
    name: "env",
    about: "What hosts with this tag get beside the rest.",
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
