//! `app`: looking at the app's containers, using and changing them.

mod change;
mod exec;
mod logs;

use dhow_plan::recipe::{app, inspect};

pub(super) use self::logs::range;

use super::looking::{Look, ask_and_show, show_block};
use crate::{arguments::App, failure::Failure, invocation::Invocation, session::Session};

/// Looks at, uses or changes the app's containers.
pub(crate) async fn run(invocation: &Invocation, command: App) -> Result<(), Failure> {
    match command {
        App::Exec(exec) => exec::run(invocation, &exec).await,
        App::Logs(logs) => logs::run(invocation, &logs).await,
        App::Version
        | App::Details
        | App::Containers
        | App::Images
        | App::StaleContainers { stop: false } => look(invocation, &command).await,
        _ => change::run(invocation, command).await,
    }
}

async fn look(invocation: &Invocation, command: &App) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let settled = session.settled();
    let (title, work) = match command {
        App::Details => ("show the app's containers", inspect::app_details(&settled)),
        App::Containers => ("list containers", inspect::containers(&settled)),
        App::Images => ("list images", inspect::images(&settled)),
        App::StaleContainers { .. } => return show_stale(invocation, &session).await,
        _ => return show_versions(invocation, &session).await,
    };
    ask_and_show(invocation, &session, "App", title, &work).await
}

async fn show_versions(invocation: &Invocation, session: &Session<'_>) -> Result<(), Failure> {
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    session.check(&facts)?;
    for host in session.fleet.app_hosts() {
        let known = facts.of(host);
        let first = session.fleet.on(host).first().copied();
        let names = &session.basis.names;
        let version = first.and_then(|placement| known.current_version(names, placement.role));
        show_block(invocation, "App", host, version.unwrap_or_default());
    }
    Ok(())
}

async fn show_stale(invocation: &Invocation, session: &Session<'_>) -> Result<(), Failure> {
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    session.check(&facts)?;
    for stale in app::stale_containers(&session.settled(), &facts) {
        let text = format!(
            "Detected stale container for role {} with version {} (use `dhow app stale_containers --stop` to stop)",
            stale.role, stale.version
        );
        show_block(invocation, "App", &stale.host, &text);
    }
    Ok(())
}
