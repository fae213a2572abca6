//! Runs scripts on hosts over one multiplexed connection each, and programs on this machine.

mod local;
mod recording;
mod report;
mod script;
mod settings;
mod transport;

pub use local::{LocalError, LocalLine, LocalProgram, LocalReport, run_local};
pub use recording::{Answer, Asked, RecordingTransport};
pub use report::{Ending, KEPT_OUTPUT, ScriptEvent, ScriptReport, StepReport, Stream};
pub use script::{Block, Input, OnFailure, OnInterrupt, Script, Step, StepNumber};
pub use settings::{ConfigFiles, Proxy, SshSettings, UnknownHosts};
pub use transport::{ConnectError, ConnectFailure, RunError, Transport};
