//! `build push`, `build pull` and `build deliver`; the others have files of their own.

mod builder;
mod dev;
mod explain;

use dhow_builder::Output;
use dhow_names::Digest;
use dhow_plan::{Plan, recipe::deploy};
use dhow_ssh_exec::LocalEnd;
use tempfile::TempDir;

use super::{carrying_out::carry_out_with, deploy::gather_at, read_project};
use crate::{
    arguments::{BuildCommand, Freshness},
    bringing::{Bringing, check_immutable},
    built::Built,
    failure::{Failure, Kind},
    hooks::HookRunner,
    image_build::{ImageBuild, naming},
    image_source::ImageSource,
    invocation::Invocation,
    local_registry::LocalRegistry,
    project::{Basis, Project},
    session::Session,
};

/// Builds, pulls, or both.
pub(crate) async fn run(invocation: &Invocation, command: BuildCommand) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    match command {
        BuildCommand::Explain => return explain::run(invocation, &project).await,
        BuildCommand::Create => return builder::create(invocation, &project).await,
        BuildCommand::Remove => return builder::remove(invocation, &project).await,
        BuildCommand::Details => return builder::details(invocation, &project).await,
        BuildCommand::Push { .. }
        | BuildCommand::Pull
        | BuildCommand::Deliver { .. }
        | BuildCommand::Dev { .. } => {}
    }
    let version = project.deployable_version(invocation).await?;
    if let BuildCommand::Push { build_as, .. } | BuildCommand::Deliver { build_as, .. } = &command {
        project.check_name_of_build(invocation, *build_as).await?;
    }
    let basis = gather_at(invocation, &project, version).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let registry = registry.as_ref();
    match command {
        BuildCommand::Dev { output, freshness } => {
            dev::run(invocation, &project, &basis, output, freshness.into()).await
        }
        BuildCommand::Push {
            output, freshness, ..
        } => {
            let output = Output::named(output);
            let pushed = push(invocation, &project, &basis, (&output, registry), freshness);
            pushed.await.map(|_| ())
        }
        BuildCommand::Pull => pull(invocation, &project, &basis, registry, None).await,
        BuildCommand::Deliver { freshness, .. } => {
            let output = (&Output::Registry, registry);
            let built = push(invocation, &project, &basis, output, freshness).await?;
            pull(invocation, &project, &basis, registry, built.digest).await
        }
        BuildCommand::Explain
        | BuildCommand::Create
        | BuildCommand::Remove
        | BuildCommand::Details => Ok(()),
    }
}

async fn push(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    (output, registry): (&Output, Option<&LocalRegistry<'_>>),
    freshness: Freshness,
) -> Result<Built, Failure> {
    let fleet = project.fleet()?;
    let hooks = HookRunner {
        invocation,
        project,
        basis,
        fleet: &fleet,
    };
    let build = ImageBuild {
        hooks,
        output,
        freshness: freshness.into(),
        naming: naming(&project.config),
        registry,
    };
    build.check().await?;
    hooks.pre_connect().await?;
    invocation
        .announcer
        .note(format!("Build {}", basis.version));
    if *output == Output::Registry {
        let folder = socket_folder(invocation)?;
        let source = ImageSource::without_hosts(project, basis, registry, folder.path()).await?;
        check_immutable(invocation, project, basis, &source).await?;
    }
    build.build(build.get_ready().await?).await
}

/// A folder for sockets that nobody else may enter.
fn socket_folder(invocation: &Invocation) -> Result<TempDir, Failure> {
    let parent = invocation.environment.socket_folder();
    TempDir::with_prefix_in("dhow-", parent).map_err(|error| Failure::of(Kind::Machine, &error))
}

/// Pulls on the hosts that run the app: what was built now, or what the registry has.
async fn pull(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    registry: Option<&LocalRegistry<'_>>,
    built: Option<Digest>,
) -> Result<(), Failure> {
    let fleet = project.fleet()?;
    let session = Session::open(invocation, project, basis, &fleet).await?;
    let result = pull_on_hosts(&session, registry, built).await;
    session.close().await;
    result
}

async fn pull_on_hosts(
    session: &Session<'_>,
    registry: Option<&LocalRegistry<'_>>,
    built: Option<Digest>,
) -> Result<(), Failure> {
    let facts = session.look_before_pull().await?;
    session.check(&facts)?;
    let source = ImageSource::of(session, &facts, registry).await?;
    let bringing = Bringing {
        session,
        source: &source,
        registry,
    };
    let image = match built {
        Some(digest) => bringing.known(Some(digest)).await,
        None => bringing.existing().await?,
    };
    bringing.check_room(&image, &facts).await?;
    let basis = session.basis.pinned(image.digest);
    let session = session.about(&basis);
    let pinned = Bringing {
        session: &session,
        ..bringing
    };
    let carry_out = async |plan: &Plan, registry: Option<LocalEnd>| {
        carry_out_with(&session, plan, registry).await
    };
    pinned.pull(deploy::Kind::Deploy, &facts, carry_out).await
}
