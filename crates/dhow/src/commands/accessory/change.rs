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
    super::{changing::locked, confirm, proxy::carry_out},
    Secrets, hosts_of, named, prepare,
};
use crate::{arguments::Accessory, failure::Failure, invocation::Invocation, session::Session};

/// Does it, once a person has agreed where something is at stake. Only the hosts of the accessories are visited, and
/// the one with the lock.
pub(super) async fn run(invocation: &Invocation, command: Accessory) -> Result<(), Failure> {
    let name = name(&command);
    ask(invocation, &command, name).await?;
    let (project, basis) = prepare(invocation, needed(&command)).await?;
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
    let work = async |session: &Session<'_>, _| act(session, &chosen, &command).await;
    let result = locked(&session, work).await;
    session.close().await;
    result.map_err(|failure| match command {
        Accessory::Start(_) | Accessory::Restart(_) => {
            failure.hint("`dhow accessory boot` starts what has no container yet")
        }
        _ => failure,
    })
}

/// The accessories that the command is about.
fn name(command: &Accessory) -> &str {
    match command {
        Accessory::Boot(which)
        | Accessory::Reboot(which)
        | Accessory::Start(which)
        | Accessory::Stop(which)
        | Accessory::Restart(which)
        | Accessory::Details(which)
        | Accessory::PullImage(which)
        | Accessory::Remove { which, .. }
        | Accessory::Upgrade { which, .. }
        | Accessory::Upload(which)
        | Accessory::Directories(which)
        | Accessory::RemoveContainer(which)
        | Accessory::RemoveImage(which)
        | Accessory::RemoveServiceDirectory(which) => &which.name,
        Accessory::Apply { name } => name,
        Accessory::Logs(logs) => &logs.name,
        Accessory::Exec(exec) => &exec.name,
    }
}

async fn ask(invocation: &Invocation, command: &Accessory, name: &str) -> Result<(), Failure> {
    let (confirmed, question) = match command {
        Accessory::Remove { confirmed, .. } => (
            *confirmed,
            format!("This will remove all containers, images and data directories for {name}."),
        ),
        Accessory::Upgrade { confirmed, .. } => {
            (*confirmed, "This will restart all accessories.".to_owned())
        }
        _ => return Ok(()),
    };
    let question = format!("{question} Are you sure?");
    confirm(invocation, confirmed, &question).await
}

fn needed(command: &Accessory) -> Secrets {
    match command {
        Accessory::Boot(_)
        | Accessory::Reboot(_)
        | Accessory::Apply { .. }
        | Accessory::Upgrade { .. }
        | Accessory::PullImage(_)
        | Accessory::Upload(_) => Secrets::Needed,
        Accessory::Start(_) | Accessory::Restart(_) => Secrets::NeededForCertificates,
        _ => Secrets::NotNeeded,
    }
}

async fn act(
    session: &Session<'_>,
    chosen: &[&Configured],
    command: &Accessory,
) -> Result<(), Failure> {
    let facts = session.look_comparing(chosen).await?;
    session.check(&facts)?;
    let plan = decide(session, &facts, chosen, command);
    carry_out(session, &plan).await
}

fn decide(session: &Session<'_>, facts: &Facts, chosen: Chosen<'_>, command: &Accessory) -> Plan {
    let settled = session.settled();
    match command {
        Accessory::Boot(_) => boot(session, facts, chosen),
        Accessory::Reboot(_) => accessory::reboot(&settled, facts, chosen, false),
        Accessory::Upgrade { rolling, .. } => accessory::reboot(&settled, facts, chosen, *rolling),
        Accessory::Apply { .. } => apply(session, facts, chosen),
        Accessory::Start(_) => accessory::start(&settled, chosen),
        Accessory::Stop(_) => accessory::stop(&settled, chosen),
        Accessory::Restart(_) => accessory::restart(&settled, chosen),
        Accessory::PullImage(_) => accessory::pull(&settled, chosen),
        Accessory::Remove { .. } => accessory::remove(&settled, chosen),
        Accessory::Upload(_) => accessory::upload(&settled, chosen),
        Accessory::Directories(_) => accessory::make_directories(&settled, chosen),
        Accessory::RemoveContainer(_) => accessory::remove_containers(&settled, chosen),
        Accessory::RemoveImage(_) => accessory::remove_images(&settled, chosen),
        Accessory::RemoveServiceDirectory(_) => accessory::remove_data(&settled, chosen),
        // They change nothing and do not come here.
        Accessory::Exec(_) | Accessory::Logs(_) | Accessory::Details(_) => Plan::default(),
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
