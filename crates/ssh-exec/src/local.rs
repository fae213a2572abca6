//! A program on this machine: started in a process group of its own, its output streamed by lines, ended
//! with everything it started when the run is interrupted.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Input, Stream,
    printed::{Printed, Streams},
};

/// How long the streams of a program that has ended are read on, when something it left behind keeps them open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A program to run on this machine.
#[derive(Clone, PartialEq, Eq)]
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

/// With the names of its variables only: their values may be secrets.
impl fmt::Debug for LocalProgram {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LocalProgram")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("environment", &self.environment.keys())
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
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
    mut watch: impl FnMut(LocalLine) + Send,
) -> Result<LocalReport, LocalError> {
    let started = Instant::now();
    let mut child = Group::start(program, command(program))?;
    let follow = |source| LocalError::Follow {
        program: program.name(),
        source,
    };
    let mut outputs = [Printed::default(), Printed::default()];
    let mut streams = Streams::of(&mut child.leader, program.input.clone());
    let mut ending = Ending::new(interrupt, program.grace);
    let mut status: Option<ExitStatus> = None;
    // What the program left behind may hold its streams open for ever, so they are read only a little longer.
    let mut leave_at: Option<Instant> = None;
    while status.is_none() || !streams.are_closed() {
        tokio::select! {
            heard = streams.next(), if !streams.are_closed() => {
                if let Some((stream, bytes)) = heard {
                    outputs[stream as usize].add(&bytes, |line| watch(LocalLine { stream, line }));
                }
            }
            ended = child.leader.wait(), if status.is_none() => {
                status = Some(ended.map_err(follow)?);
                leave_at = Some(Instant::now() + LAST_WORDS);
            }
            signal = ending.next_signal(), if status.is_none() => child.signal(signal),
            () = sleep_until(leave_at.unwrap_or(started)), if leave_at.is_some() => break,
        }
    }
    if !ending.interrupted {
        child.disarm();
    }
    for (stream, output) in [Stream::Stdout, Stream::Stderr]
        .into_iter()
        .zip(&mut outputs)
    {
        output.end(|line| watch(LocalLine { stream, line }));
    }
    let [stdout, stderr] = outputs.map(Printed::into_text);
    Ok(LocalReport {
        exit_code: status.map_or(-1, exit_code),
        stdout,
        stderr,
        duration: started.elapsed(),
        interrupted: ending.interrupted,
    })
}

/// Runs a program on this process's own terminal: it reads what is typed and gets the Ctrl-C, as if the user
/// had started it. Returns its exit code.
pub async fn run_in_terminal(program: &LocalProgram) -> Result<i32, LocalError> {
    let mut command = command(program);
    command
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    let status = command.status().await;
    status.map(exit_code).map_err(|source| LocalError::Start {
        program: program.name(),
        source,
    })
}

/// Runs a program that reads nothing and whose output goes where this process's own goes, byte for byte. Returns its
/// exit code. Dropping the future ends the program.
pub async fn run_printing(program: &LocalProgram) -> Result<i32, LocalError> {
    let mut command = command(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let status = command.status().await;
    status.map(exit_code).map_err(|source| LocalError::Start {
        program: program.name(),
        source,
    })
}

/// The program as the operating system wants it, all three streams piped.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where programs are started"
)]
pub(crate) fn command(program: &LocalProgram) -> Command {
    let mut command = Command::new(&program.program);
    if program.only_this_environment {
        command.env_clear();
    }
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    let stdin = program
        .input
        .as_ref()
        .map_or_else(Stdio::null, |_| Stdio::piped());
    command
        .args(&program.arguments)
        .envs(&program.environment)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The exit code as a shell would say it.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    let by_signal = || status.signal().map_or(-1, |signal| 128 + signal);
    status.code().unwrap_or_else(by_signal)
}

/// A program in a process group of its own, which is killed when this is dropped before it was disarmed.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) leader: Child,
    id: Option<Pid>,
}

impl Group {
    pub(crate) fn start(program: &LocalProgram, mut command: Command) -> Result<Self, LocalError> {
        let leader = command.process_group(0).spawn();
        let leader = leader.map_err(|source| LocalError::Start {
            program: program.name(),
            source,
        })?;
        let id = leader
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Ok(Self { leader, id })
    }

    /// Sends a signal to everything in the group. Nothing being left of it is no error.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            let _ = kill_process_group(id, signal);
        }
    }

    /// Leaves what still runs in the group alone.
    pub(crate) fn disarm(&mut self) {
        self.id = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// When the program is asked to end, and when it is made to.
struct Ending {
    interrupt: CancellationToken,
    grace: Duration,
    interrupted: bool,
    kill_at: Option<Instant>,
}

impl Ending {
    fn new(interrupt: CancellationToken, grace: Duration) -> Self {
        Self {
            interrupt,
            grace,
            interrupted: false,
            kill_at: None,
        }
    }

    /// Waits until a signal is due. May be dropped and called again at any time.
    async fn next_signal(&mut self) -> Signal {
        if let Some(moment) = self.kill_at {
            sleep_until(moment).await;
            self.kill_at = None;
            return Signal::KILL;
        }
        if self.interrupted {
            return std::future::pending().await;
        }
        self.interrupt.cancelled().await;
        self.interrupted = true;
        self.kill_at = Some(Instant::now() + self.grace);
        Signal::TERM
    }
}

impl LocalProgram {
    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }
}
