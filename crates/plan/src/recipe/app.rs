//! The app's own commands (flows §4.7).

mod booting;
mod clear;
mod exec;
mod running;
pub(super) mod stale;
mod traffic;

pub use booting::boot;
pub(super) use booting::boot_and;
pub use clear::{
    NothingToRemove, remove, remove_app_directories, remove_container, remove_containers,
    remove_images,
};
pub use exec::{In, before_exec, command, exec};
pub use running::{NotThere, start, stop};
pub use stale::{Stale, stale_containers, stop_stale};
pub use traffic::{close_to_clients, open_to_clients};

use dhow_names::Host;
use dhow_roles::Placement;

use super::{Settled, boot};
use crate::plan::{Block, HostWork, Phase, Plan, Step};

/// A plan of one phase: the steps that `make` gives for each selected role on each of its hosts, on a host one role
/// after the other.
fn per_role(
    settled: &Settled<'_>,
    title: String,
    mut make: impl FnMut(&Host, &Placement<'_>) -> Vec<Step>,
) -> Plan {
    let hosts = settled.fleet.app_hosts().into_iter();
    let work = hosts.map(|host| HostWork::at_once(host, blocks(settled, host, &mut make)));
    one_phase(title, work.collect())
}

/// The same, but on a host all roles at once where the deploy file says so (`boot.parallel_roles`).
fn per_role_at_once(
    settled: &Settled<'_>,
    title: String,
    mut make: impl FnMut(&Host, &Placement<'_>) -> Vec<Step>,
) -> Plan {
    if !settled.config().boot.parallel_roles {
        return per_role(settled, title, make);
    }
    let mut work = Vec::new();
    for host in settled.fleet.app_hosts() {
        let mut blocks = blocks(settled, host, &mut make);
        let each = blocks.len().div_ceil(boot::SCRIPTS_AT_ONCE).max(1);
        while !blocks.is_empty() {
            let rest = blocks.split_off(each.min(blocks.len()));
            work.push(HostWork::at_once(host, blocks));
            blocks = rest;
        }
    }
    one_phase(title, work)
}

fn blocks(
    settled: &Settled<'_>,
    host: &Host,
    make: &mut impl FnMut(&Host, &Placement<'_>) -> Vec<Step>,
) -> Vec<Block> {
    let placements = settled.fleet.on(host);
    let blocks = placements.iter().map(|placement| Block {
        role: Some(placement.role.name.clone()),
        ..Block::of(make(host, placement))
    });
    blocks.filter(|block| !block.steps.is_empty()).collect()
}

fn one_phase(title: String, mut work: Vec<HostWork>) -> Plan {
    work.retain(|work| !work.blocks.is_empty());
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(title, work));
    plan
}
