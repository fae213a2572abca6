//! `deploy --pending`: what an earlier deploy has left out comes to the version of the others.

use std::time::Instant;

use dhow_plan::{pending::pending, recipe::deploy::Kind};

use super::{
    deploy::{gather_at, tell_the_time},
    read_project,
};
use crate::{
    arguments::Build,
    deployment::Deployment,
    failure::{self, Failure},
    invocation::Invocation,
    local_registry::LocalRegistry,
    run_version::unknown,
    session::Session,
};

/// Brings them there.
pub(crate) async fn run(invocation: &Invocation, build: Build) -> Result<(), Failure> {
    let began = Instant::now();
    if invocation.global.version.is_some() {
        let headline =
            "--pending brings hosts to the version of the primary host, so no other can be named";
        return Err(Failure::new(failure::Kind::Usage, headline)
            .hint("`dhow deploy --skip-push --version VERSION -h HOSTS` deploys another one to these hosts"));
    }
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    // Which version that is is known when the hosts were asked.
    let basis = gather_at(invocation, &project, unknown()).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let session = Session::open_as_far(invocation, &project, &basis, &fleet, build.reach).await?;
    let result = session
        .on_what_is_reached(async |session| complete(session, registry.as_ref(), build).await)
        .await;
    session.close().await;
    tell_the_time(invocation, began);
    result
}

async fn complete(
    session: &Session<'_>,
    registry: Option<&LocalRegistry<'_>>,
    build: Build,
) -> Result<(), Failure> {
    let facts = session.look().await?;
    session.check(&facts)?;
    let Some(pending) = pending(session.fleet, &facts) else {
        let primary = session.fleet.primary_host();
        let headline = format!("{primary} serves no version that the others could come to");
        return Err(Failure::new(failure::Kind::Step, headline).hint("deploy one: `dhow deploy`"));
    };
    let announcer = &session.invocation.announcer;
    if pending.hosts.is_empty() {
        announcer.note(format!(
            "Nothing is pending: {} serves everywhere",
            pending.version
        ));
        return Ok(());
    }
    let names: Vec<&str> = pending.hosts.iter().map(|host| host.as_str()).collect();
    announcer.note(format!(
        "Pending: {} to {}",
        names.join(", "),
        pending.version
    ));
    let basis = session.basis.at(pending.version);
    let fleet = session.fleet.part(&pending.hosts);
    let session = session.about(&basis);
    let session = session.within(&fleet);
    Deployment {
        session: &session,
        kind: Kind::Deploy,
        build: Build {
            skip_push: true,
            ..build
        },
        registry,
        known: None,
        ready: None,
        is_the_one_before: false,
    }
    .run()
    .await
}
