//! From Kamal 1, whose proxy is Traefik, to what Kamal 2 leaves on hosts (flows §10.3).

use dhow_config::Accessory;
use dhow_names::Host;

use super::{Settled, accessory, proxy};
use crate::{facts::Facts, plan::Plan, suffixes::Suffixes};

/// Replaces Traefik with the proxy, boots the version behind it and reboots accessories: on all hosts at once, or
/// host by host when `rolling`.
pub fn upgrade(
    settled: &Settled<'_>,
    facts: &Facts,
    rolling: bool,
    suffixes: &mut Suffixes,
) -> Plan {
    let hosts = settled.fleet.hosts();
    let size = if rolling { 1 } else { hosts.len().max(1) };
    let accessories: Vec<&Accessory> = settled.config().accessories.iter().collect();
    let mut plan = Plan::default();
    for group in hosts.chunks(size) {
        let group: Vec<&Host> = group.to_vec();
        let fleet = settled.fleet.only(&group);
        let settled = Settled {
            fleet: &fleet,
            ..*settled
        };
        // A host of accessories alone has nothing that a proxy serves, so no hook is told of one.
        if !fleet.app_hosts().is_empty() || !fleet.proxy_hosts().is_empty() {
            for phase in proxy::upgrade(&settled, facts, false, suffixes).phases {
                plan.add(phase);
            }
        }
        for phase in accessory::reboot(&settled, facts, &accessories, false).phases {
            plan.add(phase);
        }
    }
    plan
}
