//! What a phase did.

use std::time::Duration;

use dhow_names::{Host, RoleName};
use dhow_plan::Milestone;
use dhow_ssh_exec::{ForwardError, RunError};

/// What a phase did on every host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseReport {
    /// What it was for.
    pub title: String,
    /// One entry per host, in the order of the plan.
    pub hosts: Vec<HostReport>,
}

impl PhaseReport {
    /// Hosts that did not do all their work.
    pub fn unfinished(&self) -> impl Iterator<Item = &HostReport> {
        self.hosts
            .iter()
            .filter(|host| host.outcome != HostOutcome::Done)
    }
}

/// What one host did in a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReport {
    /// The host.
    pub host: Host,
    /// How it ended.
    pub outcome: HostOutcome,
    /// The steps that ran, in order.
    pub steps: Vec<StepOutcome>,
}

/// How a host's work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostOutcome {
    /// Everything was done.
    Done,
    /// A step failed; it is this entry of the steps.
    Failed {
        /// Position in [`HostReport::steps`].
        at: usize,
    },
    /// The run was interrupted.
    Interrupted,
    /// It never began, because no container of this role became healthy anywhere.
    Halted {
        /// The role it waited for.
        role: RoleName,
    },
    /// It never began, because its port could not be made to lead to this machine's registry.
    Unserved {
        /// Why.
        error: ForwardError,
    },
    /// The host could not be asked, or went away.
    Lost {
        /// Why.
        error: RunError,
        /// The title of the step that was running.
        during: Option<String>,
    },
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// What it was for.
    pub title: String,
    /// The role it was about.
    pub role: Option<RoleName>,
    /// Whether it was part of a rescue.
    pub rescue: bool,
    /// Its exit code.
    pub exit_code: i32,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
    /// How long it took.
    pub duration: Duration,
    /// What its success means.
    pub milestone: Option<Milestone>,
}

impl StepOutcome {
    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.exit_code == 0
    }
}
