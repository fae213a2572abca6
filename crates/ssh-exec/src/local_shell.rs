//! The real scripts without ssh: a shell on this machine plays every host.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::Stdio,
    sync::{Mutex, PoisonError},
};

use dhow_names::Host;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio_util::sync::CancellationToken;

use crate::{
    ConnectError, Forward, ForwardError, ForwardFailure, LocalProgram, RunError, Script,
    ScriptEvent, ScriptReport, Transport,
    conversation::{Broken, Channel, converse},
    idle::{IdleShells, Shell},
    local::command,
    render::{Nonce, render},
};

/// A shell of this machine.
type StartedShell = Shell<Child, ChildStdin, ChildStdout, ChildStderr>;

/// Runs scripts with a shell of this machine, each host in its own folder. The text of the scripts and all
/// that is done with their output is the same as for real hosts, which makes it the way to test commands
/// with programs that only pretend, put in front on the `PATH`.
#[derive(Debug)]
pub struct LocalShell {
    shell: LocalProgram,
    home: PathBuf,
    random: Mutex<fastrand::Rng>,
    connected: Mutex<BTreeSet<Host>>,
    idle: IdleShells<Child, ChildStdin, ChildStdout, ChildStderr>,
}

impl LocalShell {
    /// Hosts whose home folders lie in `home`, and whose shell is `shell`: a program that reads commands from
    /// its standard input, such as `sh`.
    pub fn new(shell: LocalProgram, home: impl Into<PathBuf>, seed: u64) -> Self {
        Self {
            shell,
            home: home.into(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            connected: Mutex::default(),
            idle: IdleShells::default(),
        }
    }

    /// The home folder of a host. It exists once the host was connected to.
    pub fn home_of(&self, host: &Host) -> PathBuf {
        self.home.join(host.as_str())
    }

    fn connect_one(&self, host: &Host) -> Result<(), ConnectError> {
        let folder = self.home_of(host);
        std::fs::create_dir_all(&folder).map_err(|error| ConnectError {
            host: host.clone(),
            tried: folder.display().to_string(),
            reason: crate::ConnectFailure::Other,
            said: vec![error.to_string()],
        })?;
        let mut connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connected.insert(host.clone());
        Ok(())
    }

    fn is_connected(&self, host: &Host) -> bool {
        let connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connected.contains(host)
    }

    /// Lets a shell do a script, and keeps it for the next one.
    async fn converse(
        &self,
        host: &Host,
        shell: StartedShell,
        script: &Script,
        interrupt: &CancellationToken,
        watch: impl FnMut(ScriptEvent) + Send,
    ) -> Result<ScriptReport, RunError> {
        let Shell { process, channel } = shell;
        let nonce = self.nonce();
        let text = render(script, &nonce).into_bytes();
        let result = converse(channel, text, &nonce, None, interrupt, watch).await;
        let (report, channel) = result.map_err(|broken| broken.on(host, true))?;
        if let Some(channel) = channel {
            self.idle.keep(host, Shell { process, channel });
        }
        Ok(report)
    }

    fn start(&self, host: &Host) -> Result<StartedShell, RunError> {
        let not_run = |error: &dyn std::fmt::Display| RunError::NotRun {
            host: host.clone(),
            said: vec![error.to_string()],
        };
        let shell = self.shell.clone().in_folder(self.home_of(host));
        let mut process = command(&shell)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| not_run(&error))?;
        let streams = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(not_run(&"its streams are missing"));
        };
        let channel = Channel {
            stdin,
            stdout,
            stderr,
        };
        Ok(Shell { process, channel })
    }

    fn nonce(&self) -> Nonce {
        Nonce::new(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for LocalShell {
    async fn connect(&self, hosts: &[Host]) -> Vec<(Host, Result<(), ConnectError>)> {
        let connect = |host: &Host| (host.clone(), self.connect_one(host));
        hosts.iter().map(connect).collect()
    }

    async fn run(
        &self,
        host: &Host,
        script: &Script,
        interrupt: CancellationToken,
        mut watch: impl FnMut(ScriptEvent) + Send,
    ) -> Result<ScriptReport, RunError> {
        if !self.is_connected(host) {
            return Err(RunError::NotConnected { host: host.clone() });
        }
        if interrupt.is_cancelled() {
            return Ok(ScriptReport::not_begun());
        }
        if let Some(shell) = self.idle.take(host) {
            match self
                .converse(host, shell, script, &interrupt, &mut watch)
                .await
            {
                // It ended in the moment it was spoken to, and has run nothing.
                Err(RunError::NotRun { .. }) => {}
                result => return result,
            }
        }
        let shell = self.start(host)?;
        self.converse(host, shell, script, &interrupt, &mut watch)
            .await
    }

    async fn forward(&self, host: &Host, forward: &Forward) -> Result<(), ForwardError> {
        let reason = "a shell of this machine forwards nothing".to_owned();
        Err(ForwardError {
            host: host.clone(),
            port: forward.port,
            reason: ForwardFailure::Other(reason),
        })
    }

    async fn end_forward(&self, _: &Host, _: &Forward) {}

    async fn close(&self) {
        self.idle.clear();
    }
}

impl Broken {
    /// The error this is on `host`, where `ended` says whether the shell is known to have ended on its own.
    pub(crate) fn on(self, host: &Host, ended: bool) -> RunError {
        let host = host.clone();
        match self {
            Self::Ended {
                begun: false, said, ..
            } if ended => RunError::NotRun { host, said },
            Self::Ended { step, .. } if ended => RunError::ShellEnded { host, step },
            Self::Ended { step, .. } => RunError::ConnectionLost { host, step },
            Self::Silent { step, after } => RunError::Silent { host, step, after },
            Self::OutOfOrder { step } => RunError::OutOfOrder { host, step },
        }
    }
}
