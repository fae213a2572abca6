//! `status`: what runs where, in one table.

mod document;
mod reaching;
mod table;
mod words;

use std::{collections::BTreeMap, time::Duration};

use dhow_config::Accessory;
use dhow_names::Host;
use dhow_plan::{
    facts::Facts,
    status::{Known, Lock, OnHost, Seen, Status, questions, status},
};
use dhow_ssh_exec::ConnectError;
use serde_json::Value;

use self::{document::Document, reaching::Reaching, table::Table};
use super::looking::Look;
use crate::{
    arguments::{OutputForm, StatusOptions},
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
    terminal::{Terminal, screen},
};

/// How long a table that is watched stands.
const REFRESH: Duration = Duration::from_secs(2);

/// Shows it, once or until there was enough of it. Hosts that cannot be asked are told apart; that they are there is
/// the failure, in the end.
pub(crate) async fn run(invocation: &Invocation, options: StatusOptions) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let (session, unreachable) = look.connect_where_possible(invocation, &fleet).await?;
    let result = if options.watch {
        watch(&session, unreachable, options.output).await
    } else {
        once(&session, &unreachable, options.output).await
    };
    session.close().await;
    result
}

async fn once(
    session: &Session<'_>,
    unreachable: &[ConnectError],
    form: Option<OutputForm>,
) -> Result<(), Failure> {
    let seen = look(session, session.reached(), unreachable).await?;
    let terminal = &session.invocation.terminal;
    let shown = shown(session, &seen);
    match form {
        _ if terminal.tells_events() => {
            shown.tell(terminal);
        }
        None => terminal.data(shown.table),
        Some(OutputForm::Json) => terminal.data(shown.document),
    }
    not_known(&seen, unreachable).map_or(Ok(()), Err)
}

/// Shows it again and again. Being interrupted is how this ends, so it is no failure.
async fn watch(
    session: &Session<'_>,
    unreachable: Vec<ConnectError>,
    form: Option<OutputForm>,
) -> Result<(), Failure> {
    let Invocation {
        terminal,
        interrupt,
        ..
    } = session.invocation;
    let mut reaching = Reaching::new(session, unreachable);
    loop {
        let (reached, unreachable) = reaching.now();
        let seen = match look(session, &reached, &unreachable).await {
            Err(_) if interrupt.is_cancelled() => return Ok(()),
            seen => seen?,
        };
        let shown = shown(session, &seen);
        let goes_on = match form {
            _ if terminal.tells_events() => shown.tell(terminal),
            None => screen::redraw(&shown.table),
            Some(OutputForm::Json) => terminal.line(shown.document.trim_end()),
        };
        if !goes_on {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(REFRESH) => {}
            () = interrupt.cancelled() => return Ok(()),
        }
        reaching.try_again();
    }
}

/// Asks these hosts, each in one request.
async fn look(
    session: &Session<'_>,
    reached: &[Host],
    unreachable: &[ConnectError],
) -> Result<Status, Failure> {
    let settled = session.settled();
    let accessories: Vec<&Accessory> = session.fleet.config().accessories.iter().collect();
    let answers = session
        .look_at_each(reached, &accessories, |host| questions(&settled, host))
        .await?;
    let mut facts = Facts::default();
    let mut known: BTreeMap<Host, Known> = unreachable
        .iter()
        .map(|error| (error.host.clone(), Known::Unknown(error.reason.to_string())))
        .collect();
    for (host, answer) in answers {
        let what = match answer {
            Ok((of_host, more)) => {
                facts.0.insert(host.clone(), of_host);
                Known::Seen(Seen::read(&more))
            }
            Err(reason) => Known::Unknown(reason),
        };
        known.insert(host, what);
    }
    Ok(status(&settled, &facts, &known))
}

/// What was seen, for people and for programs.
struct Shown {
    table: String,
    document: String,
}

impl Shown {
    /// Tells it as an event; false when nobody reads any more.
    fn tell(&self, terminal: &Terminal) -> bool {
        // A secret that was taken out of a document was part of a text, so it is JSON still.
        let value: Value = serde_json::from_str(&self.document).unwrap_or_default();
        terminal.structured(&self.table, &value)
    }
}

fn shown(session: &Session<'_>, status: &Status) -> Shown {
    let Invocation {
        announcer,
        environment,
        ..
    } = session.invocation;
    let (names, now) = (&session.basis.names, environment.now());
    let table = Table::of(status, names, now).render(screen::output_width());
    // What hosts say is in it word for word.
    Shown {
        table: announcer.redact(&table),
        document: announcer.redact(&Document::of(status, names, now).text()),
    }
}

/// The failure that hosts are of which nothing is known.
fn not_known(status: &Status, unreachable: &[ConnectError]) -> Option<Failure> {
    let unknown = status.hosts.iter().filter_map(|(host, it)| match it {
        OnHost::Unknown(reason) => Some((host, reason)),
        OnHost::Rows(_) => None,
    });
    let unknown: Vec<(&Host, &String)> = unknown.collect();
    let headline = match unknown.as_slice() {
        [] => return None,
        [(host, _)] => format!("what runs on {host} is not known"),
        several => format!("what runs on {} hosts is not known", several.len()),
    };
    let mut failure = Failure::new(Kind::Host, headline);
    for (host, reason) in unknown {
        let error = unreachable.iter().find(|error| error.host == *host);
        failure.causes.push(match error {
            Some(error) => error.to_string(),
            None => format!("{host}: {reason}"),
        });
    }
    let mut hints: Vec<&str> = unreachable.iter().map(|it| it.reason.hint()).collect();
    hints.sort_unstable();
    hints.dedup();
    failure.hints.extend(hints.into_iter().map(str::to_owned));
    if status.lock == Lock::Unknown {
        failure = failure.hint("the deploy lock lies on the first of the hosts");
    }
    Some(failure)
}
