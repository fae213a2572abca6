//! Failures of the project: deploy file, secrets, repository, selection.

use dhow_config::{OldHooks, Problems, ReadError};
use dhow_names::InvalidName;
use dhow_roles::SelectionError;
use dhow_secrets::SecretsError;
use dhow_versioning::{
    ChooseVersionError, CloneError, ForeignName, InvalidVersion, MovingTag, WorkTreeError,
};

use super::{Failure, Kind};
use crate::placed_problem::PlacedProblem;

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::of(Kind::Project, &error)
    }
}

impl From<OldHooks> for Failure {
    fn from(error: OldHooks) -> Self {
        Self::of(Kind::Project, &error)
    }
}

impl Failure {
    /// The problems of a deploy file, each with its place.
    pub(crate) fn problems(problems: &Problems, colour: bool) -> Self {
        let count = problems.0.len();
        let headline = match count {
            1 => "the deploy file has a problem".to_owned(),
            _ => format!("the deploy file has {count} problems"),
        };
        Self::new(Kind::Project, headline)
            .detail(problems.render(colour))
            .with_problems(problems.0.iter().map(PlacedProblem::from))
    }
}

impl From<InvalidName> for Failure {
    fn from(error: InvalidName) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        let known = match &error {
            SelectionError::NoHost { known, .. } => Some(("hosts", known.join(", "))),
            SelectionError::NoRole { known, .. } => Some(("roles", known.join(", "))),
            SelectionError::Pattern { .. } | SelectionError::NothingInCommon => None,
        };
        let hint = known.map(|(what, names)| format!("the {what} are {names}"));
        Self::of(Kind::Usage, &error).maybe_hint(hint)
    }
}

impl From<SecretsError> for Failure {
    fn from(error: SecretsError) -> Self {
        Self::of(Kind::Project, &error)
    }
}

impl From<WorkTreeError> for Failure {
    fn from(error: WorkTreeError) -> Self {
        let hint = match &error {
            WorkTreeError::NotARepository { .. } => {
                Some("run `git init` and commit, or name a version with --version or VERSION")
            }
            WorkTreeError::NoCommits { .. } => Some("commit what should be deployed"),
            WorkTreeError::NoTag { .. } => Some(
                "`git fetch --tags` gets those of the remote (a shallow clone has none), `git tag v0.1` makes the first",
            ),
            _ => None,
        };
        Self::of(Kind::Project, &error).maybe_hint(hint)
    }
}

impl From<ChooseVersionError> for Failure {
    fn from(error: ChooseVersionError) -> Self {
        match error {
            ChooseVersionError::WorkTree { source } => Self::from(source),
            ChooseVersionError::Declared { .. }
            | ChooseVersionError::Environment { .. }
            | ChooseVersionError::EmptyEnvironment => Self::of(Kind::Usage, &error),
            ChooseVersionError::NoVariable { .. }
            | ChooseVersionError::Variable { .. }
            | ChooseVersionError::Printed { .. } => Self::of(Kind::Project, &error)
                .hint("`x-dhow/version` in the deploy file names it; --version goes before it"),
            ChooseVersionError::Described { .. } => Self::of(Kind::Project, &error).hint(
                "a command can spell it otherwise: `x-dhow: {version: {command: git describe --tags | tr / -}}`",
            ),
        }
    }
}

impl From<InvalidVersion> for Failure {
    fn from(error: InvalidVersion) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

impl From<MovingTag> for Failure {
    fn from(error: MovingTag) -> Self {
        Self::of(Kind::Usage, &error)
            .hint("name a version that lies in the registry, such as 1.2.3, or none: then it is the commit")
    }
}

impl From<ForeignName> for Failure {
    fn from(error: ForeignName) -> Self {
        let version = &error.version;
        Self::of(Kind::Usage, &error)
            .hint(format!(
                "--skip-push deploys the image {version} that lies in the registry, --build-as builds the commit and \
                 calls it {version}"
            ))
            .hint("without --version and VERSION the commit is built under its own name")
    }
}

impl From<CloneError> for Failure {
    fn from(error: CloneError) -> Self {
        Self::of(Kind::Project, &error)
    }
}
