//! `accessory`: databases and the like, which deploys leave alone (cli §7.2, flows §9).

mod change;
mod exec;
mod look;

pub(super) use look::{drifts, warn_of_drift};

use dhow_config::{Accessory as Configured, Config, Tls};
use dhow_names::Host;
use dhow_roles::Fleet;

use self::change::Change;
use super::{confirm, deploy::gather_at, looking::Look, read_project};
use crate::{
    arguments::{ALL, Accessory},
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
};

/// Does what was asked of accessories.
pub(crate) async fn run(invocation: &Invocation, command: Accessory) -> Result<(), Failure> {
    let (change, name) = match command {
        Accessory::Exec(exec) => return exec::run(invocation, &exec).await,
        Accessory::Logs(logs) => return look::show_logs(invocation, &logs).await,
        Accessory::Details(which) => return look::show_details(invocation, &which.name).await,
        Accessory::Boot(which) => (Change::Boot, which.name),
        Accessory::Reboot(which) => (Change::Reboot { rolling: false }, which.name),
        Accessory::Apply { name } => (Change::Apply, name),
        Accessory::Start(which) => (Change::Start, which.name),
        Accessory::Stop(which) => (Change::Stop, which.name),
        Accessory::Restart(which) => (Change::Restart, which.name),
        Accessory::PullImage(which) => (Change::PullImage, which.name),
        Accessory::Upload(which) => (Change::Upload, which.name),
        Accessory::Directories(which) => (Change::MakeDirectories, which.name),
        Accessory::RemoveContainer(which) => (Change::RemoveContainer, which.name),
        Accessory::RemoveImage(which) => (Change::RemoveImage, which.name),
        Accessory::RemoveServiceDirectory(which) => (Change::RemoveData, which.name),
        Accessory::Remove { which, confirmed } => {
            let question = format!(
                "This will remove all containers, images and data directories for {}. Are you sure?",
                which.name
            );
            confirm(invocation, confirmed, &question).await?;
            (Change::Remove, which.name)
        }
        Accessory::Upgrade {
            which,
            rolling,
            confirmed,
        } => {
            let question = "This will restart all accessories. Are you sure?";
            confirm(invocation, confirmed, question).await?;
            (Change::Reboot { rolling }, which.name)
        }
    };
    change::run(invocation, change, &name).await
}

/// Whether a command needs what the secrets files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    Needed,
    /// Only where the proxy gets a certificate of an accessory's own.
    NeededForCertificates,
    /// A password manager is asked nothing, unless a hook wants to know.
    NotNeeded,
}

/// Reads the project, and of the secrets only what is needed.
pub(super) async fn prepare(
    invocation: &Invocation,
    secrets: Secrets,
) -> Result<(Project, Basis), Failure> {
    let project = read_project(invocation)?;
    let mut proxied = project.config.accessories.iter().flat_map(|it| &it.proxy);
    let is_needed = match secrets {
        Secrets::Needed => true,
        Secrets::NeededForCertificates => {
            proxied.any(|proxy| matches!(proxy.tls, Tls::Certificate { .. }))
        }
        Secrets::NotNeeded => false,
    };
    if !is_needed {
        return Ok(Look::of(invocation, project).await?.into_parts());
    }
    project.fleet()?;
    let version = project.version_or_unknown(invocation);
    let basis = gather_at(invocation, &project, version).await?;
    Ok((project, basis))
}

/// The accessories that a name stands for.
fn named<'a>(config: &'a Config, name: &str) -> Result<Vec<&'a Configured>, Failure> {
    let all = &config.accessories;
    let chosen: Vec<&Configured> = all
        .iter()
        .filter(|it| name == ALL || it.name.as_str() == name)
        .collect();
    if !chosen.is_empty() || (name == ALL && all.is_empty()) {
        return Ok(chosen);
    }
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    let options = match names.as_slice() {
        [] => String::new(),
        [one] => format!(" (options: {one})"),
        [one, two] => format!(" (options: {one} and {two})"),
        [first @ .., last] => format!(" (options: {}, and {last})", first.join(", ")),
    };
    let headline = format!("No accessory by the name of '{name}'{options}");
    Err(Failure::new(Kind::Usage, headline))
}

/// The selected hosts of these accessories. A name whose hosts are all left out by the selection is a mistake; `all`
/// means those that are there.
fn hosts_of(fleet: &Fleet<'_>, name: &str, chosen: &[&Configured]) -> Result<Vec<Host>, Failure> {
    let runs = |host: &&&Host| chosen.iter().any(|it| it.hosts.contains(host));
    let hosts: Vec<Host> = fleet
        .hosts()
        .iter()
        .filter(runs)
        .map(|host| (*host).clone())
        .collect();
    if hosts.is_empty() && name != ALL {
        let headline = format!("no selected host runs the accessory {name}");
        return Err(Failure::new(Kind::Usage, headline));
    }
    Ok(hosts)
}
