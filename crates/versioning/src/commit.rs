//! One commit, as far as a deploy speaks of it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::Serialize;

/// The full name of a commit: 40 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct CommitId(String);

impl CommitId {
    /// All 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, as people quote a commit.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    pub(crate) fn object(&self) -> git2::Oid {
        git2::Oid::from_str(&self.0).expect("it was made from an object's name")
    }
}

/// A text that names no commit in full.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no commit: 40 lower-case hex digits are expected")]
pub struct InvalidCommitId(String);

impl FromStr for CommitId {
    type Err = InvalidCommitId;

    fn from_str(text: &str) -> Result<Self, InvalidCommitId> {
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 40 && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCommitId(text.to_owned()))
        }
    }
}

impl From<git2::Oid> for CommitId {
    fn from(id: git2::Oid) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The commit that is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its full name.
    pub id: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// When it was committed.
    pub time: Timestamp,
    /// Name and address of its author, `Ada <ada@example.com>`.
    pub author: String,
}

impl Commit {
    pub(crate) fn read(commit: &git2::Commit<'_>) -> Self {
        let author = commit.author();
        Self {
            id: commit.id().into(),
            subject: String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default())
                .into_owned(),
            time: Timestamp::from_second(commit.time().seconds()).unwrap_or_default(),
            author: format!(
                "{} <{}>",
                String::from_utf8_lossy(author.name_bytes()),
                String::from_utf8_lossy(author.email_bytes())
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_named_in_full_and_in_one_spelling() {
        let name = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(name.parse::<CommitId>().unwrap().short(), "0123456");
        for other in ["", "0123456", &name.to_uppercase(), &format!("{name}0")] {
            assert!(other.parse::<CommitId>().is_err(), "{other}");
        }
    }
}
