//! Real hosts: one master connection of the system's `ssh` for each, and on it a shell that does one script after the
//! other.

mod arguments;
mod failure;
mod forwarding;
mod interactive;
mod master;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use dhow_names::Host;
use dhow_redaction::Secret;
use futures_util::future::join_all;
use openssh::{Child, ChildStderr, ChildStdout, Session, Stdio};
use tempfile::TempDir;
use tokio::{net::unix::pipe, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{
    ConfigFiles, ConnectError, ConnectFailure, Forward, ForwardError, RunError, Script,
    ScriptEvent, ScriptReport, SshSettings, Transport,
    conversation::{Broken, Channel, converse},
    idle::{IdleShells, Shell},
    render::{Nonce, REQUEST, render},
};

pub use interactive::SecretInArguments;

/// The longest of the delays that keep connections from starting in the same instant.
const JITTER: Duration = Duration::from_millis(100);

/// So many connections may start in the same instant; sshd turns some away from the tenth on.
const AT_ONCE: usize = 8;

/// How long a few hosts are tried again that turn connections away: it is not our number that they mind. Of many it may
/// be, and each is tried for as long as opening a connection may take.
const TURNED_AWAY: Duration = Duration::from_secs(5);

/// How long the host's word on how its shell ended is waited for, once its streams have ended.
const LAST_WORD: Duration = Duration::from_secs(5);

/// A shell on a host.
type RemoteShell = Shell<Child<Arc<Session>>, pipe::Sender, ChildStdout, ChildStderr>;

/// Runs scripts on hosts over ssh (host-commands §1.2).
///
/// The system's `ssh` opens the connections, so the user's configuration, agent, jump hosts and known hosts
/// apply. It never asks for a password or anything else.
#[derive(Debug)]
pub struct SshTransport {
    settings: SshSettings,
    starts: Semaphore,
    /// They hold on to their sessions, so they go first.
    idle: IdleShells<Child<Arc<Session>>, pipe::Sender, ChildStdout, ChildStderr>,
    /// Dropping one ends its master, for which its socket must still be there: this stands before `folder`.
    sessions: Mutex<BTreeMap<Host, Arc<Session>>>,
    /// Holds the control sockets; only this user may enter. It goes when the transport goes.
    folder: TempDir,
    random: Mutex<fastrand::Rng>,
}

/// The folder for the control sockets could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a folder for ssh's control sockets in {}", .folder.display())]
pub struct ControlFolderError {
    /// Where it was to be made.
    pub folder: PathBuf,
    source: io::Error,
}

impl SshTransport {
    /// A transport without connections yet.
    pub fn new(mut settings: SshSettings) -> Result<Self, ControlFolderError> {
        let control_folder = settings.control_folder.clone();
        let failed = |source| ControlFolderError {
            folder: control_folder.clone(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix("dhow-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(&settings.control_folder)
            .map_err(failed)?;
        if let ConfigFiles::Files(files) = &settings.config
            && let Some(text) = arguments::combined_config(files)
        {
            std::fs::write(folder.path().join(arguments::COMBINED_CONFIG), text).map_err(failed)?;
        }
        for (position, key) in settings.key_data.iter().enumerate() {
            let file = folder.path().join(format!("key-{position}"));
            write_key(&file, key).map_err(failed)?;
            settings.keys.push(file);
        }
        Ok(Self {
            starts: Semaphore::new(settings.max_concurrent_starts.get()),
            idle: IdleShells::default(),
            sessions: Mutex::default(),
            random: Mutex::new(fastrand::Rng::with_seed(settings.seed)),
            folder,
            settings,
        })
    }

    /// The folder that holds the control sockets and the keys while this lives.
    pub fn control_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether there is a connection to a host, as far as is known: one that broke is there until it is used.
    pub fn is_connected(&self, host: &Host) -> bool {
        self.sessions().contains_key(host)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<Host, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self) -> MutexGuard<'_, fastrand::Rng> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, host: &Host) -> Option<Arc<Session>> {
        self.sessions().get(host).cloned()
    }

    /// Lets a shell do a script, and keeps it for the next one.
    async fn converse<Watch: FnMut(ScriptEvent) + Send>(
        &self,
        shell: RemoteShell,
        text: Vec<u8>,
        conversation: &mut Conversation<'_, Watch>,
    ) -> Result<ScriptReport, RunError> {
        let Shell { process, channel } = shell;
        let Conversation {
            host,
            nonce,
            interrupt,
            watch,
        } = conversation;
        let limit = self.settings.silence_limit;
        let broken = match converse(channel, text, nonce, limit, interrupt, watch).await {
            Ok((report, channel)) => {
                if let Some(channel) = channel {
                    self.idle.keep(host, Shell { process, channel });
                }
                return Ok(report);
            }
            Err(broken) => broken,
        };
        let ended = matches!(broken, Broken::Ended { .. })
            && match tokio::time::timeout(LAST_WORD, process.wait()).await {
                // 127, which the crate takes for a command that was not found.
                Ok(Ok(_) | Err(openssh::Error::Remote(_))) => true,
                Ok(Err(_)) | Err(_) => false,
            };
        let error = broken.on(host, ended);
        if matches!(error, RunError::ConnectionLost { .. }) {
            self.lost(host);
        }
        Err(error)
    }

    /// Forgets a connection that is gone.
    fn lost(&self, host: &Host) -> RunError {
        self.idle.forget(host);
        self.sessions().remove(host);
        RunError::ConnectionLost {
            host: host.clone(),
            step: None,
        }
    }

    fn jitter(&self) -> Duration {
        JITTER.mul_f64(self.random().f64())
    }

    /// Opens one host's connection when its turn has come, unless it is open. What only the moment was to blame for
    /// is tried again: a name that is not found as often as the settings say, one that turns us away for `patience`.
    async fn connect_one(
        &self,
        host: &Host,
        delay: Duration,
        patience: Duration,
    ) -> Result<(), ConnectError> {
        if self.session(host).is_some() {
            return Ok(());
        }
        tokio::time::sleep(delay).await;
        let (mut attempt, mut spent) = (0, Duration::ZERO);
        loop {
            let turn = self.starts.acquire().await;
            // Waiting for one's turn is nobody's fault, and may take long where hosts are many.
            let began = Instant::now();
            let error = match master::launch(&self.settings, self.folder.path(), host).await {
                Ok(session) => {
                    self.sessions().insert(host.clone(), Arc::new(session));
                    return Ok(());
                }
                Err(error) => error,
            };
            // Whoever waits lets others try.
            drop(turn);
            attempt += 1;
            let pause = match error.reason {
                ConnectFailure::NameNotFound if attempt <= self.settings.dns_retries => {
                    retry_delay(attempt) + self.jitter()
                }
                ConnectFailure::TurnedAway if spent < patience => {
                    retry_delay(attempt) + self.jitter() * attempt
                }
                _ => return Err(error),
            };
            spent += began.elapsed() + pause;
            tokio::time::sleep(pause).await;
        }
    }
}

/// What a script is done with, whichever shell does it.
struct Conversation<'a, Watch> {
    host: &'a Host,
    nonce: &'a Nonce,
    interrupt: &'a CancellationToken,
    watch: Watch,
}

/// Asks for a shell that reads `text`, and says what of it is still to be sent. As much as a pipe holds is written
/// before: it travels right behind the request, which saves a round trip. None when the connection is gone.
async fn start(session: Arc<Session>, mut text: Vec<u8>) -> Option<(RemoteShell, Vec<u8>)> {
    let (stdin, far_end) = pipe::pipe().ok()?;
    let written = stdin.try_write(&text).unwrap_or(0);
    let mut process = session
        .arc_raw_command(REQUEST)
        .stdin(far_end.into_blocking_fd().ok()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .await
        .ok()?;
    let (stdout, stderr) = (process.stdout().take()?, process.stderr().take()?);
    let channel = Channel {
        stdin,
        stdout,
        stderr,
    };
    Some((Shell { process, channel }, text.split_off(written)))
}

/// How long the `attempt`-th try waits (config §10, of names that were not found): 0.1 s, doubled each time, at most 2 s.
fn retry_delay(attempt: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    Duration::from_millis(100)
        .saturating_mul(doubled)
        .min(Duration::from_secs(2))
}

impl Transport for SshTransport {
    async fn connect(&self, hosts: &[Host]) -> Vec<(Host, Result<(), ConnectError>)> {
        let limit = self.settings.connect_timeout;
        let patience = if hosts.len() > AT_ONCE {
            limit
        } else {
            limit.min(TURNED_AWAY)
        };
        let connect = hosts.iter().enumerate().map(|(at, host)| {
            let delay = if at < AT_ONCE {
                Duration::ZERO
            } else {
                self.jitter()
            };
            async move { (host.clone(), self.connect_one(host, delay, patience).await) }
        });
        join_all(connect).await
    }

    async fn run(
        &self,
        host: &Host,
        script: &Script,
        interrupt: CancellationToken,
        watch: impl FnMut(ScriptEvent) + Send,
    ) -> Result<ScriptReport, RunError> {
        let session = self
            .session(host)
            .ok_or_else(|| RunError::NotConnected { host: host.clone() })?;
        if interrupt.is_cancelled() {
            return Ok(ScriptReport::not_begun());
        }
        let nonce = Nonce::new(&mut self.random());
        let text = render(script, &nonce).into_bytes();
        let mut conversation = Conversation {
            host,
            nonce: &nonce,
            interrupt: &interrupt,
            watch,
        };
        if let Some(shell) = self.idle.take(host) {
            match self.converse(shell, text.clone(), &mut conversation).await {
                // It ended in the moment it was spoken to, and has run nothing.
                Err(RunError::NotRun { .. }) => {}
                result => return result,
            }
        }
        let Some((shell, rest)) = start(session, text).await else {
            return Err(self.lost(host));
        };
        self.converse(shell, rest, &mut conversation).await
    }

    async fn forward(&self, host: &Host, forward: &Forward) -> Result<(), ForwardError> {
        self.open(host, forward).await
    }

    async fn end_forward(&self, host: &Host, forward: &Forward) {
        self.shut(host, forward).await;
    }

    async fn close(&self) {
        self.idle.clear();
        let sessions = std::mem::take(&mut *self.sessions());
        for session in sessions.into_values() {
            // Somebody who still runs a script on it closes it by dropping it.
            if let Some(session) = Arc::into_inner(session) {
                // One that is gone already is closed.
                let _ = session.close().await;
            }
        }
    }
}

/// Writes a private key so that `ssh` takes it: nobody else may read it, and its last line must end.
fn write_key(file: &Path, key: &Secret) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(key.expose().trim_end().as_bytes())?;
    file.write_all(b"\n")
}
