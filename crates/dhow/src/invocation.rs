//! One run of the program: what was typed, where it runs, and whom it tells.

use std::sync::OnceLock;

use dhow_execute::Announcer;
use dhow_telemetry::Shipping;
use tokio_util::sync::CancellationToken;

use crate::{
    arguments::Global, called_as::CalledAs, environment::Environment, held_lock::HeldLock,
    log_file::LogFile, terminal::Terminal,
};

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Whose command line is spoken.
    pub(crate) called_as: CalledAs,
    /// Options of every command.
    pub(crate) global: Global,
    /// Where this runs.
    pub(crate) environment: Environment,
    /// What is shown to a person or a pipe.
    pub(crate) terminal: Terminal,
    /// Who is told what happens.
    pub(crate) announcer: Announcer,
    /// Cancelled by the first signal.
    pub(crate) interrupt: CancellationToken,
    /// The lock that this run holds, for a last word when there is no time to release it.
    pub(crate) held_lock: HeldLock,
    /// The file that tells of this run, where the deploy file wants one.
    pub(crate) log_file: OnceLock<LogFile>,
    /// What sends the events of this run to a collector, where the deploy file wants that.
    pub(crate) telemetry: OnceLock<Shipping>,
    /// Set when the `pre-connect` hook has run, which it does once in a run.
    pub(crate) pre_connected: OnceLock<()>,
    /// Whether the command is asked for its data and changes nothing.
    pub(crate) only_looks: bool,
    /// The words of the command, such as `app` and `exec`, for hooks.
    pub(crate) command: Vec<&'static str>,
}

impl Invocation {
    /// Whether a parent process, such as a deploy whose hook runs this, holds the deploy lock for us.
    pub(crate) fn lock_is_inherited(&self) -> bool {
        self.environment.get("KAMAL_LOCK") == Some("true")
    }
}
