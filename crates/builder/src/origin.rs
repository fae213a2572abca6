//! Where what is built comes from, as the image says it.

use dhow_versioning::{Commit, Version};

/// Where what is built comes from. The same source says the same, so that a build of an unchanged tree makes the
/// same image ([decision 0120](../../../docs/decisions/0120-an-image-says-which-commit-it-is.md)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The commit at HEAD, where there is a repository.
    pub commit: Option<Commit>,
    /// Where the repository is shared, without any log-in.
    pub url: Option<String>,
}

/// The label that says which commit an image was built from.
pub const REVISION_LABEL: &str = "org.opencontainers.image.revision";

/// The names of the labels that say what an image is, below `org.opencontainers.image.`.
const REVISION: &str = "revision";
const CREATED: &str = "created";
const VERSION: &str = "version";
const SOURCE: &str = "source";

impl Origin {
    /// What the image says of itself: names below `org.opencontainers.image.`, and values. The time is the
    /// commit's, in UTC as `2026-01-02T03:04:05Z`.
    pub(crate) fn annotations(&self, version: &Version) -> Vec<(&'static str, String)> {
        let commit = self.commit.as_ref();
        let revision = commit.map(|commit| commit.id.to_string());
        let created = commit.map(|commit| commit.time.to_string());
        [
            (REVISION, revision),
            (CREATED, created),
            (VERSION, Some(version.to_string())),
            (SOURCE, self.url.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}
