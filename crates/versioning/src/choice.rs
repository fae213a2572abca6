//! Where the version of a run comes from.

use serde::Serialize;

use crate::{Commit, InvalidVersion, Version, WorkTree, WorkTreeError};

/// What gave the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionSource {
    /// `--version`.
    Declared,
    /// The environment variable `VERSION`.
    Environment,
    /// The commit at HEAD, which is what is built.
    Commit,
    /// The commit at HEAD and the content of the uncommitted files that are built with it.
    UncommittedContent,
}

/// The version of a run and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChosenVersion {
    /// The version, computed once and handed on.
    pub version: Version,
    /// What gave it.
    pub source: VersionSource,
}

/// Why a run has no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChooseVersionError {
    /// `--version` is no version.
    #[error("`--version` cannot be used")]
    Declared {
        /// What is wrong with it.
        source: InvalidVersion,
    },
    /// The variable `VERSION` is no version.
    #[error("the environment variable VERSION cannot be used")]
    Environment {
        /// What is wrong with it.
        source: InvalidVersion,
    },
    /// The variable `VERSION` exists without a text. Kamal would deploy the image `app:`.
    #[error(
        "the environment variable VERSION is set but empty; unset it to use the git commit, or give it \
         a version"
    )]
    EmptyEnvironment,
    /// No version was given and git cannot tell one. The way out is `--version` or `VERSION`.
    #[error("no version was given with --version or VERSION, and git cannot tell one")]
    WorkTree {
        /// Why git cannot.
        source: WorkTreeError,
    },
}

/// Chooses the version of a run, in Kamal's order (versioning §1): `declared` (`--version`; blank counts as
/// unset), the variable `VERSION`, the commit at HEAD.
///
/// `builds_context` says that `builder.context` is set, so that the files themselves are built and not a
/// clone of HEAD; then uncommitted changes make `<commit>_uncommitted_<16 hex digits of their content>`.
pub fn choose_version(
    declared: Option<&str>,
    environment: Option<&str>,
    work_tree: Result<&WorkTree, &WorkTreeError>,
    builds_context: bool,
) -> Result<ChosenVersion, ChooseVersionError> {
    if let Some(text) = declared.map(str::trim).filter(|text| !text.is_empty()) {
        return match text.parse() {
            Ok(version) => Ok(chosen(version, VersionSource::Declared)),
            Err(source) => Err(ChooseVersionError::Declared { source }),
        };
    }
    if let Some(text) = environment.map(str::trim) {
        return match text.parse() {
            Ok(version) => Ok(chosen(version, VersionSource::Environment)),
            Err(InvalidVersion::Empty) => Err(ChooseVersionError::EmptyEnvironment),
            Err(source) => Err(ChooseVersionError::Environment { source }),
        };
    }
    from_git(work_tree, builds_context).map_err(|source| ChooseVersionError::WorkTree { source })
}

fn from_git(
    work_tree: Result<&WorkTree, &WorkTreeError>,
    builds_context: bool,
) -> Result<ChosenVersion, WorkTreeError> {
    let work_tree = work_tree.map_err(WorkTreeError::clone)?;
    let commit = work_tree.head();
    let content = if builds_context {
        work_tree.content_digest()?
    } else {
        None
    };
    Ok(content.map_or_else(
        || chosen(Version::from(&commit.id), VersionSource::Commit),
        |content| {
            chosen(
                uncommitted(commit, &content),
                VersionSource::UncommittedContent,
            )
        },
    ))
}

fn uncommitted(commit: &Commit, content: &str) -> Version {
    format!("{}_uncommitted_{content}", commit.id)
        .parse()
        .expect("hex digits, underscores and fewer than 128 characters")
}

fn chosen(version: Version, source: VersionSource) -> ChosenVersion {
    ChosenVersion { version, source }
}

#[cfg(test)]
mod tests;
