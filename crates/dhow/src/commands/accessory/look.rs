//! `accessory details` and `logs`, and telling where accessories differ from the deploy file.

use dhow_docker::app::LogRange;
use dhow_names::Host;
use dhow_plan::{
    accessories::{Renewal, drift},
    facts::Facts,
    recipe::{accessory::Chosen, inspect},
};

use super::{
    super::{
        app::range,
        looking::{Look, show_blocks},
    },
    hosts_of, named,
};
use crate::{
    arguments::AccessoryLogs,
    failure::Failure,
    following::{Followed, Source, follow},
    invocation::Invocation,
    session::Session,
};

/// Shows the containers, then where they differ.
pub(super) async fn show_details(invocation: &Invocation, name: &str) -> Result<(), Failure> {
    let (project, basis) = Look::prepare(invocation).await?.into_parts();
    let fleet = project.fleet()?;
    let chosen = named(&project.config, name)?;
    let reach = hosts_of(&fleet, name, &chosen)?;
    if reach.is_empty() {
        // All of none: nobody is asked, and no hook runs before.
        return Ok(());
    }
    let session = Session::open_to(invocation, &project, &basis, &fleet, reach).await?;
    let result = details(invocation, &session, &chosen).await;
    session.close().await;
    result
}

async fn details<'a>(
    invocation: &Invocation,
    session: &Session<'a>,
    chosen: &'a [&'a dhow_config::Accessory],
) -> Result<(), Failure> {
    let facts = session.look_comparing(chosen).await?;
    session.check(&facts)?;
    let settled = session.settled();
    let shown = inspect::accessory_details(&settled).into_iter();
    let shown = shown.filter(|(name, _)| chosen.iter().any(|it| it.name.as_str() == name));
    for (name, work) in shown {
        let reports = session.work("look at the hosts", &work).await?;
        show_blocks(invocation, &format!("Accessory {name}"), &reports);
    }
    warn_of_drift(session, &facts, chosen);
    Ok(())
}

/// Where accessories differ from the deploy file, as far as that can be known, a line for each on each host.
pub(in crate::commands) fn drifts(
    session: &Session<'_>,
    facts: &Facts,
    chosen: Chosen<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for it in chosen {
        for host in session.fleet.accessory_hosts(it) {
            let known = drift(it, host, facts);
            if let Some(drift) = known.filter(|it| it.renewal() != Renewal::Nothing) {
                lines.push(format!(
                    "the accessory {} on {host} differs: {drift}",
                    it.name
                ));
            }
        }
    }
    lines
}

/// Warns of differences, and tells what ends them.
pub(in crate::commands) fn warn_of_drift(session: &Session<'_>, facts: &Facts, chosen: Chosen<'_>) {
    let lines = drifts(session, facts, chosen);
    let announcer = &session.invocation.announcer;
    let any = !lines.is_empty();
    for line in lines {
        announcer.warn(line);
    }
    if any {
        announcer.warn("`dhow accessory apply` makes accessories what the deploy file says");
    }
}

/// Shows the log of every selected host, or follows all of them in one stream.
pub(super) async fn show_logs(
    invocation: &Invocation,
    AccessoryLogs { name, logs }: &AccessoryLogs,
) -> Result<(), Failure> {
    let (project, basis) = Look::prepare(invocation).await?.into_parts();
    let fleet = project.fleet()?;
    let chosen = named(&project.config, name)?;
    let reach = hosts_of(&fleet, name, &chosen)?;
    let session = Session::open_to(invocation, &project, &basis, &fleet, reach).await?;
    let range = range(logs);
    if logs.follow {
        return follow(&session, &followed(&session, &chosen, &range)).await;
    }
    for it in &chosen {
        let work = inspect::accessory_logs(&session.settled(), it, &range);
        let result = session.work("show the accessory's log", &work).await;
        match result {
            Ok(reports) => show_blocks(invocation, &format!("Accessory {}", it.name), &reports),
            Err(failure) => {
                session.close().await;
                return Err(failure);
            }
        }
    }
    session.close().await;
    Ok(())
}

/// The logs of these accessories, those of one host through one request.
fn followed(
    session: &Session<'_>,
    chosen: &[&dhow_config::Accessory],
    range: &LogRange,
) -> Vec<Followed> {
    let sources = |host: &Host| {
        let there = chosen.iter().filter(|it| it.hosts.contains(host));
        let source = |it: &&dhow_config::Accessory| Source {
            name: (chosen.len() > 1).then(|| it.name.to_string()),
            command: range.of_name(&it.service_name),
        };
        there.map(source).collect()
    };
    let hosts = session.reached().iter();
    hosts
        .map(|host| Followed {
            host: host.clone(),
            sources: sources(host),
        })
        .collect()
}
