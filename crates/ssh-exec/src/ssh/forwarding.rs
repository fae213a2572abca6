//! Ports of hosts that lead here, asked for over the connection that is there anyway.

use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use dhow_names::Host;
use openssh::{ForwardType, Socket};
use tokio_util::sync::CancellationToken;

use super::SshTransport;
use crate::{
    Forward, ForwardError, ForwardFailure, LocalEnd, Script, Step, Transport,
    forward::{LOOPBACK, is_taken, look_for_listeners, look_for_program, program_in},
};

/// How long a host may take to open a port (flows §6.3).
const LIMIT: Duration = Duration::from_secs(30);

/// How the crate that speaks to the master says that the host refused.
const REFUSED: &str = "refused the request";

/// How long it takes until a port is asked for again that may become free.
const PAUSE: Duration = Duration::from_millis(500);

impl SshTransport {
    /// A port that another deploy may have is asked for again until the time is over.
    pub(super) async fn open(&self, host: &Host, forward: &Forward) -> Result<(), ForwardError> {
        let mut reason = ForwardFailure::TimedOut { after: LIMIT };
        let trying = async {
            let mut was_forbidden = false;
            loop {
                match self.try_to_open(host, forward).await {
                    Err(error) if error.may_pass() => {
                        reason = error;
                        tokio::time::sleep(PAUSE).await;
                    }
                    // Once may mean that the port became free while we looked for who had it.
                    Err(ForwardFailure::Forbidden) if !was_forbidden => was_forbidden = true,
                    result => return result,
                }
            }
        };
        let tried = tokio::time::timeout(LIMIT, trying).await;
        tried.unwrap_or(Err(reason)).map_err(|reason| ForwardError {
            host: host.clone(),
            port: forward.port,
            reason,
        })
    }

    async fn try_to_open(&self, host: &Host, forward: &Forward) -> Result<(), ForwardFailure> {
        let session = self.session(host).ok_or(ForwardFailure::NoConnection)?;
        let (listen, connect) = ends(forward);
        let asked = session.request_port_forward(ForwardType::Remote, listen, connect);
        match asked.await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.reason(host, forward.port, &error).await),
        }
    }

    /// Whether or not it is open still, it is closed afterwards.
    pub(super) async fn shut(&self, host: &Host, forward: &Forward) {
        let Some(session) = self.session(host) else {
            return;
        };
        let (listen, connect) = ends(forward);
        let closing = session.close_port_forward(ForwardType::Remote, listen, connect);
        // One that cannot be closed goes with the connection.
        let _ = tokio::time::timeout(LIMIT, closing).await;
    }

    /// sshd refuses without a reason, so the host is looked at: either something listens there, or sshd will not.
    async fn reason(
        &self,
        host: &Host,
        port: NonZeroU16,
        error: &openssh::Error,
    ) -> ForwardFailure {
        let said = in_full(error);
        if !said.contains(REFUSED) {
            return ForwardFailure::Other(said);
        }
        let look = |text: String| Step::new(dhow_shell::CommandLine::raw(text)).allowed_to_fail();
        let script = Script::new([look(look_for_listeners(port)), look(look_for_program(port))]);
        let looked = self.run(host, &script, CancellationToken::new(), |_| ());
        let Ok(report) = looked.await else {
            return ForwardFailure::Other(said);
        };
        let printed = |at: usize| report.steps.get(at).map_or("", |step| &*step.stdout);
        if is_taken(printed(0), port) {
            let by = program_in(printed(1));
            ForwardFailure::Taken { by }
        } else {
            ForwardFailure::Forbidden
        }
    }
}

impl SshTransport {
    /// A socket on this machine that leads to a port as `host` reaches it, until the connection to it is closed. Only
    /// this user may enter the socket's folder.
    pub async fn reach_through(
        &self,
        host: &Host,
        to: &str,
        port: NonZeroU16,
    ) -> Result<PathBuf, ForwardError> {
        let path = self.control_folder().join(socket_name(to, port));
        if path.exists() {
            return Ok(path);
        }
        let ask = async {
            let session = self.session(host).ok_or(ForwardFailure::NoConnection)?;
            let there = Socket::new(to.to_owned(), port.get());
            let here = Socket::from(path.as_path());
            let asked = session.request_port_forward(ForwardType::Local, here, there);
            asked
                .await
                .map_err(|error| ForwardFailure::Other(in_full(&error)))
        };
        let asked = tokio::time::timeout(LIMIT, ask).await;
        let failed = |reason| ForwardError {
            host: host.clone(),
            port,
            reason,
        };
        match asked {
            Ok(Ok(())) => Ok(path),
            Ok(Err(reason)) => Err(failed(reason)),
            Err(_) => Err(failed(ForwardFailure::TimedOut { after: LIMIT })),
        }
    }
}

/// Short, because the path of a socket is, and safe as the name of a file.
fn socket_name(to: &str, port: NonZeroU16) -> String {
    let fits = |character: &char| character.is_ascii_alphanumeric() || "-.".contains(*character);
    let name: String = to.chars().filter(fits).take(40).collect();
    format!("to-{name}-{port}")
}

/// An error with its sources, on one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    let texts = std::iter::once(error.to_string()).chain(sources.map(ToString::to_string));
    texts.collect::<Vec<_>>().join(": ")
}

/// Where the host listens, and where that leads.
fn ends(forward: &Forward) -> (Socket<'_>, Socket<'_>) {
    let port = |port: NonZeroU16| Socket::new(LOOPBACK.to_string(), port.get());
    let to = match &forward.to {
        LocalEnd::Socket(path) => Socket::from(path.as_path()),
        LocalEnd::Port(number) => port(*number),
    };
    (port(forward.port), to)
}
