//! What follows when every host has booted: the tag of the last complete deploy, and cleaning up.

use dhow_docker::image;

use super::{Settled, prune};
use crate::plan::{Block, HostWork, Phase, Step};

/// Tags the image as the latest on all app hosts, and there alone; then removes what is old.
pub(super) fn finish(settled: &Settled<'_>, with_prune: bool) -> Phase {
    let image = settled.repository.at(settled.version);
    let work = settled
        .fleet
        .app_hosts()
        .into_iter()
        .map(|host| {
            let latest = settled.repository.latest();
            let tag = image::tag_latest(settled.repository, settled.version);
            let mut steps = vec![
                settled.audit(None, &format!("Tagging {image} as the latest image")),
                Step::new(format!("tag the image as {}", latest.tag()), tag),
            ];
            if with_prune {
                // Nothing that is deployed depends on it, so what cannot be removed is no failure.
                let prune = prune::steps(settled, prune::What::All);
                steps.extend(prune.into_iter().map(Step::tolerant));
            }
            HostWork::at_once(host, vec![Block::of(steps)])
        })
        .collect();
    let title = if with_prune {
        "Tag the image and prune"
    } else {
        "Tag the image"
    };
    Phase::on_hosts(title, work)
}
