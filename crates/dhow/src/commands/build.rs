//! `build push`, `build pull` and `build deliver`.

use dhow_builder::Output;
use dhow_plan::{Plan, recipe::deploy};

use super::{deploy::gather, proxy::carry_out, read_project};
use crate::{
    arguments::BuildCommand,
    failure::Failure,
    hooks::HookRunner,
    image_build::ImageBuild,
    invocation::Invocation,
    project::{Basis, Project},
    session::Session,
};

/// Builds, pulls, or both.
pub(crate) async fn run(invocation: &Invocation, command: BuildCommand) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let basis = gather(invocation, &project).await?;
    match command {
        BuildCommand::Push { output, no_cache } => {
            let output = match output.as_str() {
                "registry" => Output::Registry,
                _ => Output::Named(output),
            };
            push(invocation, &project, &basis, &output, no_cache).await
        }
        BuildCommand::Pull => pull(invocation, &project, &basis).await,
        BuildCommand::Deliver { no_cache } => {
            push(invocation, &project, &basis, &Output::Registry, no_cache).await?;
            pull(invocation, &project, &basis).await
        }
    }
}

async fn push(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    output: &Output,
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
    };
    build.check().await?;
    invocation
        .announcer
        .note(format!("Build {}", basis.version));
    build.build().await
}

async fn pull(invocation: &Invocation, project: &Project, basis: &Basis) -> Result<(), Failure> {
    let fleet = project.fleet()?;
    let session = Session::open(invocation, project, basis, &fleet).await?;
    let plan: Plan = deploy::before_lock(&session.settled(), deploy::Kind::Deploy, false);
    let result = carry_out(&session, &plan).await;
    session.close().await;
    result
}
