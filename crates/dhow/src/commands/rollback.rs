//! `rollback`: back to a version whose image lies on every host.

use std::time::Instant;

use dhow_docker::Repository;
use dhow_names::Host;
use dhow_plan::{
    facts::{Facts, HostFacts},
    recipe::deploy::Kind,
};
use dhow_roles::Fleet;
use dhow_versioning::Version;

use super::{
    deploy::{Deployment, gather_at},
    read_project,
};
use crate::{
    arguments::Build,
    failure::{self, Failure},
    invocation::Invocation,
    session::Session,
};

/// Goes back.
pub(crate) async fn run(invocation: &Invocation, wanted: Option<&str>) -> Result<(), Failure> {
    let began = Instant::now();
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
    let version = choose(session.fleet, session, &facts, wanted)?;
    let basis = session.basis.at(version);
    let session = session.about(&basis);
    let build = Build {
        skip_push: true,
        no_cache: false,
    };
    Deployment {
        session: &session,
        kind: Kind::Rollback,
        build,
    }
    .run()
    .await
}

/// The version that was asked for, or the newest that every host has and none runs.
fn choose(
    fleet: &Fleet<'_>,
    session: &Session<'_>,
    facts: &Facts,
    wanted: Option<Version>,
) -> Result<Version, Failure> {
    let available = available(fleet, session, facts);
    let is_available = |version: &Version| available.iter().any(|known| known == version.as_str());
    if let Some(version) = wanted {
        return if is_available(&version) {
            Ok(version)
        } else {
            Err(unavailable(&version, &available))
        };
    }
    let running = running(fleet, session, facts);
    let previous = available.iter().find(|version| !running.contains(version));
    match previous.map(|version| version.parse()) {
        Some(version) => Ok(version?),
        None => Err(Failure::new(
            failure::Kind::Step,
            "there is no version to go back to: no other version lies on all hosts",
        )
        .hint("`dhow app containers` and `dhow app images` show what lies on the hosts")),
    }
}

/// Versions whose image lies on every app host, the newest first.
fn available(fleet: &Fleet<'_>, session: &Session<'_>, facts: &Facts) -> Vec<String> {
    let hosts = fleet.app_hosts();
    let known: Vec<HostFacts> = hosts.iter().map(|host| facts.of(host)).collect();
    let Some((first, others)) = known.split_first() else {
        return Vec::new();
    };
    let latest = session.basis.repository.latest_tag();
    let mut order = booted(fleet, session, hosts[0], first);
    order.extend(first.tags.iter().cloned());
    let mut versions: Vec<String> = Vec::new();
    for version in order {
        let everywhere = others
            .iter()
            .chain([first])
            .all(|host| host.tags.contains(&version));
        let is_version =
            version != latest && !Repository::is_latest_tag(&version) && version != "<none>";
        if everywhere && is_version && !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

/// Versions that were booted on a host, the newest first.
fn booted(fleet: &Fleet<'_>, session: &Session<'_>, host: &Host, known: &HostFacts) -> Vec<String> {
    let names = &session.basis.names;
    let roles = fleet.on(host);
    let version_of = |name: &str| {
        let version = roles
            .iter()
            .find_map(|placement| names.version_of(placement.role, name))?;
        Some(
            version
                .split("_replaced_")
                .next()
                .unwrap_or(version)
                .to_owned(),
        )
    };
    known
        .containers
        .iter()
        .filter_map(|container| version_of(&container.name))
        .collect()
}

/// Versions that serve anywhere.
fn running(fleet: &Fleet<'_>, session: &Session<'_>, facts: &Facts) -> Vec<String> {
    let names = &session.basis.names;
    let on_host = |host: &&Host| {
        let known = facts.of(host);
        let current = |placement: dhow_roles::Placement<'_>| {
            let version = known.current_version(names, placement.role)?;
            Some(
                version
                    .split("_replaced_")
                    .next()
                    .unwrap_or(version)
                    .to_owned(),
            )
        };
        fleet
            .on(host)
            .into_iter()
            .filter_map(current)
            .collect::<Vec<_>>()
    };
    fleet.app_hosts().iter().flat_map(on_host).collect()
}

/// The words are Kamal's, but it is a failure.
fn unavailable(version: &Version, available: &[String]) -> Failure {
    let headline = format!("The app version '{version}' is not available on every host");
    let list = match available {
        [] => "No version is available on every host.".to_owned(),
        known => format!(
            "Available versions, the newest first:\n  {}",
            known.join("\n  ")
        ),
    };
    Failure::new(failure::Kind::Step, headline).detail(list)
}
