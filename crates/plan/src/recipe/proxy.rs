//! The proxy's own commands (flows §7).

use dhow_docker::{proxy, server};
use dhow_names::Host;

use super::{Settled, boot::hook_phase, count_of, prepare};
use crate::{
    facts::Facts,
    hook::Hook,
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

/// Replaces the proxy's container, host by host when `rolling`. The image is fetched first, so that the gap is
/// no longer than stopping and starting; routes come back from the proxy's own volume.
pub fn reboot(settled: &Settled<'_>, rolling: bool) -> Plan {
    let hosts = settled.fleet.proxy_hosts();
    let groups: Vec<Vec<&Host>> = if rolling {
        hosts.into_iter().map(|host| vec![host]).collect()
    } else {
        vec![hosts]
    };
    let mut plan = Plan::default();
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let told: Vec<Host> = group.iter().map(|host| (*host).clone()).collect();
        plan.add(hook_phase(Hook::PreProxyReboot, &told));
        let work = group.iter().map(|host| reboot_on(settled, host)).collect();
        plan.add(Phase::on_hosts(
            format!("Reboot the proxy on {}", count_of(group.len())),
            work,
        ));
        plan.add(hook_phase(Hook::PostProxyReboot, &told));
    }
    plan
}

fn reboot_on(settled: &Settled<'_>, host: &Host) -> HostWork {
    let run = prepare::proxy_run(settled.config(), host);
    let mut steps = Vec::from_iter(settled.log_in());
    steps.extend([
        Step::new("make the network", server::ensure_network()),
        Step::new("pull the proxy's image", proxy::pull(run))
            .tolerant()
            .endable(),
        settled.audit(None, "Rebooted proxy"),
        Step::new("stop the proxy", proxy::stop()).tolerant(),
        Step::new("remove the proxy's container", proxy::remove_container()),
        Step::new("make the proxy's folder", proxy::make_directory()),
        Step::new("start the proxy", proxy::make(run)),
    ]);
    HostWork::at_once(host, vec![Block::of(steps)])
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
    vec![
        settled.audit(None, "Stopped proxy"),
        Step::new("stop the proxy", proxy::stop()).tolerant(),
        settled.audit(None, "Removed proxy container"),
        Step::new("remove the proxy's container", proxy::remove_container()),
        settled.audit(None, "Removed proxy image"),
        Step::new("remove the proxy's image", proxy::remove_image()).tolerant(),
        Step::new("remove the proxy's folder", proxy::remove_directory()).tolerant(),
    ]
}
