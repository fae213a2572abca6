//! `app boot`, `start`, `stop`, `maintenance`, `live` and what removes: everything that takes the lock.

use std::time::Duration;

use dhow_plan::{
    Plan, Suffixes,
    facts::Facts,
    recipe::{
        Settled,
        app::{self, NotThere},
    },
};
use dhow_versioning::Version;

use super::super::{changing::Changing, looking::show_block};
use crate::{
    arguments::Maintenance,
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// Boots the version of the last complete deploy, or the one that was asked for.
pub(super) async fn boot(invocation: &Invocation) -> Result<(), Failure> {
    let mut changing = Changing::prepare(invocation).await?;
    if invocation.global.version.is_none() {
        changing.act_on_latest()?;
    }
    let decide = |session: &Session<'_>, facts: &Facts| {
        let mut suffixes = Suffixes::from_seed(invocation.environment.seed);
        Ok(app::boot(&session.settled(), facts, &mut suffixes))
    };
    changing.under_lock(invocation, decide).await
}

/// Starts containers that are there.
pub(super) async fn start(invocation: &Invocation) -> Result<(), Failure> {
    let changing = Changing::prepare(invocation).await?;
    let decide = |session: &Session<'_>, facts: &Facts| {
        app::start(&session.settled(), facts).map_err(|error| not_there(&error))
    };
    changing.under_lock(invocation, decide).await
}

/// Lets the proxy turn clients away.
pub(super) async fn close_to_clients(
    invocation: &Invocation,
    maintenance: &Maintenance,
) -> Result<(), Failure> {
    let drain_timeout = maintenance.drain_timeout.map(Duration::from_secs);
    let message = maintenance.message.as_deref();
    change(invocation, |settled, _| {
        app::close_to_clients(settled, drain_timeout, message)
    })
    .await
}

/// Stops containers of other versions that still run, and tells which.
pub(super) async fn stop_stale(invocation: &Invocation) -> Result<(), Failure> {
    change(invocation, |settled, facts| {
        for stale in app::stale_containers(settled, facts) {
            let text = format!(
                "Stopping stale container for role {} with version {}",
                stale.role, stale.version
            );
            show_block(invocation, "App", &stale.host, &text);
        }
        app::stop_stale(settled, facts)
    })
    .await
}

/// Removes the containers of one version.
pub(super) async fn remove_container(
    invocation: &Invocation,
    version: &str,
) -> Result<(), Failure> {
    let version: Version = version.parse()?;
    let changing = Changing::prepare_without_secrets(invocation).await?;
    let decide = |session: &Session<'_>, facts: &Facts| {
        app::remove_container(&session.settled(), facts, &version).map_err(|error| {
            Failure::of(Kind::Step, &error)
                .hint("`dhow app containers` shows what is there; nothing was changed")
        })
    };
    changing.under_lock(invocation, decide).await
}

/// Changes under the lock what takes no secrets.
pub(super) async fn change(
    invocation: &Invocation,
    decide: impl FnOnce(&Settled<'_>, &Facts) -> Plan,
) -> Result<(), Failure> {
    let changing = Changing::prepare_without_secrets(invocation).await?;
    let decide = |session: &Session<'_>, facts: &Facts| Ok(decide(&session.settled(), facts));
    changing.under_lock(invocation, decide).await
}

fn not_there(error: &NotThere) -> Failure {
    let failure = Failure::of(Kind::Step, error);
    match error.there.first() {
        Some(newest) => {
            let list = error.there.join("\n  ");
            failure
                .detail(format!("Versions with a container everywhere:\n  {list}"))
                .hint(format!(
                    "nothing was changed; `dhow app start --version {newest}` starts that one"
                ))
        }
        None => failure.hint("nothing was changed; `dhow app boot` makes new containers"),
    }
}
