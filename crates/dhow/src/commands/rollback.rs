//! `rollback`: back to a version whose image lies on every host, or in the registry.

use std::time::Instant;

use dhow_plan::{
    facts::Facts,
    recipe::deploy::Kind,
    rollback::{NoWayBack, choose},
};
use dhow_versioning::Version;

use super::{
    deploy::{gather_at, tell_the_time},
    read_project,
};
use crate::{
    arguments::{Build, Freshness, Reach},
    deployment::Deployment,
    failure::{self, Failure},
    image_source::{Found, ImageSource},
    invocation::Invocation,
    local_registry::LocalRegistry,
    run_version::{named, unknown},
    session::Session,
};

/// Goes back.
pub(crate) async fn run(
    invocation: &Invocation,
    wanted: Option<&str>,
    reach: Reach,
) -> Result<(), Failure> {
    let began = Instant::now();
    let wanted = wanted.or(invocation.global.version.as_deref());
    let wanted = wanted.map(|text| named(text, invocation)).transpose()?;
    if let Some(version) = &wanted {
        version.check_deployable()?;
    }
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    // A version that was not named is known when the hosts were asked.
    let provisional = wanted.clone().unwrap_or_else(unknown);
    let basis = gather_at(invocation, &project, provisional).await?;
    let registry = LocalRegistry::open(invocation, &project).await?;
    let session = Session::open_as_far(invocation, &project, &basis, &fleet, reach).await?;
    let result = session
        .on_what_is_reached(async |session| go_back(session, registry.as_ref(), wanted).await)
        .await;
    session.close().await;
    tell_the_time(invocation, began);
    result
}

async fn go_back(
    session: &Session<'_>,
    registry: Option<&LocalRegistry<'_>>,
    wanted: Option<Version>,
) -> Result<(), Failure> {
    let facts = session.look_before_pull().await?;
    session.check(&facts)?;
    let version = match choose(session.fleet, &facts, wanted.as_ref()) {
        Ok(version) => version,
        Err(NoWayBack::Unavailable { version, .. })
            if is_in_registry(session, &facts, registry, &version).await? =>
        {
            let note = format!("{version} does not lie on every host, the registry has it");
            session.invocation.announcer.note(note);
            version
        }
        Err(error) => return Err(no_way_back(&error)),
    };
    let basis = session.basis.at(version);
    let session = session.about(&basis);
    let build = Build {
        skip_push: true,
        freshness: Freshness::default(),
        under_given_name: false,
        reach: Reach::default(),
    };
    let is_the_one_before = wanted.is_none();
    Deployment {
        session: &session,
        kind: Kind::Rollback,
        build,
        registry,
        known: None,
        ready: None,
        is_the_one_before,
    }
    .run()
    .await
}

/// Whether the image can be pulled again.
async fn is_in_registry(
    session: &Session<'_>,
    facts: &Facts,
    registry: Option<&LocalRegistry<'_>>,
    version: &Version,
) -> Result<bool, Failure> {
    let source = ImageSource::of(session, facts, registry).await?;
    let found = source.find(version.as_str()).await;
    Ok(matches!(found, Found::Image(_)))
}

/// What lies on the hosts is told with a version that does not.
fn no_way_back(error: &NoWayBack) -> Failure {
    let failure = Failure::of(failure::Kind::Step, error);
    match error {
        NoWayBack::Unavailable { available, .. } if available.is_empty() => {
            failure.detail("No version is available on every host.")
        }
        NoWayBack::Unavailable { available, .. } => {
            let list: Vec<&str> = available.iter().map(Version::as_str).collect();
            failure.detail(format!(
                "Available versions, the newest first:\n  {}",
                list.join("\n  ")
            ))
        }
        NoWayBack::Mixed { serving } => {
            let rows = serving
                .iter()
                .map(|(host, role, version)| format!("  {host}  {role}  {version}"));
            let rows: Vec<String> = rows.collect();
            failure
                .detail(format!("What serves where:\n{}", rows.join("\n")))
                .hint("name the version: `dhow rollback VERSION`")
        }
        NoWayBack::NothingBefore => {
            failure.hint("`dhow app containers` and `dhow app images` show what lies on the hosts")
        }
    }
}
