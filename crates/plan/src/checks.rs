//! What must be true of the hosts before anything changes.

use dhow_docker::{proxy, server};
use dhow_names::Host;
use dhow_roles::Fleet;

use crate::facts::{Engine, Facts, HostFacts};

/// Why a host cannot be deployed to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is no `docker` command.
    #[error("Docker is not installed")]
    NoDocker,
    /// The engine does not answer.
    #[error("the Docker engine does not answer: {said}")]
    EngineSilent {
        /// What the command said.
        said: String,
    },
    /// The engine lacks something that is needed.
    #[error("Docker engine {version} is too old, at least {}.{} is needed", server::MINIMUM_ENGINE.0, server::MINIMUM_ENGINE.1)]
    EngineTooOld {
        /// Its version.
        version: String,
    },
    /// The proxy lacks something that is needed.
    #[error(
        "kamal-proxy version {tag} is too old, run `dhow proxy reboot` in order to update to at least {}",
        proxy::DEFAULT_VERSION
    )]
    ProxyTooOld {
        /// The tag of its image.
        tag: String,
    },
}

/// Every host whose engine cannot be worked with, with the reason. Hosts without Docker are no trouble when it
/// is installed next.
pub fn unfit_hosts(fleet: &Fleet<'_>, facts: &Facts) -> Vec<(Host, Unfit)> {
    let judge = |host: &&Host| unfit(&facts.of(host)).map(|reason| ((*host).clone(), reason));
    fleet.hosts().iter().filter_map(judge).collect()
}

fn unfit(known: &HostFacts) -> Option<Unfit> {
    match &known.engine {
        Engine::Missing => return Some(Unfit::NoDocker),
        Engine::Silent { said } => return Some(Unfit::EngineSilent { said: said.clone() }),
        Engine::Running {
            version: Some(version),
            ..
        } => {
            // An engine that does not tell a version in numbers is taken for a new one.
            let numbers = numbers(version);
            if numbers.is_some_and(|(major, minor, _)| (major, minor) < server::MINIMUM_ENGINE) {
                return Some(Unfit::EngineTooOld {
                    version: version.clone(),
                });
            }
        }
        Engine::Running { version: None, .. } => {}
    }
    None
}

/// Every host whose proxy is too old to be told what a deploy tells it (flows §7.1).
pub fn outdated_proxies(fleet: &Fleet<'_>, facts: &Facts) -> Vec<(Host, Unfit)> {
    let judge = |host: Host| {
        let proxy = facts.of(&host).proxy.filter(|proxy| proxy.running)?;
        let too_old = tagged_version(&proxy.tag)? < proxy::MINIMUM_VERSION;
        too_old.then_some((host, Unfit::ProxyTooOld { tag: proxy.tag }))
    };
    fleet
        .proxy_hosts()
        .into_iter()
        .cloned()
        .filter_map(judge)
        .collect()
}

/// App hosts whose engine has another architecture than all the image is built for, with theirs.
pub fn other_architectures<'a>(
    fleet: &Fleet<'a>,
    facts: &Facts,
    built: &[String],
) -> Vec<(&'a Host, String)> {
    let judge = |host: &'a Host| match facts.of(host).engine {
        Engine::Running {
            architecture: Some(its),
            ..
        } if !built.contains(&its) => Some((host, its)),
        _ => None,
    };
    fleet.app_hosts().into_iter().filter_map(judge).collect()
}

/// The version in a tag, `v0.9.2` or `0.9.2`; `latest`, a date or a digest says nothing about the age.
fn tagged_version(tag: &str) -> Option<(u32, u32, u32)> {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let is_version = version.contains('.') && !version.contains(':');
    is_version.then(|| numbers(version)).flatten()
}

/// The first three numbers of a dotted version.
fn numbers(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split(|character: char| !character.is_ascii_digit());
    let mut next = || parts.next().unwrap_or("0").parse::<u32>();
    match (next(), next(), next()) {
        (Ok(major), minor, patch) => Some((major, minor.unwrap_or(0), patch.unwrap_or(0))),
        _ => None,
    }
}
