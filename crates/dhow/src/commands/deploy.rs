//! `deploy`, `redeploy`, `setup` and `plan`.

use std::{pin::pin, time::Instant};

use dhow_config::Accessory;
use dhow_plan::{
    drift::{drifts, serving},
    recipe::deploy::Kind,
};
use dhow_registry_client::Manifest;
use dhow_roles::Fleet;
use dhow_versioning::Version;
use futures_util::future::{Either, select};

use super::{accessory, read_project};
use crate::{
    arguments::Build,
    bringing::Bringing,
    build_source::Ready,
    deployment::Deployment,
    failure::Failure,
    hooks::HookRunner,
    image_build::ImageBuild,
    image_source::ImageSource,
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
    let version = version_of(invocation, &project, build).await?;
    let basis = gather_at(invocation, &project, version).await?;
    check_build(invocation, &project, &basis, &fleet, build).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let hooks = HookRunner {
        invocation,
        project: &project,
        basis: &basis,
        fleet: &fleet,
    };
    let (session, meanwhile) = reach(hooks, build, registry.as_ref()).await?;
    let deploy = async |session: &Session<'_>| {
        let deployment = Deployment {
            session,
            kind,
            build,
            registry: registry.as_ref(),
            known: meanwhile.known.as_ref(),
            ready: meanwhile.ready.as_ref(),
            is_the_one_before: false,
        };
        deployment.run().await
    };
    let result = session.on_what_is_reached(deploy).await;
    session.close().await;
    tell_the_time(invocation, began);
    result
}

/// What was done while the hosts were connected to.
#[derive(Debug, Default)]
struct Meanwhile<'a> {
    known: Option<(ImageSource<'a>, Manifest)>,
    ready: Option<Ready>,
}

/// Connects to the hosts, and does meanwhile what needs none of them: the registry is asked for an image that is there,
/// or everything is made ready for a build.
async fn reach<'a>(
    hooks: HookRunner<'a>,
    build: Build,
    registry: Option<&'a LocalRegistry<'a>>,
) -> Result<(Session<'a>, Meanwhile<'a>), Failure> {
    let HookRunner {
        invocation,
        project,
        basis,
        fleet,
    } = hooks;
    // It may open the way to all that follows.
    hooks.pre_connect().await?;
    let open = Session::open_as_far(invocation, project, basis, fleet, build.reach);
    let mut meanwhile = Meanwhile::default();
    if !build.skip_push {
        let build = ImageBuild::of_deploy(hooks, build.freshness.into(), registry);
        let (session, source) = tokio::try_join!(open, build.get_ready())?;
        meanwhile.ready = Some(Ready::new(source));
        return Ok((session, meanwhile));
    }
    let ask = async {
        match registry {
            None => ImageSource::directly(project, basis).await,
            Some(_) => None,
        }
    };
    let (session, known) = beside(open, ask).await;
    meanwhile.known = known.flatten();
    Ok((session?, meanwhile))
}

/// Does the work, and something beside it that nobody waits for when the work is done before.
async fn beside<Done, Said>(
    work: impl Future<Output = Done>,
    aside: impl Future<Output = Said>,
) -> (Done, Option<Said>) {
    match select(pin!(work), pin!(aside)).await {
        Either::Left((done, _)) => (done, None),
        Either::Right((said, work)) => (work.await, Some(said)),
    }
}

/// Says how long all of it took, in Kamal's words.
pub(super) fn tell_the_time(invocation: &Invocation, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let note = format!("Finished all in {seconds:.1} seconds");
    invocation.announcer.note(note);
}

/// Shows what a deploy would do, and changes nothing.
pub(crate) async fn show(invocation: &Invocation, build: Build) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let version = version_of(invocation, &project, build).await?;
    let basis = gather_at(invocation, &project, version).await?;
    check_build(invocation, &project, &basis, &fleet, build).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let reach = build.reach;
    let session =
        Session::connect_quietly_as_far(invocation, &project, &basis, &fleet, reach).await?;
    let show = async |session: &Session<'_>| {
        let story = tell(session, build, registry.as_ref()).await?;
        invocation.terminal.data(story);
        Ok(())
    };
    let result = session.on_what_is_reached(show).await;
    session.close().await;
    result
}

/// What the deploy would do, as far as it is known before the build.
async fn tell(
    session: &Session<'_>,
    build: Build,
    registry: Option<&LocalRegistry<'_>>,
) -> Result<String, Failure> {
    let accessories: Vec<&Accessory> = session.fleet.config().accessories.iter().collect();
    let facts = session.look_before_pull_comparing(&accessories).await?;
    let deployment = Deployment {
        session,
        kind: Kind::Deploy,
        build,
        registry,
        known: None,
        ready: None,
        is_the_one_before: false,
    };
    deployment.check_lock(&facts)?;
    deployment.check(&facts)?;
    for drift in drifts(&serving(session.fleet, &facts)) {
        session.invocation.announcer.warn(drift.to_string());
    }
    let beside = told_of_accessories(&accessory::drifts(session, &facts, &accessories));
    if !build.skip_push {
        return Ok(deployment.story(&facts) + &beside);
    }
    let source = ImageSource::of(session, &facts, registry).await?;
    let bringing = Bringing {
        session,
        source: &source,
        registry,
    };
    let image = bringing.existing().await?;
    bringing.check_room(&image, &facts).await?;
    let basis = session.basis.pinned(image.digest);
    let session = session.about(&basis);
    let pinned = Deployment {
        session: &session,
        ..deployment
    };
    Ok(pinned.story(&facts) + &beside)
}

/// A deploy does nothing about accessories, so it is told what does.
fn told_of_accessories(drifts: &[String]) -> String {
    if drifts.is_empty() {
        return String::new();
    }
    let lines = drifts.join("\n  ");
    format!("A deploy leaves accessories alone; `dhow accessory apply` renews these\n  {lines}\n")
}

/// The version to deploy, which must be a name of what is built.
async fn version_of(
    invocation: &Invocation,
    project: &Project,
    build: Build,
) -> Result<Version, Failure> {
    let version = project.deployable_version(invocation).await?;
    if !build.skip_push {
        project
            .check_name_of_build(invocation, build.under_given_name)
            .await?;
    }
    Ok(version)
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
    ImageBuild::of_deploy(hooks, build.freshness.into(), None)
        .check()
        .await
}

/// Everything that work on the version of this run needs.
pub(super) async fn gather(invocation: &Invocation, project: &Project) -> Result<Basis, Failure> {
    let version = project.version(invocation).await?;
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
