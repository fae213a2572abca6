//! Taking everything of the app off its hosts (flows §10.2).

use dhow_config::Accessory;
use dhow_docker::{app, image, proxy, registry, server};
use dhow_names::Host;

use super::{Settled, accessory, proxy::remove_steps};
use crate::{
    facts::{Facts, HostFacts},
    plan::{Block, HostWork, Phase, Plan, Step},
};

/// Removes containers, images, folders and secrets of the app and its accessories, and the proxy where no
/// other app needs it. Every step is fine with what it removes being gone already, so the plan can be
/// carried out again after it was cut off.
pub fn remove(settled: &Settled<'_>, facts: &Facts) -> Plan {
    let work = settled
        .fleet
        .hosts()
        .iter()
        .map(|host| remove_from(settled, host, &facts.of(host)))
        .collect();
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(
        "Remove the app, its accessories and the proxy",
        work,
    ));
    plan
}

fn remove_from(settled: &Settled<'_>, host: &Host, known: &HostFacts) -> HostWork {
    let fleet = settled.fleet;
    let of_host = |it: &&Accessory| it.hosts.contains(host);
    let accessories: Vec<&Accessory> = settled
        .config()
        .accessories
        .iter()
        .filter(of_host)
        .collect();
    // Who names roles does not mean databases.
    let keeps_accessories = fleet.is_about_roles_only() && !accessories.is_empty();
    let mut steps = remove_app(settled, host);
    if !keeps_accessories {
        steps.extend(
            accessories
                .iter()
                .flat_map(|it| accessory::removal(settled, it)),
        );
    }
    let every_role = fleet.on(host).is_empty() || fleet.has_every_role_of(host);
    if every_role && !keeps_accessories {
        steps.extend(remove_folders(settled));
        if !known.has_other_apps(&settled.names.service_and_destination()) {
            if known.proxy.is_some() || fleet.proxy_hosts().contains(&host) {
                steps.extend(remove_steps(settled));
            }
            steps.push(Step::new("remove the network", server::remove_network()).tolerant());
        }
    }
    if let Some(login) = &settled.needs.login {
        let logout = registry::logout(login.server.as_deref());
        steps.push(Step::new("log out of the registry", logout).tolerant());
    }
    HostWork::at_once(host, vec![Block::of(steps)])
}

pub(super) fn remove_app(settled: &Settled<'_>, host: &Host) -> Vec<Step> {
    let names = settled.names;
    let mut steps = Vec::new();
    for placement in settled.fleet.on(host) {
        let role = placement.role;
        steps.push(settled.audit(Some(&role.name), "Stopped app"));
        if role.proxy.is_some() {
            let title = format!("take {} out of the proxy", role.name);
            steps.push(Step::new(title, proxy::remove(&names.prefix(role))).tolerant());
        }
        steps.extend([
            Step::new(format!("stop {}", role.name), app::stop_all(names, role)),
            settled.audit(Some(&role.name), "Removed all app containers"),
            Step::new(
                format!("remove {}", role.name),
                app::remove_stopped(names, role),
            ),
        ]);
    }
    if settled.fleet.has_every_role_of(host) {
        steps.extend([
            settled.audit(None, "Removed all app images"),
            Step::new(
                "remove the app's images",
                image::remove_unused(names.service(), settled.repository),
            )
            .tolerant(),
        ]);
    }
    steps
}

pub(super) fn remove_folders(settled: &Settled<'_>) -> [Step; 3] {
    let names = settled.names;
    let removed = format!("Removed {}", names.app_directory());
    [
        settled.audit(None, &removed),
        Step::new(
            "remove the app's folder",
            server::remove_app_directory(names),
        ),
        Step::new(
            "remove the app's files for the proxy",
            server::remove_proxy_app_directory(names),
        ),
    ]
}
