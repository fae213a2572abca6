//! `build push`, `build pull` and `build deliver`.

use dhow_builder::Output;
use dhow_plan::{Plan, recipe::deploy};

use super::{deploy::gather, proxy::carry_out_with, read_project};
use crate::{
    arguments::BuildCommand,
    failure::Failure,
    hooks::HookRunner,
    image_build::ImageBuild,
    invocation::Invocation,
    local_registry::LocalRegistry,
    project::{Basis, Project},
    session::Session,
};

/// Builds, pulls, or both.
pub(crate) async fn run(invocation: &Invocation, command: BuildCommand) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let basis = gather(invocation, &project).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let registry = registry.as_ref();
    match command {
        BuildCommand::Push { output, no_cache } => {
            let output = match output.as_str() {
                "registry" => Output::Registry,
                _ => Output::Named(output),
            };
            push(invocation, &project, &basis, (&output, registry), no_cache).await
        }
        BuildCommand::Pull => pull(invocation, &project, &basis, registry).await,
        BuildCommand::Deliver { no_cache } => {
            push(
                invocation,
                &project,
                &basis,
                (&Output::Registry, registry),
                no_cache,
            )
            .await?;
            pull(invocation, &project, &basis, registry).await
        }
    }
}

async fn push(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    (output, registry): (&Output, Option<&LocalRegistry<'_>>),
    no_cache: bool,
) -> Result<(), Failure> {
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
        no_cache,
        registry,
    };
    build.check().await?;
    invocation
        .announcer
        .note(format!("Build {}", basis.version));
    build.build().await
}

async fn pull(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    registry: Option<&LocalRegistry<'_>>,
) -> Result<(), Failure> {
    let fleet = project.fleet()?;
    if let Some(registry) = registry {
        registry.check_for(&basis.version).await?;
    }
    let session = Session::open(invocation, project, basis, &fleet).await?;
    let result = pull_on_hosts(&session, registry).await;
    session.close().await;
    result
}

async fn pull_on_hosts(
    session: &Session<'_>,
    registry: Option<&LocalRegistry<'_>>,
) -> Result<(), Failure> {
    let plan: Plan = deploy::before_lock(&session.settled(), deploy::Kind::Deploy, false);
    let Some(registry) = registry else {
        return carry_out_with(session, &plan, None).await;
    };
    let served = registry.serve(session.transport.control_folder())?;
    let result = carry_out_with(session, &plan, Some(served.end())).await;
    served.close(session.invocation).await;
    result
}
