//! Booting accessories (flows §9.1).

use dhow_config::Accessory;
use dhow_docker::{accessory, app, proxy, server};
use dhow_names::Host;

use super::{Chosen, hosts_of, on};
use crate::{
    accessories::record,
    facts::{Facts, HostFacts},
    plan::{Block, HostWork, Phase, Plan, Step},
    recipe::{Settled, prepare, proxied, pull},
};

/// How many lines of a container's log are shown when it does not become ready.
const LOG_LINES: u32 = 50;

/// Boots accessories on every one of their hosts where they have no container yet.
pub fn boot(settled: &Settled<'_>, facts: &Facts, chosen: Chosen<'_>) -> Plan {
    let mut plan = Plan::default();
    plan.add(missing(settled, facts, chosen));
    plan
}

/// Accessories with the selected hosts on which they have a container already.
pub fn booted_already<'a>(
    settled: &Settled<'a>,
    facts: &Facts,
    chosen: Chosen<'a>,
) -> Vec<(&'a Accessory, Vec<&'a Host>)> {
    let with_hosts = chosen.iter().map(|it| {
        let hosts = settled.fleet.accessory_hosts(it);
        let booted = |host: &&Host| facts.of(host).accessories.contains(&it.name);
        (*it, hosts.into_iter().filter(booted).collect::<Vec<_>>())
    });
    with_hosts.filter(|(_, hosts)| !hosts.is_empty()).collect()
}

/// Boots every accessory on every host where it has no container yet; all hosts at once.
pub(in crate::recipe) fn boot_missing(settled: &Settled<'_>, facts: &Facts) -> Phase {
    let all: Vec<&Accessory> = settled.config().accessories.iter().collect();
    missing(settled, facts, &all)
}

fn missing(settled: &Settled<'_>, facts: &Facts, chosen: Chosen<'_>) -> Phase {
    let work = hosts_of(settled, chosen)
        .into_iter()
        .filter_map(|host| {
            let known = facts.of(host);
            let mut there = on(chosen, host);
            there.retain(|it| !known.accessories.contains(&it.name));
            (!there.is_empty()).then(|| boot_on(settled, host, &known, &there))
        })
        .collect();
    Phase::on_hosts("Boot accessories", work)
}

fn boot_on(settled: &Settled<'_>, host: &Host, known: &HostFacts, missing: Chosen<'_>) -> HostWork {
    let mut first = log_in(settled, missing);
    first.extend(ground(settled, host, known, missing));
    let mut blocks = vec![Block::of(first)];
    for it in missing {
        let mut first = prepare(settled, it);
        first.push(fetch(it));
        blocks.push(Block::of(first));
        blocks.push(started(settled, host, it));
    }
    HostWork::at_once(host, blocks)
}

/// What accessories stand on: the network and, for one behind it, the proxy.
pub(super) fn ground(
    settled: &Settled<'_>,
    host: &Host,
    known: &HostFacts,
    chosen: Chosen<'_>,
) -> Vec<Step> {
    let proxied = chosen.iter().any(|it| it.proxy.is_some());
    let proxy = prepare::ensure_proxy(settled.config(), host, known);
    if proxied && !proxy.is_empty() {
        proxy
    } else {
        vec![Step::new("make the network", server::ensure_network())]
    }
}

/// Logs in to every registry that the images of these accessories come from.
pub(super) fn log_in(settled: &Settled<'_>, chosen: Chosen<'_>) -> Vec<Step> {
    let own = chosen
        .iter()
        .filter_map(|it| settled.needs.accessory_login(it));
    let mut steps: Vec<Step> = settled.log_in().into_iter().collect();
    for login in own {
        let step = pull::log_in(login);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}

/// Fetches the image where it does not lie on the host yet.
pub(super) fn fetch(it: &Accessory) -> Step {
    let title = format!("fetch the image of {}", it.name);
    Step::new(title, accessory::ensure_image(it)).endable()
}

/// Folders, files and secrets.
pub(super) fn prepare(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let mut steps = directories(it);
    steps.extend(put_files(settled, it));
    steps.push(put_secrets(settled, it));
    steps
}

pub(super) fn directories(it: &Accessory) -> Vec<Step> {
    let make = |directory| {
        let command = accessory::make_directory(it, directory);
        Step::new(format!("make the folder {}", directory.local), command)
    };
    it.directories.iter().map(make).collect()
}

/// Writes the files that the accessory mounts.
pub(super) fn put_files(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let write = |file: &dhow_config::AccessoryFile| {
        let content = settled
            .files
            .accessories
            .get(&(it.name.clone(), file.remote.clone()))?;
        let title = format!("write {}", accessory::host_path(it, file));
        let step = Step::new(title, accessory::write_file(it, file));
        Some(step.reading(content.clone()))
    };
    it.files.iter().filter_map(write).collect()
}

pub(super) fn put_secrets(settled: &Settled<'_>, it: &Accessory) -> Step {
    let names = settled.names;
    let command = server::make_directory(&names.accessory_env_directory())
        .and(server::write_private_file(&names.accessory_env_file(it)));
    Step::new(format!("write the secrets of {}", it.name), command)
        .reading(settled.needs.accessory_env(it))
}

/// Starts a new container and waits until it is ready. One that does not become ready stays, as with Kamal, and
/// what it says is told.
pub(super) fn started(settled: &Settled<'_>, host: &Host, it: &Accessory) -> Block {
    let names = settled.names;
    let title = format!("start {}", it.service_name);
    let mut steps = vec![
        settled.audit(None, &format!("Booted {} accessory", it.name)),
        Step::new(title, accessory::run(it, names, host)),
        write_record(settled, it),
    ];
    steps.extend(ready(settled, it));
    Block {
        role: None,
        steps,
        rescue: rescue(it),
    }
}

/// Writes down what the container was booted with.
pub(super) fn write_record(settled: &Settled<'_>, it: &Accessory) -> Step {
    let command = accessory::write_record(settled.names, it);
    let title = format!("write down what {} was booted with", it.name);
    let step = Step::new(title, command).reading(record(settled, it));
    step.tolerant().as_bookkeeping()
}

/// Waits for a container that was started, and lets the proxy send traffic to it where it is behind one. What the proxy
/// reads of it is put in place before.
pub(super) fn ready(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let mut steps = proxied::put_accessory_certificate(settled, it);
    let step = match &it.proxy {
        Some(settings) => {
            let files = proxied::told_of_accessory(settled, it);
            let service = &it.service_name;
            let deploy = proxy::deploy(service, service, settings, &files, settled.config());
            Step::new(
                format!("wait for {} and send traffic to it", it.name),
                deploy,
            )
        }
        None => Step::new(
            format!("wait for {}", it.name),
            accessory::wait_until_ready(it, settled.config().readiness_delay),
        ),
    };
    steps.push(step.endable());
    steps
}

/// Tells what became of a container that did not get ready.
pub(super) fn rescue(it: &Accessory) -> Vec<Step> {
    let name = &it.service_name;
    vec![
        Step::new("container", app::diagnose(name)),
        Step::new(
            format!("last {LOG_LINES} log lines"),
            app::last_lines(name, LOG_LINES),
        ),
    ]
}
