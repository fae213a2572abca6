//! Taking the app off its hosts, as a whole or in parts. Accessories and the proxy stay.

use dhow_docker::{app, image, server};
use dhow_names::Host;
use dhow_versioning::Version;

use super::{super::Settled, one_phase, per_role};
use crate::{
    facts::{Facts, HostFacts},
    plan::{Block, HostWork, Plan, Step},
    recipe::{count_of, remove},
};

/// Removes containers, images and folders of the app. What the roles of a host share goes where all of them are
/// selected; the secrets of accessories stay where they have containers.
pub fn remove(settled: &Settled<'_>, facts: &Facts) -> Plan {
    on_each_host(settled, "Remove the app", |host| {
        let mut steps = remove::remove_app(settled, host);
        if settled.fleet.has_every_role_of(host) {
            steps.extend(folders(settled, &facts.of(host)));
        }
        steps
    })
}

/// Removes stopped containers of the selected roles.
pub fn remove_containers(settled: &Settled<'_>) -> Plan {
    let title = format!(
        "Remove stopped containers on {}",
        count_of(settled.fleet.app_hosts().len())
    );
    per_role(settled, title, |_, placement| {
        let role = placement.role;
        let remove = app::remove_stopped(settled.names, role);
        vec![
            settled.audit(Some(&role.name), "Removed all app containers"),
            Step::new(
                format!("remove stopped containers of {}", role.name),
                remove,
            ),
        ]
    })
}

/// No selected host has a container of the version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no selected host has a container of version {version}")]
pub struct NothingToRemove {
    /// The version.
    pub version: Version,
}

/// Removes the containers of one version, wherever there are any. Docker refuses to remove one that runs.
pub fn remove_container(
    settled: &Settled<'_>,
    facts: &Facts,
    version: &Version,
) -> Result<Plan, NothingToRemove> {
    let title = format!("Remove the containers of {}", version.abbreviated());
    let plan = per_role(settled, title, |host, placement| {
        let role = placement.role;
        let container = settled.names.container(role, version);
        let known = facts.of(host);
        if !known.containers.iter().any(|it| it.name == container) {
            return Vec::new();
        }
        let removed = format!("Removed app container with version {version}");
        vec![
            settled.audit(Some(&role.name), &removed),
            Step::new(
                format!("remove {container}"),
                app::remove_container(&container),
            ),
        ]
    });
    if plan.phases.is_empty() {
        return Err(NothingToRemove {
            version: version.clone(),
        });
    }
    Ok(plan)
}

/// Removes images of the app that no container uses, where all roles of the host are selected.
pub fn remove_images(settled: &Settled<'_>) -> Plan {
    on_each_host(settled, "Remove the app's images", |host| {
        if !settled.fleet.has_every_role_of(host) {
            return Vec::new();
        }
        vec![
            settled.audit(None, "Removed all app images"),
            Step::new(
                "remove images that no container uses",
                image::remove_unused(settled.names.service(), settled.repository),
            ),
        ]
    })
}

/// Removes the app's folders, where all roles of the host are selected.
pub fn remove_app_directories(settled: &Settled<'_>, facts: &Facts) -> Plan {
    on_each_host(settled, "Remove the app's folders", |host| {
        if settled.fleet.has_every_role_of(host) {
            folders(settled, &facts.of(host))
        } else {
            Vec::new()
        }
    })
}

/// The folder of an app also holds the secrets of its accessories, and is what keeps the proxy from being removed
/// under them.
fn folders(settled: &Settled<'_>, known: &HostFacts) -> Vec<Step> {
    if known.accessories.is_empty() {
        return remove::remove_folders(settled).into();
    }
    let names = settled.names;
    vec![
        settled.audit(None, &format!("Removed {}", names.role_env_directory())),
        Step::new(
            "remove the roles' folders",
            server::remove_role_directories(names),
        ),
        Step::new(
            "remove the app's files for the proxy",
            server::remove_proxy_app_directory(names),
        ),
    ]
}

fn on_each_host(
    settled: &Settled<'_>,
    what: &str,
    mut make: impl FnMut(&Host) -> Vec<Step>,
) -> Plan {
    let hosts = settled.fleet.app_hosts();
    let work = hosts.iter().map(|host| {
        let steps = make(host);
        let blocks = if steps.is_empty() {
            Vec::new()
        } else {
            vec![Block::of(steps)]
        };
        HostWork::at_once(host, blocks)
    });
    one_phase(
        format!("{what} on {}", count_of(hosts.len())),
        work.collect(),
    )
}
