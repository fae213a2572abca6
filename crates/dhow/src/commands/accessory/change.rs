//! What changes accessories, under the deploy lock.

use dhow_config::Accessory as Configured;
use dhow_names::{AccessoryName, Host};
use dhow_plan::{
    Plan,
    accessories::{Renewal, drift},
    facts::Facts,
    recipe::accessory::{self, Chosen},
};

use super::{
    super::{carrying_out::carry_out, changing::locked},
    Secrets, hosts_of, named, prepare,
};
use crate::{failure::Failure, invocation::Invocation, session::Session};

/// What is done to accessories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Boot,
    Reboot { rolling: bool },
    Apply,
    Start,
    Stop,
    Restart,
    PullImage,
    Upload,
    MakeDirectories,
    Remove,
    RemoveContainer,
    RemoveImage,
    RemoveData,
}

/// Does it to the accessories that a name stands for. Only their hosts are visited, and the one with the lock.
pub(super) async fn run(
    invocation: &Invocation,
    change: Change,
    name: &str,
) -> Result<(), Failure> {
    let (project, basis) = prepare(invocation, needed(change)).await?;
    let fleet = project.fleet()?;
    let chosen = named(&project.config, name)?;
    let mut reach = hosts_of(&fleet, name, &chosen)?;
    if reach.is_empty() {
        let announcer = &invocation.announcer;
        announcer.warn("no selected host runs an accessory, so there is nothing to do");
        return Ok(());
    }
    let primary = fleet.primary_host();
    if !reach.contains(primary) {
        reach.push(primary.clone());
    }
    let session = Session::open_to(invocation, &project, &basis, &fleet, reach).await?;
    let work = async |session: &Session<'_>, _| act(session, &chosen, change).await;
    let result = locked(&session, work).await;
    session.close().await;
    result.map_err(|failure| match change {
        Change::Start | Change::Restart => {
            failure.hint("`dhow accessory boot` starts what has no container yet")
        }
        _ => failure,
    })
}

fn needed(change: Change) -> Secrets {
    match change {
        Change::Boot
        | Change::Reboot { .. }
        | Change::Apply
        | Change::PullImage
        | Change::Upload => Secrets::Needed,
        Change::Start | Change::Restart => Secrets::NeededForCertificates,
        Change::Stop
        | Change::MakeDirectories
        | Change::Remove
        | Change::RemoveContainer
        | Change::RemoveImage
        | Change::RemoveData => Secrets::NotNeeded,
    }
}

async fn act(session: &Session<'_>, chosen: &[&Configured], change: Change) -> Result<(), Failure> {
    let facts = session.look_comparing(chosen).await?;
    session.check(&facts)?;
    let plan = decide(session, &facts, chosen, change);
    carry_out(session, &plan).await
}

fn decide(session: &Session<'_>, facts: &Facts, chosen: Chosen<'_>, change: Change) -> Plan {
    let settled = session.settled();
    match change {
        Change::Boot => boot(session, facts, chosen),
        Change::Reboot { rolling } => accessory::reboot(&settled, facts, chosen, rolling),
        Change::Apply => apply(session, facts, chosen),
        Change::Start => accessory::start(&settled, chosen),
        Change::Stop => accessory::stop(&settled, chosen),
        Change::Restart => accessory::restart(&settled, chosen),
        Change::PullImage => accessory::pull(&settled, chosen),
        Change::Upload => accessory::upload(&settled, chosen),
        Change::MakeDirectories => accessory::make_directories(&settled, chosen),
        Change::Remove => accessory::remove(&settled, chosen),
        Change::RemoveContainer => accessory::remove_containers(&settled, chosen),
        Change::RemoveImage => accessory::remove_images(&settled, chosen),
        Change::RemoveData => accessory::remove_data(&settled, chosen),
    }
}

fn boot(session: &Session<'_>, facts: &Facts, chosen: Chosen<'_>) -> Plan {
    let settled = session.settled();
    for (it, hosts) in accessory::booted_already(&settled, facts, chosen) {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let hosts = hosts.join(", ");
        let note = format!(
            "Skipping booting `{}` on {hosts}, a container already exists",
            it.name
        );
        session.invocation.announcer.note(note);
    }
    accessory::boot(&settled, facts, chosen)
}

fn apply(session: &Session<'_>, facts: &Facts, chosen: Chosen<'_>) -> Plan {
    for line in super::drifts(session, facts, chosen) {
        session.invocation.announcer.note(line);
    }
    for (name, host) in unrecorded(session, facts, chosen) {
        session.invocation.announcer.note(format!(
            "what {name} on {host} was booted with is not known there, so its cmd, labels, options, volumes and \
             logging are not compared; `dhow accessory reboot {name}` makes it anew"
        ));
    }
    let plan = accessory::renew(&session.settled(), facts, chosen);
    if plan.phases.is_empty() {
        let announcer = &session.invocation.announcer;
        announcer.note("Every accessory is what the deploy file says");
    }
    plan
}

/// Accessories that another tool has booted and that seem to be what they shall be.
fn unrecorded(
    session: &Session<'_>,
    facts: &Facts,
    chosen: Chosen<'_>,
) -> Vec<(AccessoryName, Host)> {
    let mut found = Vec::new();
    for it in chosen {
        for host in session.fleet.accessory_hosts(it) {
            let known = drift(it, host, facts);
            if known.is_some_and(|it| !it.is_recorded && it.renewal() < Renewal::Replace) {
                found.push((it.name.clone(), host.clone()));
            }
        }
    }
    found
}
