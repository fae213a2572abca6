//! Hosts on which a version is not the image that it is elsewhere.

use std::{collections::BTreeMap, fmt};

use dhow_docker::{Names, Repository};
use dhow_names::{Digest, Host, RoleName};
use dhow_roles::Fleet;
use dhow_versioning::Version;

use crate::facts::Facts;

/// What serves a role on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The host.
    pub host: Host,
    /// The role.
    pub role: RoleName,
    /// The version that its container is called after.
    pub version: Version,
    /// The digest of that version's image on the host, when a registry knows one.
    pub digest: Option<Digest>,
    /// Whether the container was made from the image that the version's tag names on the host now.
    pub is_tagged: bool,
}

/// Something that runs on one host and should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What serves.
    pub serving: Serving,
    /// Why that is strange.
    pub reason: Reason,
}

/// Why what serves on a host is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The version's tag was given to another image after the container was made.
    TagMoved,
    /// Most hosts have another image for the same version.
    AnotherImage {
        /// The one that most hosts have.
        elsewhere: Digest,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Serving {
            host,
            role,
            version,
            digest,
            ..
        } = &self.serving;
        write!(formatter, "{host}: {role} runs {version} ")?;
        match (self.reason, digest) {
            (Reason::TagMoved, _) => formatter.write_str(
                "from an image that is not called so any more: the tag was moved after the deploy",
            ),
            (Reason::AnotherImage { elsewhere }, Some(digest)) => {
                write!(formatter, "as {digest}, other hosts as {elsewhere}")
            }
            (Reason::AnotherImage { elsewhere }, None) => write!(
                formatter,
                "from an image that no registry knows, other hosts as {elsewhere}"
            ),
        }
    }
}

/// What serves every selected role on every app host, where something does.
pub fn serving(fleet: &Fleet<'_>, facts: &Facts) -> Vec<Serving> {
    let names = Names::of(fleet.config());
    let repository = Repository::of(fleet.config());
    let mut serving = Vec::new();
    for host in fleet.app_hosts() {
        let known = facts.of(host);
        for placement in fleet.on(host) {
            let role = placement.role;
            let Some(name) = known.current.get(&role.name) else {
                continue;
            };
            let version = names.booted_version(role, name);
            let Some(version) = version.and_then(|it| it.parse::<Version>().ok()) else {
                continue;
            };
            let image = known.image(version.as_str());
            let container = known.containers.iter().find(|it| it.name == *name);
            let made_from = container.map(|it| it.image.as_str()).unwrap_or_default();
            serving.push(Serving {
                host: host.clone(),
                role: role.name.clone(),
                digest: image.and_then(|it| it.digests.first().copied()),
                is_tagged: made_from.is_empty() || made_from == repository.at(&version).to_string(),
                version,
            });
        }
    }
    serving
}

/// What is strange in it.
pub fn drifts(serving: &[Serving]) -> Vec<Drift> {
    let common = common_digests(serving);
    let judge = |it: &Serving| {
        let elsewhere = common.get(&it.version).copied();
        if !it.is_tagged {
            return Some(Reason::TagMoved);
        }
        let elsewhere = elsewhere.filter(|common| it.digest != Some(*common))?;
        Some(Reason::AnotherImage { elsewhere })
    };
    serving
        .iter()
        .filter_map(|it| {
            let reason = judge(it)?;
            let serving = it.clone();
            Some(Drift { serving, reason })
        })
        .collect()
}

/// The digest that most hosts have for each version; of two that are as frequent, the first one.
fn common_digests(serving: &[Serving]) -> BTreeMap<&Version, Digest> {
    let mut counts: BTreeMap<&Version, Vec<(Digest, usize)>> = BTreeMap::new();
    for it in serving {
        let Some(digest) = it.digest else { continue };
        let of_version = counts.entry(&it.version).or_default();
        match of_version.iter_mut().find(|(known, _)| *known == digest) {
            Some((_, count)) => *count += 1,
            None => of_version.push((digest, 1)),
        }
    }
    counts
        .into_iter()
        .filter_map(|(version, digests)| {
            // The last of several that are as frequent would win.
            let (digest, _) = digests.into_iter().rev().max_by_key(|(_, count)| *count)?;
            Some((version, digest))
        })
        .collect()
}
