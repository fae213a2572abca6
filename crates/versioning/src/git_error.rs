//! What git could not do, kept as a value.

/// A failure of libgit2, in its own words. It is kept as text, so that it can be cloned and sent between
/// threads, and so that no user of this crate meets libgit2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GitError(String);

impl From<git2::Error> for GitError {
    fn from(error: git2::Error) -> Self {
        Self(error.message().to_owned())
    }
}
