//! Running a command in the app.

use dhow_docker::{
    app::{self, Exec, NewExec},
    image::ImageRef,
};
use dhow_names::Host;
use dhow_roles::Placement;
use dhow_shell::CommandLine;

use super::super::{Settled, boot::upload_env};
use crate::{
    facts::Facts,
    plan::{Block, HostWork, Step},
    suffixes::Suffixes,
};

/// Where the command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum In {
    /// In the container that serves the role on that host.
    Running,
    /// In a container of its own, made from this image.
    New {
        /// The image.
        image: ImageRef,
        /// Whether the container goes on by itself.
        detach: bool,
    },
}

/// Runs the command for every selected role on every one of its hosts. Roles that do not run somewhere are
/// left out there when a running container is asked for.
pub fn exec(
    settled: &Settled<'_>,
    facts: &Facts,
    exec: &Exec,
    place: &In,
    suffixes: &mut Suffixes,
) -> Vec<HostWork> {
    let hosts = settled.fleet.app_hosts();
    hosts
        .into_iter()
        .map(|host| exec_on(settled, facts, host, exec, place, Some(suffixes)))
        .collect()
}

/// What [`exec`] does before each command, where the command itself is run by another way.
pub fn before_exec(settled: &Settled<'_>, facts: &Facts, exec: &Exec, place: &In) -> Vec<HostWork> {
    let hosts = settled.fleet.app_hosts().into_iter();
    hosts
        .map(|host| exec_on(settled, facts, host, exec, place, None))
        .collect()
}

/// Without `suffixes` all but the command.
fn exec_on(
    settled: &Settled<'_>,
    facts: &Facts,
    host: &Host,
    exec: &Exec,
    place: &In,
    mut suffixes: Option<&mut Suffixes>,
) -> HostWork {
    let mut blocks = Vec::new();
    if let (In::New { .. }, Some(log_in)) = (place, settled.log_in()) {
        blocks.push(Block::of(vec![log_in]));
    }
    for placement in settled.fleet.on(host) {
        let role = &placement.role.name;
        let known = facts.of(host);
        if *place == In::Running && !known.current.contains_key(role) {
            continue;
        }
        let version = match place {
            In::Running => known.current_version(settled.names, placement.role),
            In::New { image, .. } => Some(image.tag()),
        };
        let note = format!(
            "Executed cmd '{}' on app version {}",
            exec.command,
            version.unwrap_or_default()
        );
        // Kamal names the role only where its running container is used (host-commands §3).
        let audited = matches!(place, In::Running).then_some(role);
        let mut steps = vec![settled.audit(audited, &note)];
        if matches!(place, In::New { .. }) {
            steps.push(upload_env(settled, &placement));
        }
        let line = suffixes
            .as_deref_mut()
            .and_then(|suffixes| command(settled, facts, &placement, exec, place, suffixes));
        steps.extend(line.map(|line| Step::new(exec.command.clone(), line).endable()));
        blocks.push(Block {
            role: Some(role.clone()),
            steps,
            rescue: Vec::new(),
        });
    }
    HostWork::at_once(host, blocks)
}

/// The command for one role on one host; none when it shall run in a container that is not there.
pub fn command(
    settled: &Settled<'_>,
    facts: &Facts,
    placement: &Placement<'_>,
    exec: &Exec,
    place: &In,
    suffixes: &mut Suffixes,
) -> Option<CommandLine> {
    let role = placement.role;
    let host = &placement.at.host;
    match place {
        In::Running => {
            let known = facts.of(host);
            known
                .current
                .get(&role.name)
                .map(|container| app::exec_in(container, exec))
        }
        In::New { image, detach } => {
            let suffix = suffixes.hex(6);
            let container = settled.names.exec_container(role, image.tag(), &suffix);
            let new = NewExec {
                exec,
                container: &container,
                image,
                detach: *detach,
            };
            Some(app::exec_in_new(
                settled.config(),
                settled.names,
                role,
                host,
                &new,
            ))
        }
    }
}
