//! `registry setup`, `login`, `remove` and `logout` (cli §7.8).

use dhow_plan::recipe::registry as recipe;

use super::{accessory::Secrets, carrying_out::carry_out, read_project};
use crate::{
    arguments::{Registry, Where},
    failure::{Failure, Kind},
    invocation::Invocation,
    local_registry,
    project::Project,
    registry_login,
};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// Logs in or out, here and on the hosts, or looks after the registry of this machine.
pub(crate) async fn run(invocation: &Invocation, command: Registry) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let is_here = project.config.registry.is_local();
    match command {
        Registry::Setup(places) if is_here => set_up_here(invocation, &project, places).await,
        Registry::Remove(places) if is_here => remove_here(invocation, &project, places).await,
        Registry::Login(_) if is_here => Err(not_here("login", "setup")),
        Registry::Logout(_) if is_here => Err(not_here("logout", "remove")),
        Registry::Setup(places) | Registry::Login(places) => {
            everywhere(invocation, places, Way::In).await
        }
        Registry::Remove(places) | Registry::Logout(places) => {
            everywhere(invocation, places, Way::Out).await
        }
    }
}

fn not_here(command: &str, instead: &str) -> Failure {
    let headline = format!(
        "Cannot use {command} command with a local registry. Use `dhow registry {instead}` instead."
    );
    Failure::new(Kind::Usage, headline)
}

async fn everywhere(invocation: &Invocation, places: Where, way: Way) -> Result<(), Failure> {
    let secrets = match way {
        Way::In => Secrets::Needed,
        Way::Out => Secrets::NotNeeded,
    };
    let (project, basis) = super::accessory::prepare(invocation, secrets).await?;
    let fleet = project.fleet()?;
    if !places.skip_local {
        match (way, &basis.needs.login) {
            (Way::In, Some(login)) => registry_login::log_in(invocation, login).await?,
            (Way::In, None) => {}
            (Way::Out, _) => registry_login::log_out(invocation, &project.config.registry).await?,
        }
    }
    if places.skip_remote {
        return Ok(());
    }
    let session = crate::session::Session::open(invocation, &project, &basis, &fleet).await?;
    let settled = session.settled();
    let plan = match way {
        Way::In => recipe::log_in(&settled),
        Way::Out => recipe::log_out(&settled),
    };
    let result = carry_out(&session, &plan).await;
    session.close().await;
    result
}

/// There is nothing to set up: what listens on the port is found when it is needed.
async fn set_up_here(
    invocation: &Invocation,
    project: &Project,
    places: Where,
) -> Result<(), Failure> {
    if places.skip_local {
        return Ok(());
    }
    local_registry::LocalRegistry::open(invocation, project).await?;
    let server = project.config.registry.server.as_deref();
    invocation.announcer.note(format!(
        "Nothing has to be set up: the images of {} are served while a deploy needs them",
        server.unwrap_or_default()
    ));
    Ok(())
}

async fn remove_here(
    invocation: &Invocation,
    project: &Project,
    places: Where,
) -> Result<(), Failure> {
    if places.skip_local {
        return Ok(());
    }
    local_registry::remove(invocation, project).await
}
