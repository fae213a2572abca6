//! Accessories: booting, replacing, stopping and removing them, and running commands in them (flows §9).
//!
//! All hosts do their part at once; on a host one accessory after the other in the order of the deploy file, each
//! ready before the next. Images are fetched everywhere before anything stops.

mod boot;
mod change;
mod exec;
mod renew;

pub(super) use boot::boot_missing;
pub use boot::{boot, booted_already};
pub(super) use change::removal;
pub use change::{
    make_directories, pull, reboot, remove, remove_containers, remove_data, remove_images, restart,
    start, stop, upload,
};
pub use exec::{In, command, exec};
pub use renew::renew;

use dhow_config::Accessory;
use dhow_names::Host;

use super::{Settled, count_of};
use crate::plan::{Block, HostWork, Phase};

/// Accessories that a command is about, in the order of the deploy file.
pub type Chosen<'a> = &'a [&'a Accessory];

/// The selected hosts of any of them, in order.
fn hosts_of<'a>(settled: &Settled<'a>, chosen: Chosen<'_>) -> Vec<&'a Host> {
    let runs = |host: &&&Host| chosen.iter().any(|it| it.hosts.contains(host));
    let hosts = settled.fleet.hosts().iter();
    hosts.filter(runs).copied().collect()
}

/// Those that run on a host.
fn on<'a>(chosen: Chosen<'a>, host: &Host) -> Vec<&'a Accessory> {
    let there = chosen.iter().filter(|it| it.hosts.contains(host));
    there.copied().collect()
}

/// A phase in which every host does for each of its accessories what `blocks` says.
fn on_each(
    settled: &Settled<'_>,
    chosen: Chosen<'_>,
    verb: &str,
    blocks: impl Fn(&Host, &Accessory) -> Vec<Block>,
) -> Phase {
    let hosts = hosts_of(settled, chosen);
    let title = format!("{verb} {} on {}", called(chosen), count_of(hosts.len()));
    let work = hosts.into_iter().map(|host| {
        let there = on(chosen, host);
        let blocks = there.into_iter().flat_map(|it| blocks(host, it));
        HostWork::at_once(host, blocks.collect())
    });
    Phase::on_hosts(title, work.collect())
}

/// `db`, or `db and cache`, or `3 accessories`.
fn called(chosen: Chosen<'_>) -> String {
    match chosen {
        [one] => one.name.to_string(),
        [one, two] => format!("{} and {}", one.name, two.name),
        many => format!("{} accessories", many.len()),
    }
}
