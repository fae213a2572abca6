//! Stopping the app, and starting it again.

use dhow_docker::{app, proxy};
use dhow_names::{Host, RoleName};
use dhow_versioning::Version;

use super::{super::Settled, per_role_at_once};
use crate::{
    facts::Facts,
    plan::{Plan, Step},
    recipe::{boot, count_of, proxied},
};

/// There is no container to start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no container of version {version} on {}", places(.missing))]
pub struct NotThere {
    /// The version that was to be started.
    pub version: Version,
    /// Where it lacks which role.
    pub missing: Vec<(Host, RoleName)>,
    /// Versions that every selected role has a container of on every host, the newest first.
    pub there: Vec<String>,
}

fn places(missing: &[(Host, RoleName)]) -> String {
    let places = missing
        .iter()
        .map(|(host, role)| format!("{host} (role {role})"));
    places.collect::<Vec<_>>().join(", ")
}

/// Starts the containers of the version and gives them the traffic, unless other ones have it. That there are
/// such containers is known before any is started.
pub fn start(settled: &Settled<'_>, facts: &Facts) -> Result<Plan, NotThere> {
    check(settled, facts)?;
    let version = settled.version;
    let hosts = settled.fleet.app_hosts().len();
    let title = format!("Start {} on {}", version.abbreviated(), count_of(hosts));
    Ok(per_role_at_once(settled, title, |host, placement| {
        let role = placement.role;
        let container = settled.names.container(role, version);
        let started = format!("Started app version {version}");
        let mut steps = vec![
            // Kamal names no role here, other than when it stops.
            settled.audit(None, &started),
            Step::new(
                format!("start {}", boot::short(settled, placement)),
                app::start(&container),
            ),
        ];
        if let Some(settings) = &role.proxy {
            let known = facts.of(host);
            let serving = known.current.get(&role.name).unwrap_or(&container);
            let service = settled.names.prefix(role);
            let files = proxied::told(settled, role);
            let command = proxy::deploy(&service, serving, settings, &files, settled.config());
            let title = format!("wait for {} and send it traffic", role.name);
            steps.push(Step::new(title, command).endable());
        }
        steps
    }))
}

fn check(settled: &Settled<'_>, facts: &Facts) -> Result<(), NotThere> {
    let mut missing = Vec::new();
    let mut there: Option<Vec<String>> = None;
    for host in settled.fleet.app_hosts() {
        let known = facts.of(host);
        for placement in settled.fleet.on(host) {
            let role = placement.role;
            let versions: Vec<String> = known
                .containers
                .iter()
                .filter(|container| container.role == role.name.as_str())
                .filter_map(|container| settled.names.version_of(role, &container.name))
                .map(str::to_owned)
                .collect();
            if !versions.iter().any(|it| it == settled.version.as_str()) {
                missing.push((host.clone(), role.name.clone()));
            }
            there = Some(match there {
                None => versions,
                Some(before) => {
                    let both = before.into_iter().filter(|it| versions.contains(it));
                    both.collect()
                }
            });
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(NotThere {
        version: settled.version.clone(),
        missing,
        there: there.unwrap_or_default(),
    })
}

/// Stops what serves. Clients are turned away first and requests under way are let finish, so that the container
/// has nothing left to do when it is asked to end; then the proxy forgets the role.
pub fn stop(settled: &Settled<'_>, facts: &Facts) -> Plan {
    let title = format!(
        "Stop the app on {}",
        count_of(settled.fleet.app_hosts().len())
    );
    per_role_at_once(settled, title, |host, placement| {
        let role = placement.role;
        let name = &role.name;
        let known = facts.of(host);
        let mut steps = vec![settled.audit(Some(name), "Stopped app")];
        let running = known.proxy.as_ref().is_some_and(|proxy| proxy.running);
        if role.proxy.is_some() && running {
            let service = settled.names.prefix(role);
            let drain = proxy::stop_traffic(&service, settled.config().drain_timeout, None);
            let drain = drain.arg_raw("2>/dev/null");
            steps.extend([
                // A service that the proxy does not know has no requests to wait for.
                Step::new(format!("let requests to {name} finish"), drain).tolerant(),
                Step::new(
                    format!("take {name} out of the proxy"),
                    proxy::remove(&service),
                )
                .tolerant(),
            ]);
        }
        if let Some(container) = known.current.get(name) {
            let title = format!("stop {}", boot::named(settled, role, container));
            steps.push(Step::new(title, app::stop(container, role.stop_timeout)));
        }
        steps
    })
}
