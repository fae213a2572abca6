//! Which version a rollback goes to.

use dhow_docker::{Names, Repository};
use dhow_names::Host;
use dhow_roles::Fleet;
use dhow_versioning::Version;

use crate::facts::{Facts, HostFacts};

/// Why there is no version to go back to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWayBack {
    /// The version that was asked for does not lie on every host. The words are Kamal's (flows §2.3).
    #[error("The app version '{version}' is not available on every host")]
    Unavailable {
        /// The version that was asked for.
        version: Version,
        /// The versions that do, the newest first.
        available: Vec<Version>,
    },
    /// No version was asked for, and none but the running one lies on every host.
    #[error("there is no version to go back to: no other version lies on every host")]
    NothingElse,
}

/// The version that was asked for, else the newest that lies on every app host and serves on none.
pub fn choose(
    fleet: &Fleet<'_>,
    facts: &Facts,
    wanted: Option<&Version>,
) -> Result<Version, NoWayBack> {
    let available = available(fleet, facts);
    match wanted {
        Some(version) if available.contains(version) => Ok(version.clone()),
        Some(version) => Err(NoWayBack::Unavailable {
            version: version.clone(),
            available,
        }),
        None => {
            let serving = serving(fleet, facts);
            let previous = available
                .into_iter()
                .find(|version| !serving.contains(version));
            previous.ok_or(NoWayBack::NothingElse)
        }
    }
}

/// Versions whose image lies on every app host, in the order in which they were booted on the first one, then
/// in the order of their images; the newest first.
fn available(fleet: &Fleet<'_>, facts: &Facts) -> Vec<Version> {
    let hosts = fleet.app_hosts();
    let known: Vec<HostFacts> = hosts.iter().map(|host| facts.of(host)).collect();
    let (Some(host), Some(first)) = (hosts.first(), known.first()) else {
        return Vec::new();
    };
    let names = Names::of(fleet.config());
    let mut versions: Vec<Version> = Vec::new();
    let images = first.tags.iter().map(String::as_str);
    for text in booted(fleet, &names, host, first).chain(images) {
        let everywhere = known
            .iter()
            .all(|host| host.tags.iter().any(|tag| tag == text));
        // What cannot be a version, such as `<none>`, was never deployed.
        if let Ok(version) = text.parse::<Version>()
            && everywhere
            && !Repository::is_latest_tag(text)
            && !versions.contains(&version)
        {
            versions.push(version);
        }
    }
    versions
}

/// Versions that were booted on a host, the newest first.
fn booted<'a>(
    fleet: &Fleet<'_>,
    names: &Names,
    host: &Host,
    known: &'a HostFacts,
) -> impl Iterator<Item = &'a str> {
    let roles = fleet.on(host);
    known.containers.iter().filter_map(move |container| {
        roles
            .iter()
            .find_map(|it| names.booted_version(it.role, &container.name))
    })
}

/// Versions that serve anywhere.
fn serving(fleet: &Fleet<'_>, facts: &Facts) -> Vec<Version> {
    let names = Names::of(fleet.config());
    let mut serving = Vec::new();
    for host in fleet.app_hosts() {
        let known = facts.of(host);
        for placement in fleet.on(host) {
            let container = known.current.get(&placement.role.name);
            let version =
                container.and_then(|it| names.booted_version(placement.role, it)?.parse().ok());
            serving.extend(version);
        }
    }
    serving
}
