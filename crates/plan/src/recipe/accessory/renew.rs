//! Renewing what differs from the deploy file, and nothing else (decision 0130).

use dhow_config::Accessory;
use dhow_docker::{accessory, proxy};
use dhow_names::Host;

use super::{
    Chosen,
    boot::{fetch, ground, prepare, put_files, ready, rescue, started, write_record},
    change::{replace, started_again},
    hosts_of, on,
};
use crate::{
    accessories::{Change, Renewal, drift},
    facts::Facts,
    plan::{Block, HostWork, Phase, Plan, Step},
    recipe::{Settled, count_of},
};

/// Makes accessories what the deploy file says: a container is replaced only where its settings are others, started
/// again where only files are, left alone where only the proxy has to be told, or nothing is to be done.
pub fn renew(settled: &Settled<'_>, facts: &Facts, chosen: Chosen<'_>) -> Plan {
    let hosts = hosts_of(settled, chosen);
    let renewal = |host: &Host, it: &Accessory| {
        drift(it, host, facts).map_or(Renewal::Nothing, |drift| drift.renewal())
    };
    let leaves_proxy = |host: &Host, it: &Accessory| {
        let changes = drift(it, host, facts).map(|drift| drift.changes);
        let proxy = Change::Aspect("proxy".to_owned());
        it.proxy.is_none() && changes.is_some_and(|changes| changes.contains(&proxy))
    };
    let mut plan = Plan::default();
    let fetching = hosts.iter().filter_map(|host| {
        let mut there = on(chosen, host);
        there.retain(|it| renewal(host, it) >= Renewal::Replace);
        let mut steps = super::boot::log_in(settled, &there);
        steps.extend(there.iter().map(|it| fetch(it)));
        (!there.is_empty()).then(|| HostWork::at_once(host, vec![Block::of(steps)]))
    });
    plan.add(Phase::on_hosts(
        "Fetch the images of accessories",
        fetching.collect(),
    ));
    let mut work = Vec::new();
    for host in hosts {
        let mut there = on(chosen, host);
        there.retain(|it| renewal(host, it) > Renewal::Nothing);
        if there.is_empty() {
            continue;
        }
        let known = facts.of(host);
        let mut blocks = vec![Block::of(ground(settled, host, &known, &there))];
        for it in there {
            if leaves_proxy(host, it) {
                blocks.push(Block::of(vec![out_of_proxy(it)]));
            }
            blocks.extend(renewed(settled, host, it, renewal(host, it)));
        }
        work.push(HostWork::at_once(host, blocks));
    }
    let title = format!("Renew accessories on {}", count_of(work.len()));
    plan.add(Phase::on_hosts(title, work));
    plan
}

fn renewed(settled: &Settled<'_>, host: &Host, it: &Accessory, renewal: Renewal) -> Vec<Block> {
    match renewal {
        Renewal::Nothing => Vec::new(),
        Renewal::Register => {
            let told = it.proxy.iter().flat_map(|_| ready(settled, it));
            let steps = told.chain([write_record(settled, it)]);
            vec![Block::of(steps.collect())]
        }
        Renewal::Start => vec![started_again(settled, it)],
        Renewal::Restart => {
            let title = format!("restart {}", it.service_name);
            let mut steps = vec![
                Step::new(title, accessory::restart(it)),
                write_record(settled, it),
            ];
            steps.extend(ready(settled, it));
            let restarted = Block {
                role: None,
                steps,
                rescue: rescue(it),
            };
            vec![Block::of(put_files(settled, it)), restarted]
        }
        Renewal::Replace => replace(settled, host, it),
        Renewal::Boot => vec![Block::of(prepare(settled, it)), started(settled, host, it)],
    }
}

/// The deploy file says nothing of a proxy any more.
fn out_of_proxy(it: &Accessory) -> Step {
    let title = format!("take {} out of the proxy", it.name);
    Step::new(title, proxy::remove(&it.service_name))
}
