//! `app logs`.

use dhow_docker::app::{LogRange, find, serving_container};
use dhow_names::Host;
use dhow_plan::recipe::inspect;
use dhow_roles::Placement;

use super::super::looking::{Look, ask_and_show};
use crate::{
    arguments::{AppLogs, Logs},
    failure::Failure,
    following::{Followed, Source, follow},
    invocation::Invocation,
    session::Session,
};

/// How many lines of a log are shown unless something else is asked for (cli §7.2).
const LINES: u32 = 100;

/// How many lines of a log are shown before following it.
const LINES_BEFORE_FOLLOWING: u32 = 10;

/// Shows the log, or follows it.
pub(super) async fn run(invocation: &Invocation, arguments: &AppLogs) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let range = range(&arguments.logs);
    let container = arguments.container_id.as_deref();
    if arguments.logs.follow {
        let followed = followed(&session, &range, container);
        return follow(&session, &followed).await;
    }
    let settled = session.settled();
    let work = match container {
        Some(container) => inspect::container_logs(&settled, container, &range),
        None => inspect::app_logs(&settled, &range),
    };
    ask_and_show(invocation, &session, "App", "show the app's log", &work).await
}

/// The part of a log that was asked for.
pub(in crate::commands) fn range(logs: &Logs) -> LogRange {
    let narrowed = logs.since.is_some() || logs.grep.is_some();
    let default = match (logs.follow, narrowed) {
        (true, false) => Some(LINES_BEFORE_FOLLOWING),
        (false, false) => Some(LINES),
        (_, true) => None,
    };
    LogRange {
        since: logs.since.clone(),
        lines: logs.lines.or(default),
        grep: logs.grep.clone(),
        grep_options: logs.grep_options.clone(),
        timestamps: !logs.skip_timestamps,
        follow: logs.follow,
    }
}

/// The logs of every selected role on every selected host, or of one container wherever it is.
fn followed(session: &Session<'_>, range: &LogRange, container: Option<&str>) -> Vec<Followed> {
    let hosts = session.fleet.app_hosts().into_iter();
    hosts
        .map(|host| Followed {
            host: host.clone(),
            sources: match container {
                Some(container) => vec![Source {
                    name: None,
                    command: range.of(find(container)),
                }],
                None => of_roles(session, range, host),
            },
        })
        .collect()
}

fn of_roles(session: &Session<'_>, range: &LogRange, host: &Host) -> Vec<Source> {
    let settled = session.settled();
    let source = |placement: &Placement<'_>| {
        let role = placement.role;
        let current = serving_container(settled.names, settled.repository, role);
        Source {
            name: Some(role.name.to_string()),
            command: range.of(current),
        }
    };
    session.fleet.on(host).iter().map(source).collect()
}
