//! Booting accessories (flows §9.1).

use dhow_config::Accessory;
use dhow_docker::{accessory, apps_config::ProxyFiles, proxy, server};
use dhow_names::Host;

use super::{Settled, pull};
use crate::{
    facts::Facts,
    plan::{Block, HostWork, Phase, Step},
};

/// Boots every accessory on every host where it has no container yet; all hosts at once.
pub(super) fn boot_missing(settled: &Settled<'_>, facts: &Facts) -> Phase {
    let work = settled
        .fleet
        .hosts()
        .iter()
        .filter_map(|host| {
            let known = facts.of(host);
            let missing: Vec<&Accessory> = settled
                .config()
                .accessories
                .iter()
                .filter(|it| it.hosts.contains(host) && !known.accessories.contains(&it.name))
                .collect();
            (!missing.is_empty()).then(|| boot_on(settled, host, &missing))
        })
        .collect();
    Phase::on_hosts("Boot accessories", work)
}

fn boot_on(settled: &Settled<'_>, host: &Host, missing: &[&Accessory]) -> HostWork {
    let mut first = Vec::from_iter(settled.log_in());
    first.push(Step::new("make the network", server::ensure_network()));
    let mut blocks = vec![Block::of(first)];
    blocks.extend(
        missing
            .iter()
            .map(|accessory| Block::of(boot(settled, host, accessory))),
    );
    HostWork::at_once(host, blocks)
}

fn boot(settled: &Settled<'_>, host: &Host, it: &Accessory) -> Vec<Step> {
    let names = settled.names;
    let mut steps = Vec::new();
    steps.extend(settled.needs.accessory_login(it).map(pull::log_in));
    for directory in &it.directories {
        let title = format!("make the folder {}", directory.local);
        steps.push(Step::new(title, accessory::make_directory(it, directory)));
    }
    for file in &it.files {
        let title = format!("write {}", accessory::host_path(it, file));
        let content = settled
            .files
            .accessories
            .get(&(it.name.clone(), file.remote.clone()));
        let step = Step::new(title, accessory::write_file(it, file));
        steps.extend(content.map(|content| step.reading(content.clone())));
    }
    let env = server::make_directory(&names.accessory_env_directory())
        .and(server::write_private_file(&names.accessory_env_file(it)));
    steps.extend([
        Step::new(format!("write the secrets of {}", it.name), env)
            .reading(settled.needs.accessory_env(it)),
        settled.audit(None, &format!("Booted {} accessory", it.name)),
        Step::new(
            format!("start {}", it.service_name),
            accessory::run(it, names, host),
        ),
    ]);
    if let Some(settings) = &it.proxy {
        let title = format!("wait for {} and send traffic to it", it.name);
        let files = ProxyFiles::default();
        let service = &it.service_name;
        let deploy = proxy::deploy(service, service, settings, &files, settled.config());
        steps.push(Step::new(title, deploy).endable());
    }
    steps
}
