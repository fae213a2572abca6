//! The one way to reach hosts, whichever transport carries it.

use std::{future::Future, time::Duration};

use dhow_names::Host;
use tokio_util::sync::CancellationToken;

use crate::{Forward, ForwardError, Script, ScriptEvent, ScriptReport, StepNumber};

/// Runs scripts on hosts.
pub trait Transport: Send + Sync {
    /// Opens a connection to each host that has none yet, all at the same time, and says for every one of
    /// them how that went, in the given order.
    fn connect(
        &self,
        hosts: &[Host],
    ) -> impl Future<Output = Vec<(Host, Result<(), ConnectError>)>> + Send;

    /// Runs a script on a connected host.
    ///
    /// When `interrupt` is cancelled, the running step is ended or awaited, as it asks for, the rescue of its
    /// block runs, and the report says [`Interrupted`](crate::Ending::Interrupted). Dropping the future does
    /// the same on the host, without anybody to report to.
    fn run(
        &self,
        host: &Host,
        script: &Script,
        interrupt: CancellationToken,
        watch: impl FnMut(ScriptEvent) + Send,
    ) -> impl Future<Output = Result<ScriptReport, RunError>> + Send;

    /// Lets a port of a connected host lead to this machine, until [`end_forward`](Self::end_forward) or the
    /// connection closes it. Returns when it does, or within a time limit.
    fn forward(
        &self,
        host: &Host,
        forward: &Forward,
    ) -> impl Future<Output = Result<(), ForwardError>> + Send;

    /// Ends what [`forward`](Self::forward) has begun.
    fn end_forward(&self, host: &Host, forward: &Forward) -> impl Future<Output = ()> + Send;

    /// Closes all connections.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A host could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot connect to {host} (tried {tried}): {reason}{}", last_lines(.said))]
pub struct ConnectError {
    /// The host as the deploy file names it.
    pub host: Host,
    /// What was tried: `user@address:port`, as far as it is known here.
    pub tried: String,
    /// Why it failed.
    pub reason: ConnectFailure,
    /// The last lines `ssh` said.
    pub said: Vec<String>,
}

/// Why a host could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// Nothing listens on the port.
    #[error("connection refused")]
    Refused,
    /// The server ended the connection before it learned who asks, as sshd does with some when too many connect at
    /// once (`MaxStartups`).
    #[error("the server turned the connection away before it began")]
    TurnedAway,
    /// No answer within the time limit.
    #[error("no answer within {} s", .after.as_secs_f32())]
    TimedOut {
        /// The time limit.
        after: Duration,
    },
    /// The name has no address.
    #[error("its name was not found")]
    NameNotFound,
    /// The server accepts none of the keys.
    #[error("permission denied")]
    PermissionDenied,
    /// The host shows another key than the one that is known.
    #[error("its host key has changed")]
    HostKeyChanged,
    /// The host is not among the known ones, and unknown ones are refused.
    #[error("its host key is not known")]
    HostKeyUnknown,
    /// There is no `ssh` on this machine, or it could not be started.
    #[error("`ssh` could not be started on this machine")]
    NoSsh,
    /// Anything else; what `ssh` said tells more.
    #[error("ssh failed")]
    Other,
}

impl ConnectFailure {
    /// Whether it may pass by itself. Else a person has to change something first, and whoever knocks again and again
    /// may be locked out for it.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused
            | Self::TurnedAway
            | Self::TimedOut { .. }
            | Self::NameNotFound
            | Self::Other => true,
            Self::PermissionDenied | Self::HostKeyChanged | Self::HostKeyUnknown | Self::NoSsh => {
                false
            }
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused => {
                "is the address right, and does sshd listen on that port? Set `ssh.port` when it is not 22"
            }
            Self::TurnedAway => {
                "does sshd take as many at once (`MaxStartups`), or does something in between end connections? \
                 `sshkit.max_concurrent_starts` makes dhow open fewer at a time"
            }
            Self::TimedOut { .. } => {
                "is the host up, and does a firewall let this machine through? `ssh.proxy` names a jump host"
            }
            Self::NameNotFound => {
                "check the spelling of the host and the name server of this machine"
            }
            Self::PermissionDenied => {
                "no password is ever asked for: add your key to the agent with `ssh-add`, or name it in \
                 `ssh.keys`, and see that `ssh.user` is right"
            }
            Self::HostKeyChanged => {
                "when the host was installed anew, forget its old key with `ssh-keygen -R` and its name; \
                 otherwise somebody may be listening in between"
            }
            Self::HostKeyUnknown => {
                "connect once with `ssh` by hand and check the fingerprint it shows"
            }
            Self::NoSsh => "install the OpenSSH client (Debian: openssh-client)",
            Self::Other => "try the same with `ssh -v`",
        }
    }
}

/// A script did not come to its own end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// [`Transport::connect`] was not called for this host, or failed.
    #[error("there is no connection to {host}")]
    NotConnected {
        /// The host.
        host: Host,
    },
    /// The connection went away; the host interrupts the script on its own.
    #[error("the connection to {host} was lost {}", during(.step.as_ref()))]
    ConnectionLost {
        /// The host.
        host: Host,
        /// The step that was running, when one was.
        step: Option<StepNumber>,
    },
    /// The host printed nothing for too long; the script was interrupted.
    #[error("{host} was silent for {} s {}", .after.as_secs_f32(), during(.step.as_ref()))]
    Silent {
        /// The host.
        host: Host,
        /// The step that was running, when one was.
        step: Option<StepNumber>,
        /// The time limit.
        after: Duration,
    },
    /// The host did not run the script: there is no `sh`, or the login is closed.
    #[error("{host} did not run the script{}", last_lines(.said))]
    NotRun {
        /// The host.
        host: Host,
        /// The last lines it printed instead.
        said: Vec<String>,
    },
    /// The shell that ran the script was ended by something on the host.
    #[error("the shell on {host} was ended {}", during(.step.as_ref()))]
    ShellEnded {
        /// The host.
        host: Host,
        /// The step that was running, when one was.
        step: Option<StepNumber>,
    },
    /// What came back contradicts itself.
    #[error("{host} answered out of order {}", during(.step.as_ref()))]
    OutOfOrder {
        /// The host.
        host: Host,
        /// The step that was running, when one was.
        step: Option<StepNumber>,
    },
}

impl RunError {
    /// The host it happened on.
    pub fn host(&self) -> &Host {
        match self {
            Self::NotConnected { host }
            | Self::ConnectionLost { host, .. }
            | Self::Silent { host, .. }
            | Self::NotRun { host, .. }
            | Self::ShellEnded { host, .. }
            | Self::OutOfOrder { host, .. } => host,
        }
    }
}

fn last_lines(lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!(": {}", lines.join("; "))
    }
}

fn during(step: Option<&StepNumber>) -> String {
    step.map_or_else(
        || "between steps".to_owned(),
        |step| format!("during step {step}"),
    )
}
