//! `deploy`, `redeploy`, `setup` and `plan`.

use std::time::Instant;

use dhow_builder::Output;
use dhow_plan::recipe::deploy::Kind;
use dhow_roles::Fleet;
use dhow_versioning::Version;

use super::read_project;
use crate::{
    arguments::Build,
    deployment::Deployment,
    failure::Failure,
    hooks::HookRunner,
    image_build::ImageBuild,
    invocation::Invocation,
    local_registry::LocalRegistry,
    project::{Basis, Project},
    session::Session,
};

/// Deploys.
pub(crate) async fn run(invocation: &Invocation, kind: Kind, build: Build) -> Result<(), Failure> {
    let began = Instant::now();
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    check_build(invocation, &project, &basis, &fleet, build).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let session = Session::open(invocation, &project, &basis, &fleet).await?;
    let result = Deployment {
        session: &session,
        kind,
        build,
        registry: registry.as_ref(),
        is_the_one_before: false,
    }
    .run()
    .await;
    session.close().await;
    invocation.announcer.note(format!(
        "Finished all in {:.1} seconds",
        began.elapsed().as_secs_f64()
    ));
    result
}

/// Shows what a deploy would do, and changes nothing.
pub(crate) async fn show(invocation: &Invocation, build: Build) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    check_build(invocation, &project, &basis, &fleet, build).await?;
    let session = Session::connect_quietly(invocation, &project, &basis, &fleet).await?;
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    let kind = Kind::Deploy;
    let deployment = Deployment {
        session: &session,
        kind,
        build,
        registry: None,
        is_the_one_before: false,
    };
    deployment.check_lock(&facts)?;
    deployment.check(&facts)?;
    invocation.terminal.data(deployment.story(&facts));
    Ok(())
}

/// What can be known here is told before anybody is bothered.
async fn check_build(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    fleet: &Fleet<'_>,
    build: Build,
) -> Result<(), Failure> {
    if build.skip_push {
        return Ok(());
    }
    let hooks = HookRunner {
        invocation,
        project,
        basis,
        fleet,
    };
    ImageBuild {
        hooks,
        output: &Output::Registry,
        no_cache: build.no_cache,
        registry: None,
    }
    .check()
    .await
}

/// Everything a deploy needs, and the version that it is about.
pub(super) async fn gather(invocation: &Invocation, project: &Project) -> Result<Basis, Failure> {
    let Invocation {
        global,
        environment,
        ..
    } = invocation;
    let version = project.version(global.version.as_deref(), environment)?;
    version.check_deployable()?;
    gather_at(invocation, project, version).await
}

/// Everything a deploy of this version needs.
pub(super) async fn gather_at(
    invocation: &Invocation,
    project: &Project,
    version: Version,
) -> Result<Basis, Failure> {
    Basis::gather(project, version, invocation).await
}
