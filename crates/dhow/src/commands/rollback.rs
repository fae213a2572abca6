//! `rollback`: back to a version whose image lies on every host.

use std::time::Instant;

use dhow_plan::{
    recipe::deploy::Kind,
    rollback::{NoWayBack, choose},
};
use dhow_versioning::Version;

use super::{deploy::gather_at, read_project};
use crate::{
    arguments::Build,
    deployment::Deployment,
    failure::{self, Failure},
    invocation::Invocation,
    session::Session,
};

/// Goes back.
pub(crate) async fn run(invocation: &Invocation, wanted: Option<&str>) -> Result<(), Failure> {
    let began = Instant::now();
    let wanted = wanted.or(invocation.global.version.as_deref());
    let wanted: Option<Version> = wanted.map(str::parse).transpose()?;
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    // Until the hosts were asked, a version that was not named is the one that runs here.
    let provisional = wanted
        .clone()
        .unwrap_or_else(|| project.version_or_unknown(invocation));
    let basis = gather_at(invocation, &project, provisional).await?;
    let session = Session::open(invocation, &project, &basis, &fleet).await?;
    let result = go_back(&session, wanted).await;
    session.close().await;
    invocation.announcer.note(format!(
        "Finished all in {:.1} seconds",
        began.elapsed().as_secs_f64()
    ));
    result
}

async fn go_back(session: &Session<'_>, wanted: Option<Version>) -> Result<(), Failure> {
    let facts = session.look().await?;
    session.check(&facts)?;
    let version =
        choose(session.fleet, &facts, wanted.as_ref()).map_err(|error| no_way_back(&error))?;
    let basis = session.basis.at(version);
    let session = session.about(&basis);
    let build = Build {
        skip_push: true,
        no_cache: false,
    };
    let is_the_one_before = wanted.is_none();
    Deployment {
        session: &session,
        kind: Kind::Rollback,
        build,
        // The image lies on the hosts.
        registry: None,
        is_the_one_before,
    }
    .run()
    .await
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
