//! The proxy's own commands (flows §7).

mod boot_config;
mod reboot;
mod upgrade;

pub use boot_config::{hosts_with_settings, reset_boot_config, set_boot_config, show_boot_config};
pub use reboot::{Routes, list_routes, reboot};
pub use upgrade::upgrade;

use dhow_docker::{proxy, server};
use dhow_names::Host;

use super::{Settled, count_of, prepare};
use crate::{
    facts::Facts,
    plan::{Block, HostWork, Phase, Plan, Step},
};

/// Starts the proxy where it does not run.
pub fn boot(settled: &Settled<'_>, facts: &Facts) -> Plan {
    let work = settled
        .fleet
        .proxy_hosts()
        .into_iter()
        .map(|host| {
            let mut steps = prepare::ensure_proxy(settled.config(), host, &facts.of(host));
            if let Some(log_in) = settled.log_in().filter(|_| !steps.is_empty()) {
                steps.insert(0, log_in);
            }
            HostWork::at_once(host, vec![Block::of(steps)])
        })
        .filter(|work| work.blocks.iter().any(|block| !block.steps.is_empty()))
        .collect();
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(
        "Start the proxy where it does not run",
        work,
    ));
    plan
}

/// Starts the proxy's containers, which are there.
pub fn start(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Start the proxy", |_| start_steps(settled))
}

/// Stops the proxy's containers. What was under way has the time that the proxy gives it.
pub fn stop(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Stop the proxy", |_| stop_steps(settled))
}

/// Stops and starts the proxy's containers.
pub fn restart(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Restart the proxy", |_| {
        let mut steps = stop_steps(settled);
        steps.extend(start_steps(settled));
        steps
    })
}

fn start_steps(settled: &Settled<'_>) -> Vec<Step> {
    vec![
        settled.audit(None, "Started proxy"),
        Step::new("start the proxy", proxy::start().arg_raw(">/dev/null")),
    ]
}

fn stop_steps(settled: &Settled<'_>) -> Vec<Step> {
    vec![
        settled.audit(None, "Stopped proxy"),
        Step::new("stop the proxy", proxy::stop()),
    ]
}

/// Removes the proxy with its image and folder. Hosts on which other apps are installed keep it unless
/// `force`; they are the second value.
pub fn remove<'a>(settled: &Settled<'a>, facts: &Facts, force: bool) -> (Plan, Vec<&'a Host>) {
    let (kept, cleared): (Vec<&Host>, Vec<&Host>) = settled
        .fleet
        .proxy_hosts()
        .into_iter()
        .partition(|host| !force && facts.of(host).has_apps());
    let work = cleared
        .into_iter()
        .map(|host| HostWork::at_once(host, vec![Block::of(remove_steps(settled))]))
        .collect();
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts("Remove the proxy", work));
    (plan, kept)
}

/// Everything of the proxy but its volume, in which certificates may lie.
pub(super) fn remove_steps(settled: &Settled<'_>) -> Vec<Step> {
    let mut steps = vec![
        settled.audit(None, "Stopped proxy"),
        Step::new("stop the proxy", proxy::stop()).tolerant(),
    ];
    steps.extend(remove_container_steps(settled));
    steps.extend([
        settled.audit(None, "Removed proxy image"),
        Step::new("remove the proxy's image", proxy::remove_image()).tolerant(),
        Step::new("remove the proxy's folder", proxy::remove_directory()).tolerant(),
    ]);
    steps
}

fn remove_container_steps(settled: &Settled<'_>) -> [Step; 2] {
    [
        settled.audit(None, "Removed proxy container"),
        Step::new("remove the proxy's container", proxy::remove_container()),
    ]
}

/// Removes the proxy's container where it does not run.
pub fn remove_container(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Remove the proxy's container", |_| {
        vec![
            settled.audit(None, "Removed proxy container"),
            Step::new(
                "remove the proxy's stopped container",
                proxy::remove_stopped_container(),
            ),
        ]
    })
}

/// Removes the proxy's images that no container uses.
pub fn remove_image(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Remove the proxy's image", |_| {
        vec![
            settled.audit(None, "Removed proxy image"),
            Step::new("remove the proxy's image", proxy::remove_image()),
        ]
    })
}

/// Removes the folder in which the proxy's settings and all apps' files for it lie.
pub fn remove_proxy_directory(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Remove the proxy's folder", |_| {
        vec![Step::new(
            "remove the proxy's folder",
            proxy::remove_directory(),
        )]
    })
}

/// What is done first on a host that gets a proxy: network and folder.
fn ground() -> [Step; 2] {
    [
        Step::new("make the network", server::ensure_network()),
        Step::new("make the proxy's folder", proxy::make_directory()),
    ]
}

/// A plan of one phase on all proxy hosts.
fn on_proxy_hosts(
    settled: &Settled<'_>,
    what: &str,
    mut steps: impl FnMut(&Host) -> Vec<Step>,
) -> Plan {
    let hosts = settled.fleet.proxy_hosts();
    let work = hosts
        .iter()
        .map(|host| HostWork::at_once(host, vec![Block::of(steps(host))]))
        .collect();
    let mut plan = Plan::default();
    let title = format!("{what} on {}", count_of(hosts.len()));
    plan.add(Phase::on_hosts(title, work));
    plan
}
