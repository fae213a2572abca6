//! Where the version of a run comes from when nobody gives one.

use serde::Serialize;

/// `x-dhow.version`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VersionPolicy {
    /// What gives the version.
    pub source: PolicySource,
    /// Whether a tag that the registry holds with another content is refused. Unset it is so for every source
    /// but the whole commit, which two different images may share in Kamal as well (a base image that moved).
    pub immutable: bool,
}

/// What gives the version. `--version` and the variable `VERSION` go before each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicySource {
    /// All 40 digits of the commit at HEAD, as in Kamal (versioning §1).
    #[default]
    Commit,
    /// The first digits of it.
    ShortCommit {
        /// How many: 7 to 40.
        digits: u8,
    },
    /// What `git describe --tags` says of it.
    Describe,
    /// The environment variable of this name.
    Variable(String),
    /// What this command line prints; a shell runs it in the project's folder.
    Command(String),
}

impl PolicySource {
    /// How many digits stand for a commit unless the deploy file says otherwise: enough for the largest
    /// repositories there are.
    pub const USUAL_DIGITS: u8 = 12;
}
