//! What an image is built from: a clone of HEAD, or the project's own files (versioning §6).

mod story;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use dhow_versioning::{BuildClone, WorkTree};

use self::story::{Story, Taken};
use crate::{
    failure::{Failure, Kind},
    hooks::HookRunner,
    invocation::Invocation,
    project::Project,
    session::interrupted_early,
};

/// What is built. A clone is locked against other runs as long as this lives.
#[derive(Debug)]
pub(crate) enum Source {
    Project(PathBuf),
    Clone(BuildClone),
}

/// A source that was made ready before its build begins. Whoever builds takes it: as soon as the build is over, the
/// next one may have the clone, however long the deploy goes on.
#[derive(Debug)]
pub(crate) struct Ready(Mutex<Option<Source>>);

impl Ready {
    pub(crate) fn new(source: Source) -> Self {
        Self(Mutex::new(Some(source)))
    }

    /// None when it was taken already.
    pub(crate) fn take(&self) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Source {
    /// Makes it ready: a clone of HEAD, or the project itself when a context is set.
    pub(crate) async fn prepare(hooks: HookRunner<'_>) -> Result<Self, Failure> {
        let HookRunner {
            invocation,
            project,
            ..
        } = hooks;
        match (&project.work_tree, &project.config.builder.context) {
            (Ok(work_tree), None) => {
                let clone = clone_of(invocation, project, work_tree).await?;
                Ok(Self::Clone(clone))
            }
            _ => Ok(Self::Project(invocation.environment.folder.clone())),
        }
    }

    /// Tells what is built, and what is not. Fails when the Dockerfile is not part of it.
    pub(crate) fn check_and_tell(&self, hooks: HookRunner<'_>) -> Result<(), Failure> {
        let HookRunner {
            invocation,
            project,
            ..
        } = hooks;
        match (self, &project.work_tree) {
            (Self::Clone(clone), Ok(work_tree)) => {
                tell_of_clone(clone, invocation, project, work_tree)
            }
            (_, work_tree) => tell_of_context(invocation, project, work_tree.as_ref().ok()),
        }
    }

    /// The folder that the build runs in.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Project(folder) => folder,
            Self::Clone(clone) => clone.folder(),
        }
    }
}

fn tell_of_clone(
    clone: &BuildClone,
    invocation: &Invocation,
    project: &Project,
    work_tree: &WorkTree,
) -> Result<(), Failure> {
    let announcer = &invocation.announcer;
    if clone.waited() {
        announcer.note("  waited for another build of this project");
    }
    for warning in story::of_unfiltered(clone.unfiltered()) {
        announcer.warn(warning);
    }
    let changes = work_tree.uncommitted()?;
    tell(
        invocation,
        &Story {
            repository: Some((clone.commit(), &changes)),
            taken: Taken::Clone(clone.folder()),
            context: Path::new("."),
            dockerfile: dockerfile_of(project),
            folder_in_tree: work_tree.folder_in_tree(),
        },
    );
    if let Some(dockerfile) = dockerfile_of(project)
        && !clone.folder().join(dockerfile).is_file()
    {
        let headline = format!("{} is not committed", dockerfile.display());
        return Err(Failure::new(Kind::Project, headline)
            .hint("the image is built from the commit at HEAD: commit the Dockerfile"));
    }
    Ok(())
}

fn tell_of_context(
    invocation: &Invocation,
    project: &Project,
    work_tree: Option<&WorkTree>,
) -> Result<(), Failure> {
    let context = project.config.builder.context.as_deref();
    let seen = project.build_context(&invocation.environment);
    let changes = match (work_tree, &seen) {
        (Some(work_tree), Some(seen)) => work_tree.uncommitted_in(seen)?,
        _ => Vec::new(),
    };
    tell(
        invocation,
        &Story {
            repository: work_tree.map(|it| (it.head(), changes.as_slice())),
            taken: Taken::Context,
            context: context.unwrap_or(Path::new(".")),
            dockerfile: dockerfile_of(project),
            folder_in_tree: work_tree.map_or(Path::new(""), WorkTree::folder_in_tree),
        },
    );
    Ok(())
}

/// A large repository takes a while, in which signals are still listened for.
async fn clone_of(
    invocation: &Invocation,
    project: &Project,
    work_tree: &WorkTree,
) -> Result<BuildClone, Failure> {
    let (work_tree, service) = (work_tree.clone(), project.config.service.clone());
    let cache_folder = invocation.environment.cache_folder();
    let prepare = move || BuildClone::prepare(&work_tree, &cache_folder, &service);
    tokio::select! {
        prepared = tokio::task::spawn_blocking(prepare) => {
            let crashed = |error| Failure::of(Kind::Machine, &error);
            Ok(prepared.map_err(crashed)??)
        }
        () = invocation.interrupt.cancelled() => Err(interrupted_early()),
    }
}

fn dockerfile_of(project: &Project) -> Option<&Path> {
    let builder = &project.config.builder;
    builder.pack.is_none().then_some(&builder.dockerfile)
}

fn tell(invocation: &Invocation, story: &Story<'_>) {
    let announcer = &invocation.announcer;
    announcer.note(format!("  {}", story.line()));
    for warning in story.warnings() {
        announcer.warn(warning);
    }
}
