//! Where the version of a run comes from.

use serde::Serialize;

use crate::{
    BuildContext, CommitId, GivenVersion, InvalidVersion, Version, WorkTree, WorkTreeError,
};

/// What gave the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionSource {
    /// `--version`.
    Declared,
    /// The environment variable `VERSION`.
    Environment,
    /// What the deploy file says, or the commit at HEAD where it says nothing.
    Rule,
}

/// The version of a run and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChosenVersion {
    /// The version, computed once and handed on.
    pub version: Version,
    /// What gave it.
    pub source: VersionSource,
    /// What was written, where the version is not exactly that: `1.2.3+build` for `1.2.3_build`.
    pub written: Option<String>,
}

/// What names the image when nobody gives a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionRule<'a> {
    /// The commit at HEAD.
    Commit,
    /// The first digits of the commit at HEAD.
    ShortCommit {
        /// How many, at most 40.
        digits: u8,
    },
    /// The nearest tag, how many commits ago it was, and which commit this is: `v1.2` or
    /// `v1.2-3-g1db6e3698b4c`.
    Describe,
    /// The value of an environment variable.
    Variable {
        /// Its name.
        name: &'a str,
        /// Its value; none when it is not set.
        value: Option<&'a str>,
    },
    /// What a command printed.
    Printed(&'a str),
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
    /// The variable that the deploy file names is not there.
    #[error("the environment variable {name} is not set, and the version is to come from it")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// The variable that the deploy file names holds no version.
    #[error("the environment variable {name} cannot be used as version")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: InvalidVersion,
    },
    /// What a command printed is no version.
    #[error("what the command for the version printed cannot be used")]
    Printed {
        /// What is wrong with it.
        source: InvalidVersion,
    },
    /// What git says of the commit is no version: a tag may hold characters that a version may not.
    #[error("the tag nearest to HEAD cannot be used as version")]
    Described {
        /// What is wrong with it.
        source: InvalidVersion,
    },
    /// No version was given and git cannot tell one. The way out is `--version` or `VERSION`.
    #[error("no version was given with --version or VERSION, and git cannot tell one")]
    WorkTree {
        /// Why git cannot.
        source: WorkTreeError,
    },
}

/// A version was given that is none of the names of what would be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{version} is no name of commit {commit}, which would be built{own}",
    own = own.as_ref().map_or_else(String::new, |own| format!(" as {own}"))
)]
pub struct ForeignName {
    /// The version that was given.
    pub version: Version,
    /// The commit that would be built.
    pub commit: CommitId,
    /// The version that the build would have by itself, where it is not the commit.
    pub own: Option<Version>,
}

/// The version that somebody gave, if anybody did: `declared` (`--version`; blank counts as unset), else the
/// variable `VERSION` (versioning §1).
pub fn given_version(
    declared: Option<&str>,
    environment: Option<&str>,
) -> Result<Option<ChosenVersion>, ChooseVersionError> {
    if let Some(text) = declared.filter(|text| !text.trim().is_empty()) {
        let given: GivenVersion = text
            .parse()
            .map_err(|source| ChooseVersionError::Declared { source })?;
        return Ok(Some(given.from(VersionSource::Declared)));
    }
    let Some(text) = environment else {
        return Ok(None);
    };
    let given: GivenVersion = text.parse().map_err(|source| match source {
        InvalidVersion::Empty => ChooseVersionError::EmptyEnvironment,
        source => ChooseVersionError::Environment { source },
    })?;
    Ok(Some(given.from(VersionSource::Environment)))
}

/// The version that a rule gives. With a `context`, whose files themselves are built and not a clone of HEAD,
/// uncommitted changes add `_uncommitted_<16 hex digits of their content>` to what git says.
pub fn version_by_rule(
    rule: &VersionRule<'_>,
    work_tree: Result<&WorkTree, &WorkTreeError>,
    context: Option<&BuildContext>,
) -> Result<ChosenVersion, ChooseVersionError> {
    let given = match *rule {
        VersionRule::Variable { name, value } => of_variable(name, value)?,
        VersionRule::Printed(text) => text
            .parse()
            .map_err(|source| ChooseVersionError::Printed { source })?,
        VersionRule::Commit | VersionRule::ShortCommit { .. } | VersionRule::Describe => {
            let failed = |source| ChooseVersionError::WorkTree { source };
            let work_tree = work_tree.map_err(|error| failed(error.clone()))?;
            let commit = work_tree.head().id.as_str();
            let name = match *rule {
                VersionRule::ShortCommit { digits } => commit
                    .get(..usize::from(digits))
                    .unwrap_or(commit)
                    .to_owned(),
                VersionRule::Describe => work_tree.describe().map_err(failed)?,
                _ => commit.to_owned(),
            };
            let changes = context.map(|context| work_tree.content_digest(context));
            let changes = changes.transpose().map_err(failed)?.flatten();
            with_changes(name, changes)
                .parse()
                .map_err(|source| ChooseVersionError::Described { source })?
        }
    };
    Ok(given.from(VersionSource::Rule))
}

fn of_variable(name: &str, value: Option<&str>) -> Result<GivenVersion, ChooseVersionError> {
    let name = name.to_owned();
    let Some(value) = value else {
        return Err(ChooseVersionError::NoVariable { name });
    };
    value
        .parse()
        .map_err(|source| ChooseVersionError::Variable { name, source })
}

fn with_changes(name: String, changes: Option<String>) -> String {
    match changes {
        Some(digits) => format!("{name}_uncommitted_{digits}"),
        None => name,
    }
}

impl GivenVersion {
    fn from(self, source: VersionSource) -> ChosenVersion {
        ChosenVersion {
            version: self.version,
            source,
            written: self.written,
        }
    }
}

impl ChosenVersion {
    /// Refuses to build HEAD under a name that is not its own: neither the commit (whole, or its first seven
    /// digits and more), nor a tag at it, nor `own`, the version that the build has when nobody gives one.
    pub fn check_name(
        &self,
        work_tree: &WorkTree,
        own: Option<&Version>,
    ) -> Result<(), ForeignName> {
        let is_own = self.source == VersionSource::Rule
            || own == Some(&self.version)
            || work_tree.is_named(&self.version);
        if is_own {
            return Ok(());
        }
        let commit = work_tree.head().id.clone();
        Err(ForeignName {
            version: self.version.clone(),
            own: own.filter(|own| own.as_str() != commit.as_str()).cloned(),
            commit,
        })
    }
}

#[cfg(test)]
mod tests;
