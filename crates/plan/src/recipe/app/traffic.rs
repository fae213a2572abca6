//! Turning clients away for a while, and letting them in again.

use std::time::Duration;

use dhow_docker::proxy;
use dhow_names::RoleName;

use super::super::{Settled, count_of};
use crate::plan::{Block, HostWork, Phase, Plan, Step};

/// Turns clients away with a page that may hold a message, once requests under way are over or have had
/// `drain_timeout`, which is the deploy file's unless another one is given.
pub fn close_to_clients(
    settled: &Settled<'_>,
    drain_timeout: Option<Duration>,
    message: Option<&str>,
) -> Plan {
    let drain_timeout = drain_timeout.unwrap_or(settled.config().drain_timeout);
    for_each_service(settled, "Turn clients away", |role, service| {
        let command = proxy::stop_traffic(service, drain_timeout, message);
        Step::new(format!("turn clients of {role} away"), command)
    })
}

/// Lets clients in again.
pub fn open_to_clients(settled: &Settled<'_>) -> Plan {
    for_each_service(settled, "Let clients in again", |role, service| {
        let title = format!("let clients of {role} in");
        Step::new(title, proxy::resume_traffic(service))
    })
}

/// A step for each role behind the proxy on each of its hosts, by the name under which the proxy knows it.
fn for_each_service(
    settled: &Settled<'_>,
    title: &str,
    step: impl Fn(&RoleName, &str) -> Step,
) -> Plan {
    let mut work = Vec::new();
    for host in settled.fleet.proxy_hosts() {
        let placements = settled.fleet.on(host);
        let behind_proxy = placements.iter().filter(|it| it.role.proxy.is_some());
        let blocks: Vec<Block> = behind_proxy
            .map(|it| Block {
                role: Some(it.role.name.clone()),
                ..Block::of(vec![
                    step(&it.role.name, &settled.names.prefix(it.role)).endable(),
                ])
            })
            .collect();
        if !blocks.is_empty() {
            work.push(HostWork::at_once(host, blocks));
        }
    }
    let title = format!("{title} on {}", count_of(work.len()));
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(title, work));
    plan
}
