//! Stopping, starting, replacing and removing accessories (flows §9.2, §9.3).

use dhow_config::{Accessory, Tls};
use dhow_docker::{
    accessory,
    apps_config::{self, Certified},
    proxy,
};
use dhow_names::Host;

use super::{
    Chosen,
    boot::{self, ground, log_in, ready, rescue},
    hosts_of, on, on_each,
};
use crate::{
    facts::Facts,
    plan::{Block, HostWork, Phase, Plan, Step},
    recipe::{Settled, count_of},
};

fn one_phase(phase: Phase) -> Plan {
    let mut plan = Plan::default();
    plan.add(phase);
    plan
}

/// Fetches the images, whatever lies on the hosts.
pub fn pull(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(pull_phase(settled, chosen, &hosts_of(settled, chosen)))
}

pub(super) fn pull_phase(settled: &Settled<'_>, chosen: Chosen<'_>, hosts: &[&Host]) -> Phase {
    let work = hosts.iter().map(|host| {
        let there = on(chosen, host);
        let mut steps = log_in(settled, &there);
        for it in &there {
            let note = format!("Pull {} accessory image", it.name);
            let title = format!("pull the image of {}", it.name);
            steps.push(settled.audit(None, &note));
            steps.push(Step::new(title, accessory::pull(it)).endable());
        }
        HostWork::at_once(host, vec![Block::of(steps)])
    });
    let title = format!(
        "Pull the images of accessories on {}",
        count_of(hosts.len())
    );
    Phase::on_hosts(title, work.collect())
}

/// Replaces the containers, with what the deploy file says now: all hosts at once, or one after the other when
/// `rolling`. Every image is fetched before the first container stops.
pub fn reboot(settled: &Settled<'_>, facts: &Facts, chosen: Chosen<'_>, rolling: bool) -> Plan {
    let hosts = hosts_of(settled, chosen);
    let mut plan = one_phase(pull_phase(settled, chosen, &hosts));
    let groups: Vec<Vec<&Host>> = if rolling {
        hosts.into_iter().map(|host| vec![host]).collect()
    } else {
        vec![hosts]
    };
    for group in groups {
        let work = group.iter().map(|host| {
            let there = on(chosen, host);
            let known = facts.of(host);
            let mut blocks = vec![Block::of(ground(settled, host, &known, &there))];
            for it in there {
                blocks.extend(replace(settled, host, it));
            }
            HostWork::at_once(host, blocks)
        });
        let title = format!(
            "Reboot {} on {}",
            super::called(chosen),
            count_of(group.len())
        );
        plan.add(Phase::on_hosts(title, work.collect()));
    }
    plan
}

/// A new container in place of the old one, whose image lies on the host.
pub(super) fn replace(settled: &Settled<'_>, host: &Host, it: &Accessory) -> Vec<Block> {
    let mut steps = boot::prepare(settled, it);
    steps.extend([
        settled.audit(None, &format!("Stopped {} accessory", it.name)),
        Step::new(format!("stop {}", it.name), accessory::stop(it)),
        settled.audit(None, &format!("Remove {} accessory container", it.name)),
        remove_container(it),
    ]);
    vec![Block::of(steps), boot::started(settled, host, it)]
}

fn remove_container(it: &Accessory) -> Step {
    let title = format!("remove the {} container", it.name);
    Step::new(title, accessory::remove_container(it))
}

fn out_of_proxy(it: &Accessory) -> Option<Step> {
    it.proxy.as_ref()?;
    let title = format!("take {} out of the proxy", it.name);
    Some(Step::new(title, proxy::remove(&it.service_name)).tolerant())
}

/// Starts containers that were stopped, waits until they are ready, and lets the proxy send traffic to them.
pub fn start(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Start", |_, it| {
        vec![started_again(settled, it)]
    }))
}

