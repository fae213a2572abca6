//! What has to be in place before a new container starts: network, proxy, no stale containers.

use dhow_config::{Config, ProxyRun};
use dhow_docker::{proxy, server};
use dhow_names::Host;

use super::{Settled, app::stale, proxied, pull};
use crate::{
    facts::{Facts, HostFacts},
    plan::{Block, HostWork, Phase, Step},
};

/// Makes every host ready. A host that lacks nothing is not visited.
pub(super) fn prepare(settled: &Settled<'_>, facts: &Facts, with_proxy: bool) -> Phase {
    let proxy_hosts = settled.fleet.proxy_hosts();
    let work = settled
        .fleet
        .hosts()
        .iter()
        .map(|host| {
            let known = facts.of(host);
            let mut steps = Vec::new();
            if with_proxy && proxy_hosts.contains(host) {
                steps.extend(ensure_proxy(settled.config(), host, &known));
            }
            if steps.is_empty() && !known.network && !settled.fleet.on(host).is_empty() {
                // A host without proxied roles has nobody else to make it (flows §7.1).
                steps.push(Step::new("make the network", server::ensure_network()));
            }
            steps.extend(name_again(settled, host, &known));
            steps.extend(stale::stop_steps(settled, host, &known));
            steps.extend(proxied::put(settled, host, &known));
            HostWork::at_once(host, vec![Block::of(steps)])
        })
        .filter(|work| work.blocks.iter().any(|block| !block.steps.is_empty()))
        .collect();
    Phase::on_hosts("Make hosts ready", work)
}

/// Between the pull and the lock somebody may have given the tag to another image; or a rollback finds it so.
fn name_again(settled: &Settled<'_>, host: &Host, known: &HostFacts) -> Option<Step> {
    let digest = settled.digest?;
    let image = known.image(settled.version.as_str())?;
    let runs_the_app = !settled.fleet.on(host).is_empty();
    (runs_the_app && !image.digests.contains(&digest)).then(|| pull::name(settled, digest))
}

/// Puts what the app needs beside its containers in place, and nothing else.
pub(super) fn put_files(settled: &Settled<'_>, facts: &Facts) -> Phase {
    let hosts = settled.fleet.app_hosts().into_iter();
    let work = hosts
        .map(|host| {
            let steps = proxied::put(settled, host, &facts.of(host));
            HostWork::at_once(host, vec![Block::of(steps)])
        })
        .filter(|work| work.blocks.iter().any(|block| !block.steps.is_empty()))
        .collect();
    Phase::on_hosts("Put files in place", work)
}

/// Starts the proxy unless it runs already.
pub(super) fn ensure_proxy(config: &Config, host: &Host, known: &HostFacts) -> Vec<Step> {
    if known.proxy.as_ref().is_some_and(|proxy| proxy.running) {
        return Vec::new();
    }
    vec![
        Step::new("make the network", server::ensure_network()),
        Step::new("make the proxy's folder", proxy::make_directory()),
        Step::new("start the proxy", proxy::boot(proxy_run(config, host))),
    ]
}

/// How the proxy of a host runs: the first of its roles, then of its accessories, that says so decides
/// (config §8.4).
pub(super) fn proxy_run<'config>(
    config: &'config Config,
    host: &Host,
) -> Option<&'config ProxyRun> {
    let of_roles = config
        .roles
        .iter()
        .filter(|role| role.hosts.iter().any(|entry| entry.host == *host))
        .map(|role| &role.proxy);
    let of_accessories = config
        .accessories
        .iter()
        .filter(|accessory| accessory.hosts.contains(host))
        .map(|accessory| &accessory.proxy);
    of_roles
        .chain(of_accessories)
        .find_map(|proxy| proxy.as_ref()?.run.as_ref())
}
