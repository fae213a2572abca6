//! dhow's own settings, which Kamal passes over.

use serde::Serialize;

use super::VersionPolicy;

/// `x-dhow`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dhow {
    /// `x-dhow.secrets.expand`.
    pub expand_secrets: ExpandSecrets,
    /// `x-dhow.secrets.env_files`; nothing means as Kamal, with a word about every value that this changes.
    pub env_files: Option<EnvFiles>,
    /// `x-dhow.version`.
    pub version: VersionPolicy,
    /// `x-dhow.latest: build`: the registry's `latest` tag moves with the build, as in Kamal, and not after
    /// the deploy (versioning §2).
    pub moves_latest_at_build: bool,
}

impl Dhow {
    /// Whether every setting is as it is without `x-dhow`.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens to variables in what a command of a secrets file printed (secrets-and-hooks §3, step 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpandSecrets {
    /// They are no variables: the output stays as it is.
    #[default]
    Never,
    /// They are replaced, as Kamal does it.
    Kamal,
}

/// How secrets are written into the env files of containers (secrets-and-hooks §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvFiles {
    /// A line break as `\n`, a backslash as `\\`, which nobody undoes.
    Kamal,
    /// As they are. What has no form of one line is refused.
    Literal,
}
