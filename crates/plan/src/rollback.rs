//! Which version a rollback goes to.

use dhow_docker::{Names, Repository};
use dhow_names::{Digest, Host, RoleName};
use dhow_roles::Fleet;
use dhow_versioning::Version;

use crate::{
    drift::serving,
    facts::{Container, Facts, HostFacts},
};

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
    /// No version was asked for, and the hosts do not agree on the one that serves.
    #[error("there is no one version before the current one: different versions serve")]
    Mixed {
        /// What serves where.
        serving: Vec<(Host, RoleName, Version)>,
    },
    /// No version was asked for, and none that served before lies on every host.
    #[error("there is no version to go back to: none that ran before lies on every host")]
    NothingBefore,
}

/// The version that was asked for, else the one that was booted before the one that serves
/// (decision 0005).
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
        None => previous(fleet, facts, &available),
    }
}

/// What the image of a version is on the hosts that have it: nothing, when none has it; inside, nothing when it lies
/// there without having met a registry. Where hosts differ, the first one decides.
pub fn kept(fleet: &Fleet<'_>, facts: &Facts, version: &Version) -> Option<Option<Digest>> {
    let hosts = fleet.app_hosts().into_iter();
    let kept: Vec<Vec<Digest>> = hosts
        .filter_map(|host| Some(facts.of(host).image(version.as_str())?.digests.clone()))
        .collect();
    let first = kept.first()?;
    // An image may have several names; one that all hosts know is the one to speak of.
    let of_all = first
        .iter()
        .find(|digest| kept.iter().all(|host| host.contains(digest)));
    Some(of_all.or(first.first()).copied())
}

/// The newest version whose container is older than the one that serves. A version that never came up is
/// newer, and one that was only pulled was never booted, so neither is taken.
fn previous(fleet: &Fleet<'_>, facts: &Facts, available: &[Version]) -> Result<Version, NoWayBack> {
    let serving: Vec<_> = serving(fleet, facts)
        .into_iter()
        .map(|it| (it.host, it.role, it.version))
        .collect();
    let current = serving.first().map(|(_, _, version)| version);
    if serving
        .iter()
        .any(|(_, _, version)| Some(version) != current)
    {
        return Err(NoWayBack::Mixed { serving });
    }
    let hosts = fleet.app_hosts();
    let Some(host) = hosts.first() else {
        return Err(NoWayBack::NothingBefore);
    };
    let known = facts.of(host);
    let serves =
        |container: &&Container| known.current.values().any(|name| *name == container.name);
    let after_serving = known
        .containers
        .iter()
        .skip_while(|container| current.is_some() && !serves(container));
    booted(fleet, host, after_serving)
        .find(|version| Some(version) != current && available.contains(version))
        .ok_or(NoWayBack::NothingBefore)
}

/// Versions whose image lies on every app host: in the order in which they were booted on the first one, then
/// in the order of their images; the newest first.
fn available(fleet: &Fleet<'_>, facts: &Facts) -> Vec<Version> {
    let hosts = fleet.app_hosts();
    let known: Vec<HostFacts> = hosts.iter().map(|host| facts.of(host)).collect();
    let (Some(host), Some(first)) = (hosts.first(), known.first()) else {
        return Vec::new();
    };
    // What cannot be a version, such as `<none>`, was never deployed.
    let images = first
        .images
        .iter()
        .filter_map(|image| image.tag.parse().ok());
    let mut versions: Vec<Version> = Vec::new();
    for version in booted(fleet, host, first.containers.iter()).chain(images) {
        let tag = version.as_str();
        let everywhere = known.iter().all(|host| host.image(tag).is_some());
        if everywhere && !Repository::is_latest_tag(tag) && !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

/// The versions of a host's containers, in the same order.
fn booted<'a>(
    fleet: &Fleet<'_>,
    host: &Host,
    containers: impl Iterator<Item = &'a Container>,
) -> impl Iterator<Item = Version> {
    let names = Names::of(fleet.config());
    let roles = fleet.on(host);
    containers.filter_map(move |container| {
        roles
            .iter()
            .find_map(|it| names.booted_version(it.role, &container.name)?.parse().ok())
    })
}
