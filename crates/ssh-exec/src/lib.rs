//! Runs scripts on hosts over one multiplexed connection each, and programs on this machine.
//!
//! A [`Script`] is blocks of steps; [`Transport::run`] sends it to a shell on a host, which one exec request
//! started and which does one script after the other, and tells of every step and line as they happen. [`SshTransport`] reaches real hosts through the system's `ssh`, [`LocalShell`]
//! runs the same text with a shell of this machine, and [`RecordingTransport`] answers from a table in tests.
//! [`run_local`] runs a program here. Nothing that this crate starts outlives what it was started for.

mod conversation;
mod forward;
#[cfg(fuzzing)]
pub mod fuzzing;
mod idle;
mod kept;
mod local;
mod local_shell;
mod marked;
mod printed;
mod recording;
mod render;
mod report;
mod script;
mod settings;
mod ssh;
mod transport;

pub use forward::{Forward, ForwardError, ForwardFailure, LocalEnd};
pub use local::{
    LocalError, LocalLine, LocalProgram, LocalReport, run_in_terminal, run_local, run_printing,
};
pub use local_shell::LocalShell;
pub use recording::{Answer, Asked, RecordingTransport};
pub use report::{Ending, KEPT_OUTPUT, ScriptEvent, ScriptReport, StepReport, Stream};
pub use script::{Block, Input, OnFailure, OnInterrupt, Script, Step, StepNumber};
pub use settings::{ConfigFiles, Proxy, SshSettings, UnknownHosts};
pub use ssh::{ControlFolderError, SecretInArguments, SshTransport};
pub use transport::{ConnectError, ConnectFailure, RunError, Transport};
