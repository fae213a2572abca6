//! From Kamal 1, whose proxy is Traefik, or from an old proxy, to the one of today (flows §7.3).

use dhow_docker::{proxy, server};
use dhow_names::Host;

use super::{
    super::Settled,
    reboot::{fetch, swap},
};
use crate::{
    facts::Facts,
    hook::Hook,
    plan::{Block, HostWork, Phase, Plan, Step},
    recipe::{app, boot::hook_phase, count_of, finish},
    suffixes::Suffixes,
};

/// Replaces whatever proxy there is on the selected hosts, boots the app anew so that the proxy knows it, and prunes:
/// everywhere at once, or host by host when `rolling`. Traefik goes when the new proxy answers, and is started again
/// when it does not.
pub fn upgrade(
    settled: &Settled<'_>,
    facts: &Facts,
    rolling: bool,
    suffixes: &mut Suffixes,
) -> Plan {
    let mut plan = fetch(settled);
    let hosts = settled.fleet.hosts();
    let size = if rolling { 1 } else { hosts.len().max(1) };
    for group in hosts.chunks(size) {
        let fleet = settled.fleet.only(group);
        let settled = Settled {
            fleet: &fleet,
            ..*settled
        };
        for phase in upgrade_group(&settled, facts, suffixes) {
            plan.add(phase);
        }
    }
    plan
}

fn upgrade_group(settled: &Settled<'_>, facts: &Facts, suffixes: &mut Suffixes) -> Vec<Phase> {
    let hosts = settled.fleet.hosts().iter();
    let told: Vec<Host> = hosts.map(|host| (*host).clone()).collect();
    let proxy_hosts = settled.fleet.proxy_hosts();
    let upgraded = proxy_hosts.iter().map(|host| upgrade_on(settled, host));
    // Kamal 1 made no network, which every container of the app is in.
    let others = settled.fleet.app_hosts().into_iter();
    let others = others
        .filter(|host| !proxy_hosts.contains(host))
        .map(|host| {
            let network = Step::new("make the network", server::ensure_network());
            HostWork::at_once(host, vec![Block::of(vec![network])])
        });
    let work: Vec<HostWork> = upgraded.chain(others).collect();
    let title = match proxy_hosts.len() {
        0 => format!("Make the network on {}", count_of(work.len())),
        some => format!("Upgrade the proxy on {}", count_of(some)),
    };
    let mut phases = vec![
        hook_phase(Hook::PreProxyReboot, &told),
        Phase::on_hosts(title, work),
    ];
    let end = finish::finish(settled, true);
    phases.extend(app::boot_and(settled, facts, suffixes, end));
    phases.push(hook_phase(Hook::PostProxyReboot, &told));
    phases
}

fn upgrade_on(settled: &Settled<'_>, host: &Host) -> HostWork {
    let [preparation, mut swap] = swap(settled, host);
    let stop = Step::new("stop Traefik", proxy::stop_traefik());
    swap.steps.insert(0, stop.tolerant());
    let start = Step::new("let Traefik serve", proxy::start_traefik());
    swap.rescue.push(start);
    let clean = [
        Step::new("remove Traefik", proxy::remove_traefik()).tolerant(),
        Step::new("remove old images of the proxy", proxy::remove_image()).tolerant(),
    ];
    HostWork::at_once(host, vec![preparation, swap, Block::of(clean.into())])
}
