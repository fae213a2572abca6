//! `app`: looking at the app's containers, using and changing them.

mod change;
mod exec;
mod logs;

use dhow_plan::{
    HostWork,
    facts::Facts,
    recipe::{Settled, app, inspect},
};

pub(super) use self::logs::range;

use self::change::change;
use super::looking::{Look, ask_and_show, show_block};
use crate::{arguments::App, failure::Failure, invocation::Invocation, session::Session};

/// Looks at, uses or changes the app's containers.
pub(crate) async fn run(invocation: &Invocation, command: App) -> Result<(), Failure> {
    match command {
        App::Exec(exec) => exec::run(invocation, &exec).await,
        App::Logs(logs) => logs::run(invocation, &logs).await,
        App::Version => show_versions(invocation).await,
        App::Details => {
            show(
                invocation,
                "show the app's containers",
                inspect::app_details,
            )
            .await
        }
        App::Containers => show(invocation, "list containers", inspect::containers).await,
        App::Images => show(invocation, "list images", inspect::images).await,
        App::StaleContainers { stop: false } => show_stale(invocation).await,
        App::StaleContainers { stop: true } => change::stop_stale(invocation).await,
        App::Boot => change::boot(invocation).await,
        App::Start => change::start(invocation).await,
        App::Stop => change(invocation, app::stop).await,
        App::Maintenance(maintenance) => change::close_to_clients(invocation, &maintenance).await,
        App::Live => change(invocation, |settled, _| app::open_to_clients(settled)).await,
        App::Remove => change(invocation, app::remove).await,
        App::RemoveContainer { of } => change::remove_container(invocation, &of).await,
        App::RemoveContainers => {
            change(invocation, |settled, _| app::remove_containers(settled)).await
        }
        App::RemoveImages => change(invocation, |settled, _| app::remove_images(settled)).await,
        App::RemoveAppDirectories => change(invocation, app::remove_app_directories).await,
    }
}

async fn show(
    invocation: &Invocation,
    title: &str,
    ask: fn(&Settled<'_>) -> Vec<HostWork>,
) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let work = ask(&session.settled());
    ask_and_show(invocation, &session, "App", title, &work).await
}

async fn show_versions(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let facts = looked_at(&session).await?;
    for host in session.fleet.app_hosts() {
        let known = facts.of(host);
        let first = session.fleet.on(host).first().copied();
        let names = &session.basis.names;
        let version = first.and_then(|placement| known.current_version(names, placement.role));
        show_block(invocation, "App", host, version.unwrap_or_default());
    }
    Ok(())
}

async fn show_stale(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let facts = looked_at(&session).await?;
    for stale in app::stale_containers(&session.settled(), &facts) {
        let text = format!(
            "Detected stale container for role {} with version {} (use `dhow app stale_containers --stop` to stop)",
            stale.role, stale.version
        );
        show_block(invocation, "App", &stale.host, &text);
    }
    Ok(())
}

/// What there is on the hosts, which are left then.
async fn looked_at(session: &Session<'_>) -> Result<Facts, Failure> {
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    session.check(&facts)?;
    Ok(facts)
}
