//! Runs programs on this machine for real, and stops them when a signal asks for it.

use std::{
    collections::BTreeMap,
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

use crate::{Call, CommandRunner, Finished, ProgramError, limits::LONGEST_OUTPUT};

/// Runs each program in the project's folder. Standard input and standard error are dhow's own and the
/// program stays in dhow's process group, so that a password manager can ask and Ctrl-C reaches it. Each run
/// blocks its thread until the program ends or [`StopHandle::stop`] is called.
#[derive(Debug)]
pub struct LocalRunner {
    folder: PathBuf,
    variables: BTreeMap<String, Secret>,
    state: Arc<Mutex<State>>,
}

/// Stops the programs that are at work from another thread.
#[derive(Clone, Debug)]
pub struct StopHandle {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    events: Sender<Event>,
}

/// What ends the wait for a program.
#[derive(Debug)]
enum Event {
    Output(io::Result<Vec<u8>>),
    Stopped,
}

impl LocalRunner {
    /// Programs will run in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            variables: BTreeMap::new(),
            state: Arc::default(),
        }
    }

    /// Programs get these variables over those of dhow's own process.
    #[must_use]
    pub fn with_variables<'a>(
        mut self,
        variables: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let variables = variables.into_iter();
        self.variables
            .extend(variables.map(|(name, value)| (name.clone(), Secret::new(value.as_str()))));
        self
    }

    /// A handle for whoever receives the signals.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle {
            state: Arc::clone(&self.state),
        }
    }

    fn spawn(&self, call: &Call) -> Result<Child, ProgramError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where programs are asked for secrets; they end with the call or by the stop handle"
        )]
        let mut command = std::process::Command::new(call.program);
        for argument in &call.arguments {
            command.arg(argument.expose());
        }
        for (name, value) in &self.variables {
            command.env(name, value.expose());
        }
        for (name, value) in &call.environment {
            command.env(name, value.expose());
        }
        let errors = if call.silent {
            Stdio::null()
        } else {
            Stdio::inherit()
        };
        command
            .current_dir(&self.folder)
            .stdin(Stdio::inherit())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| self.explain(call.program, error))
    }

    /// The system says "not found" for a program as for the folder it is to run in.
    fn explain(&self, program: &'static str, error: io::Error) -> ProgramError {
        if error.kind() == io::ErrorKind::NotFound && self.folder.is_dir() {
            return ProgramError::Missing(program);
        }
        ProgramError::Start {
            program,
            source: error.into(),
        }
    }

    /// The exit status of a program whose output has ended.
    fn finish(&self, process: u32) -> Result<ExitStatus, ProgramError> {
        let mut child = {
            let mut state = lock(&self.state);
            let at = state
                .running
                .iter()
                .position(|running| running.child.id() == process);
            let Some(at) = at.filter(|_| !state.stopped) else {
                return Err(ProgramError::Stopped);
            };
            state.running.swap_remove(at).child
        };
        child
            .wait()
            .map_err(|error| ProgramError::Output(error.into()))
    }
}

impl CommandRunner for LocalRunner {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let (events, happened) = channel();
        let process = {
            // Held while the program starts, so that a stop finds either no program or this one.
            let mut state = lock(&self.state);
            if state.stopped {
                return Err(ProgramError::Stopped);
            }
            let mut child = self.spawn(call)?;
            let process = child.id();
            let output = child.stdout.take();
            let reader = events.clone();
            std::thread::spawn(move || {
                let _ = reader.send(Event::Output(read_all(output)));
            });
            state.running.push(Running { child, events });
            process
        };
        // The reading thread always sends; a stop sends as well.
        let Ok(Event::Output(output)) = happened.recv() else {
            return Err(ProgramError::Stopped);
        };
        let status = self.finish(process)?;
        let output = output.map_err(|error| ProgramError::Output(error.into()))?;
        if output.len() > LONGEST_OUTPUT {
            return Err(ProgramError::TooMuch);
        }
        Ok(Finished {
            code: status.code(),
            output: String::from_utf8(output).ok().map(Secret::new),
        })
    }
}

impl StopHandle {
    /// Asks the programs at work to end and gives up waiting for them; none is started after that.
    pub fn stop(&self) {
        let mut state = lock(&self.state);
        state.stopped = true;
        for mut running in state.running.drain(..) {
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
    if let Some(output) = output {
        // One byte more than allowed at most. What the program still prints then ends it.
        output
            .take(LONGEST_OUTPUT as u64 + 1)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
