//! Runs the commands of a secrets file for real.

use std::{
    io::{self, Read},
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Sender, channel},
    },
};

use dhow_redaction::Secret;
use rustix::process::{Pid, Signal, kill_process};

use crate::{Substitution, SubstitutionError};

/// What a shell answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// Runs each command with `sh` in the project's folder. Standard input and standard error are dhow's own and
/// the command stays in dhow's process group, so that a password manager can ask and Ctrl-C reaches it. Each
/// run blocks its thread until the command ends or [`StopHandle::stop`] is called.
#[derive(Debug)]
pub struct ShellSubstitution {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

/// Stops the command that is at work from another thread.
#[derive(Clone, Debug)]
pub struct StopHandle {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    events: Sender<Event>,
}

/// What ends the wait for a command.
#[derive(Debug)]
enum Event {
    Output(io::Result<Vec<u8>>),
    Stopped,
}

impl ShellSubstitution {
    /// Commands will run in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            state: Arc::default(),
        }
    }

    /// A handle for whoever receives the signals.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle {
            state: Arc::clone(&self.state),
        }
    }

    fn spawn(&self, command: &Secret) -> Result<Child, SubstitutionError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where a secrets file's commands are started; they end with the call or by the stop handle"
        )]
        std::process::Command::new("sh")
            .arg("-c")
            .arg(command.expose())
            .current_dir(&self.folder)
            .stdin(Stdio::inherit())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(SubstitutionError::Start)
    }
}

impl Substitution for ShellSubstitution {
    fn run(&mut self, command: &Secret) -> Result<Secret, SubstitutionError> {
        let (events, happened) = channel();
        {
            // Held while the command starts, so that a stop finds either no command or this one.
            let mut state = lock(&self.state);
            if state.stopped {
                return Err(SubstitutionError::Stopped);
            }
            let mut child = self.spawn(command)?;
            let output = child.stdout.take();
            let reader = events.clone();
            std::thread::spawn(move || {
                let _ = reader.send(Event::Output(read_all(output)));
            });
            state.running = Some(Running { child, events });
        }
        // The reading thread always sends; a stop sends as well.
        let Ok(Event::Output(output)) = happened.recv() else {
            return Err(SubstitutionError::Stopped);
        };
        let status = self.finish()?;
        let output = output.map_err(SubstitutionError::Output)?;
        check(status)?;
        let text = String::from_utf8(output).map_err(|_| SubstitutionError::NotText)?;
        Ok(Secret::new(chomp(&text)))
    }
}

impl ShellSubstitution {
    /// The exit status of the command whose output has ended.
    fn finish(&self) -> Result<ExitStatus, SubstitutionError> {
        let mut state = lock(&self.state);
        let running = state.running.take().filter(|_| !state.stopped);
        let mut running = running.ok_or(SubstitutionError::Stopped)?;
        running.child.wait().map_err(SubstitutionError::Output)
    }
}

impl StopHandle {
    /// Asks the command at work to end and gives up waiting for it; none is started after that.
    pub fn stop(&self) {
        let mut state = lock(&self.state);
        state.stopped = true;
        if let Some(mut running) = state.running.take() {
            // While the child was not waited for, its number cannot belong to another process.
            if let Ok(None) = running.child.try_wait()
                && let Some(process) = Pid::from_raw(running.child.id().cast_signed())
            {
                let _ = kill_process(process, Signal::TERM);
            }
            let _ = running.events.send(Event::Stopped);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_all(output: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        output.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn check(status: ExitStatus) -> Result<(), SubstitutionError> {
    match status.code() {
        Some(0) => Ok(()),
        Some(NOT_FOUND) => Err(SubstitutionError::NotFound),
        Some(code) => Err(SubstitutionError::Failed(code)),
        None => Err(SubstitutionError::Killed),
    }
}

/// Takes one line end off, as Ruby's `chomp` does.
fn chomp(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .or_else(|| text.strip_suffix('\r'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests;
