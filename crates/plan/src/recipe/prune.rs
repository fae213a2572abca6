//! Removing what is old, as a command of its own (flows §8).

use dhow_docker::prune;

use super::{Settled, count_of};
use crate::plan::{Block, HostWork, Phase, Plan, Step};

/// What is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Stopped containers, then images.
    All,
    /// Images that no container of the service uses.
    Images,
    /// Stopped containers but for so many.
    Containers {
        /// How many stay.
        retain: u32,
    },
}

/// Prunes every selected host that runs the app. Here what cannot be removed is a failure, for nothing else is
/// asked for.
pub fn prune(settled: &Settled<'_>, what: What) -> Plan {
    let hosts = settled.fleet.app_hosts();
    let work = hosts
        .iter()
        .map(|host| HostWork::at_once(host, vec![Block::of(steps(settled, what))]));
    let title = match what {
        What::All => "Prune containers and images",
        What::Images => "Prune images",
        What::Containers { .. } => "Prune containers",
    };
    let title = format!("{title} on {}", count_of(hosts.len()));
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(title, work.collect()));
    plan
}

/// The steps on one host.
pub(super) fn steps(settled: &Settled<'_>, what: What) -> Vec<Step> {
    let retained = settled.config().retain_containers;
    match what {
        What::All => {
            let mut steps = containers(settled, retained);
            steps.extend(images(settled));
            steps
        }
        What::Images => images(settled),
        What::Containers { retain } => containers(settled, retain),
    }
}

fn containers(settled: &Settled<'_>, retain: u32) -> Vec<Step> {
    let remove = prune::containers(settled.names, retain);
    vec![
        settled.audit(None, "Pruned containers"),
        Step::new("remove old containers", remove),
    ]
}

fn images(settled: &Settled<'_>) -> Vec<Step> {
    let (names, repository) = (settled.names, settled.repository);
    vec![
        settled.audit(None, "Pruned images"),
        Step::new(
            "remove images without a name",
            prune::dangling_images(names),
        ),
        Step::new("remove old images", prune::tagged_images(names, repository)),
    ]
}
