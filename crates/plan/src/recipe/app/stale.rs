//! Containers that run beside the current one of their role (flows §5.1).

use dhow_docker::app;
use dhow_names::{Host, RoleName};

use super::{super::Settled, one_phase};
use crate::{
    facts::{Facts, HostFacts},
    plan::{Block, HostWork, Plan, Step},
};

/// A container that a deploy which was cut off has left running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Where it runs.
    pub host: Host,
    /// Its role.
    pub role: RoleName,
    /// The version in its name.
    pub version: String,
}

/// Every stale container of the selected roles. While it is not known which container of a role is current, every
/// one of them may be: then none is stale.
pub fn stale_containers(settled: &Settled<'_>, facts: &Facts) -> Vec<Stale> {
    let hosts = settled.fleet.app_hosts().into_iter();
    hosts
        .flat_map(|host| stale_on(settled, host, &facts.of(host)))
        .map(|(stale, _)| stale)
        .collect()
}

/// Stops them.
pub fn stop_stale(settled: &Settled<'_>, facts: &Facts) -> Plan {
    let work = settled.fleet.app_hosts().into_iter().map(|host| {
        let steps = stop_steps(settled, host, &facts.of(host));
        let blocks = if steps.is_empty() {
            Vec::new()
        } else {
            vec![Block::of(steps)]
        };
        HostWork::at_once(host, blocks)
    });
    one_phase("Stop stale containers".to_owned(), work.collect())
}

/// A step for each stale container of a host.
pub(in crate::recipe) fn stop_steps(
    settled: &Settled<'_>,
    host: &Host,
    known: &HostFacts,
) -> Vec<Step> {
    let stop = |(stale, container): (Stale, String)| {
        let role = settled.config().role(&stale.role);
        let timeout = role.and_then(|role| role.stop_timeout);
        Step::new(
            format!("stop stale {container}"),
            app::stop(&container, timeout),
        )
        .tolerant()
    };
    stale_on(settled, host, known)
        .into_iter()
        .map(stop)
        .collect()
}

/// The stale containers of a host, with their names.
fn stale_on(settled: &Settled<'_>, host: &Host, known: &HostFacts) -> Vec<(Stale, String)> {
    let mut found = Vec::new();
    for placement in settled.fleet.on(host) {
        let role = placement.role;
        let Some(current) = known.current.get(&role.name) else {
            continue;
        };
        for container in &known.containers {
            let version = settled.names.version_of(role, &container.name);
            let version = version.filter(|_| {
                container.is_active()
                    && container.role == role.name.as_str()
                    && container.name != *current
            });
            if let Some(version) = version {
                let stale = Stale {
                    host: host.clone(),
                    role: role.name.clone(),
                    version: version.to_owned(),
                };
                found.push((stale, container.name.clone()));
            }
        }
    }
    found
}
