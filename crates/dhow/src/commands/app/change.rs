//! `app boot`, `start`, `stop`, `maintenance`, `live` and what removes: everything that takes the lock.

use std::time::Duration;

use dhow_plan::{
    Plan, Suffixes,
    facts::Facts,
    recipe::app::{self, NotThere},
};
use dhow_versioning::Version;

use super::super::{changing::Changing, looking::show_block};
use crate::{
    arguments::App,
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// Changes the app's containers, under the lock.
pub(super) async fn run(invocation: &Invocation, command: App) -> Result<(), Failure> {
    let mut changing = match command {
        App::Boot | App::Start => Changing::prepare(invocation).await?,
        _ => Changing::prepare_without_secrets(invocation).await?,
    };
    if matches!(command, App::Boot) && invocation.global.version.is_none() {
        changing.act_on_latest()?;
    }
    let removed: Option<Version> = match &command {
        App::RemoveContainer { of } => Some(of.parse()?),
        _ => None,
    };
    changing
        .under_lock(invocation, |session, facts| {
            decide(session, facts, &command, removed.as_ref())
        })
        .await
}

fn decide(
    session: &Session<'_>,
    facts: &Facts,
    command: &App,
    removed: Option<&Version>,
) -> Result<Plan, Failure> {
    let settled = session.settled();
    Ok(match command {
        App::Boot => {
            let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
            app::boot(&settled, facts, &mut suffixes)
        }
        App::Start => app::start(&settled, facts).map_err(|error| not_there(&error))?,
        App::Stop => app::stop(&settled, facts),
        App::Maintenance(maintenance) => {
            let drain_timeout = maintenance.drain_timeout.map(Duration::from_secs);
            app::close_to_clients(&settled, drain_timeout, maintenance.message.as_deref())
        }
        App::Live => app::open_to_clients(&settled),
        App::StaleContainers { .. } => {
            for stale in app::stale_containers(&settled, facts) {
                let text = format!(
                    "Stopping stale container for role {} with version {}",
                    stale.role, stale.version
                );
                show_block(session.invocation, "App", &stale.host, &text);
            }
            app::stop_stale(&settled, facts)
        }
        App::Remove => app::remove(&settled, facts),
        App::RemoveContainer { .. } => {
            let version = removed.unwrap_or(settled.version);
            app::remove_container(&settled, facts, version).map_err(|error| {
                Failure::of(Kind::Step, &error)
                    .hint("`dhow app containers` shows what is there; nothing was changed")
            })?
        }
        App::RemoveContainers => app::remove_containers(&settled),
        App::RemoveImages => app::remove_images(&settled),
        App::RemoveAppDirectories => app::remove_app_directories(&settled, facts),
        App::Version
        | App::Details
        | App::Containers
        | App::Images
        | App::Logs(_)
        | App::Exec(_) => Plan::default(),
    })
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