pub(super) fn started_again(settled: &Settled<'_>, it: &Accessory) -> Block {
    let mut steps = vec![
        settled.audit(None, &format!("Started {} accessory", it.name)),
        Step::new(format!("start {}", it.service_name), accessory::start(it)),
    ];
    steps.extend(ready(settled, it));
    Block {
        role: None,
        steps,
        rescue: rescue(it),
    }
}

/// Takes accessories out of the proxy and stops them. One that is stopped already is fine.
pub fn stop(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Stop", |_, it| {
        vec![Block::of(stopping(settled, it))]
    }))
}

fn stopping(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let mut steps: Vec<Step> = out_of_proxy(it).into_iter().collect();
    steps.extend([
        settled.audit(None, &format!("Stopped {} accessory", it.name)),
        Step::new(format!("stop {}", it.name), accessory::stop(it)),
    ]);
    steps
}

/// Stops and starts the same containers.
pub fn restart(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Restart", |_, it| {
        vec![Block::of(stopping(settled, it)), started_again(settled, it)]
    }))
}

/// Removes containers, images, data and secrets. What is gone already is fine.
pub fn remove(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Remove", |_, it| {
        vec![Block::of(removal(settled, it))]
    }))
}

/// Everything that removes one accessory from a host.
pub(in crate::recipe) fn removal(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let mut steps: Vec<Step> = out_of_proxy(it).into_iter().collect();
    steps.extend([
        settled.audit(None, &format!("Stopped {} accessory", it.name)),
        Step::new(format!("stop {}", it.name), accessory::stop(it)).tolerant(),
        settled.audit(None, &format!("Remove {} accessory container", it.name)),
        remove_container(it),
    ]);
    steps.extend(image_removal(settled, it));
    steps.push(data_removal(it));
    let names = settled.names;
    let record = accessory::remove_record(names, it);
    let secrets = record.and(accessory::remove_secrets(it, names).grouped());
    let title = format!("remove the secrets of {}", it.name);
    steps.push(Step::new(title, secrets));
    steps.extend(certificate_removal(settled, it));
    steps
}

fn certificate_removal(settled: &Settled<'_>, it: &Accessory) -> Option<Step> {
    matches!(it.proxy.as_ref()?.tls, Tls::Certificate { .. }).then(|| {
        let remove = apps_config::remove_certificate(settled.names, Certified::Accessory(it));
        Step::new(format!("remove the certificate of {}", it.name), remove)
    })
}

fn image_removal(settled: &Settled<'_>, it: &Accessory) -> [Step; 2] {
    let title = format!("remove the {} image", it.name);
    [
        settled.audit(None, &format!("Removed {} accessory image", it.name)),
        Step::new(title, accessory::remove_image(it)).tolerant(),
    ]
}

fn data_removal(it: &Accessory) -> Step {
    let title = format!("remove the {} data", it.name);
    Step::new(title, accessory::remove_directory(it)).tolerant()
}

/// Removes the containers, running or not, and nothing else.
pub fn remove_containers(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Remove", |_, it| {
        let note = format!("Remove {} accessory container", it.name);
        vec![Block::of(vec![
            settled.audit(None, &note),
            remove_container(it),
        ])]
    }))
}

/// Removes the images, unless a container uses them.
pub fn remove_images(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Remove the image of", |_, it| {
        vec![Block::of(image_removal(settled, it).into())]
    }))
}

/// Removes the folders with the data.
pub fn remove_data(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Remove the data of", |_, it| {
        vec![Block::of(vec![data_removal(it)])]
    }))
}

/// Writes the files that are mounted, under containers that run too.
pub fn upload(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Write the files of", |_, it| {
        vec![Block::of(boot::put_files(settled, it))]
    }))
}

/// Makes the folders that are mounted.
pub fn make_directories(settled: &Settled<'_>, chosen: Chosen<'_>) -> Plan {
    one_phase(on_each(settled, chosen, "Make the folders of", |_, it| {
        vec![Block::of(boot::directories(it))]
    }))
}
