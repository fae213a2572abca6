//! Replacing the proxy's container: the new one is fetched and made before the old one goes.

use std::{collections::BTreeMap, time::Duration};

use dhow_docker::proxy;
use dhow_names::Host;

use super::{super::Settled, ground, on_proxy_hosts};
use crate::{
    hook::Hook,
    plan::{Block, HostWork, Phase, Plan, Step},
    recipe::{boot::hook_phase, count_of, prepare},
};

/// How long a new proxy may take until it answers.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The services that the proxy of each host serves, of all apps there.
pub type Routes = BTreeMap<Host, Vec<String>>;

/// Asks which services the proxy of each host serves. One that does not run serves none.
pub fn list_routes(settled: &Settled<'_>) -> Vec<HostWork> {
    let list = |host: &&Host| {
        let step = Step::new("list the proxy's services", proxy::list_routes());
        let step = step.tolerant().endable().as_bookkeeping();
        HostWork::at_once(host, vec![Block::of(vec![step])])
    };
    settled.fleet.proxy_hosts().iter().map(list).collect()
}

/// Replaces the proxy's container, host by host when `rolling`. The image is fetched everywhere before anything is
/// replaced anywhere, so that the gap is no longer than stopping and starting. Routes come back from the proxy's own
/// volume; that every one of `routes` did is looked at. When the new proxy does not answer, the old one is
/// started again.
pub fn reboot(settled: &Settled<'_>, routes: &Routes, rolling: bool) -> Plan {
    let mut plan = fetch(settled);
    let hosts = settled.fleet.proxy_hosts();
    let size = if rolling { 1 } else { hosts.len().max(1) };
    for group in hosts.chunks(size) {
        let told: Vec<Host> = group.iter().map(|host| (*host).clone()).collect();
        plan.add(hook_phase(Hook::PreProxyReboot, &told));
        let work = group
            .iter()
            .map(|host| reboot_on(settled, host, routes.get(*host)))
            .collect();
        let on = match group {
            [host] => host.to_string(),
            several => count_of(several.len()),
        };
        plan.add(Phase::on_hosts(format!("Reboot the proxy on {on}"), work));
        plan.add(hook_phase(Hook::PostProxyReboot, &told));
    }
    plan
}

/// Nothing that runs is touched.
pub(super) fn fetch(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Fetch the proxy's image", |host| {
        let run = prepare::proxy_run(settled.config(), host);
        let mut steps = Vec::from_iter(settled.log_in());
        steps.push(Step::new("pull the proxy's image", proxy::pull(run)).endable());
        steps
    })
}

fn reboot_on(settled: &Settled<'_>, host: &Host, routes: Option<&Vec<String>>) -> HostWork {
    let mut blocks = swap(settled, host).to_vec();
    if let Some(routes) = routes.filter(|routes| !routes.is_empty()) {
        let title = format!("see that {} are back", routes.join(", "));
        let check = Step::new(title, proxy::check_routes(routes));
        blocks.push(Block::of(vec![check]));
    }
    HostWork::at_once(host, blocks)
}

/// Two blocks: what touches nothing, then what has to be put right when it fails.
pub(super) fn swap(settled: &Settled<'_>, host: &Host) -> [Block; 2] {
    let run = prepare::proxy_run(settled.config(), host);
    let mut preparation = vec![settled.audit(None, "Rebooted proxy")];
    preparation.extend(ground());
    preparation.push(Step::new("make the new proxy", proxy::create_next(run)));
    let steps = vec![
        Step::new("stop the proxy", proxy::stop()).tolerant(),
        Step::new("start the new proxy", proxy::start_next()),
        Step::new("wait until it answers", proxy::wait_for_next(ANSWER_LIMIT)).endable(),
        Step::new("remove the old proxy", proxy::next_takes_over()),
    ];
    let rescue = vec![Step::new("let the old proxy serve", proxy::put_back())];
    [
        Block::of(preparation),
        Block {
            role: None,
            steps,
            rescue,
        },
    ]
}
