//! Running a command in an accessory.

use dhow_config::Accessory;
use dhow_docker::{accessory, app::Exec};
use dhow_names::Host;
use dhow_shell::CommandLine;

use super::{
    boot::{fetch, log_in, prepare, put_secrets},
    hosts_of,
};
use crate::{
    facts::Facts,
    plan::{Block, HostWork, Step},
    recipe::Settled,
};

/// Where the command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum In {
    /// In the container that runs.
    Running,
    /// In a container of its own, which goes away with the command.
    New,
}

/// Runs the command on every selected host of the accessory.
pub fn exec(
    settled: &Settled<'_>,
    facts: &Facts,
    it: &Accessory,
    exec: &Exec,
    place: In,
) -> Vec<HostWork> {
    let on = |host: &Host| {
        let mut steps = made_ready(settled, facts, it, host, place);
        let note = format!("Executed cmd '{}' on {} accessory", exec.command, it.name);
        steps.push(settled.audit(None, &note));
        let line = command(settled, it, exec, place);
        steps.push(Step::new(exec.command.clone(), line).endable());
        HostWork::at_once(host, vec![Block::of(steps)])
    };
    hosts_of(settled, &[it]).into_iter().map(on).collect()
}

/// What a container of its own needs: the image, the secrets and, where the accessory was never booted, what it
/// mounts. Docker would make folders in place of files.
pub(super) fn made_ready(
    settled: &Settled<'_>,
    facts: &Facts,
    it: &Accessory,
    host: &Host,
    place: In,
) -> Vec<Step> {
    if place == In::Running {
        return Vec::new();
    }
    let mut steps = log_in(settled, &[it]);
    if facts.of(host).accessories.contains(&it.name) {
        steps.push(put_secrets(settled, it));
    } else {
        steps.extend(prepare(settled, it));
    }
    steps.push(fetch(it));
    steps
}

/// The command alone.
pub fn command(settled: &Settled<'_>, it: &Accessory, exec: &Exec, place: In) -> CommandLine {
    match place {
        In::Running => accessory::exec_in(it, exec),
        In::New => accessory::exec_in_new(it, settled.names, exec),
    }
}
