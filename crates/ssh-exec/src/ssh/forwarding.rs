//! Ports of hosts that lead here, asked for over the connection that is there anyway.

use std::{num::NonZeroU16, time::Duration};

use dhow_names::Host;
use openssh::{ForwardType, Session, Socket};
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

impl SshTransport {
    pub(super) async fn open(&self, host: &Host, forward: &Forward) -> Result<(), ForwardError> {
        let failed = |reason| ForwardError {
            host: host.clone(),
            port: forward.port,
            reason,
        };
        let session = self.session(host);
        let session = session.ok_or_else(|| failed(ForwardFailure::NoConnection))?;
        let asking = request(&session, forward);
        match tokio::time::timeout(LIMIT, asking).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failed(self.reason(host, forward.port, &error).await)),
            Err(_) => Err(failed(ForwardFailure::TimedOut { after: LIMIT })),
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
        let Ok(Ok(report)) = tokio::time::timeout(LIMIT, looked).await else {
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

/// An error with its sources, on one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    let texts = std::iter::once(error.to_string()).chain(sources.map(ToString::to_string));
    texts.collect::<Vec<_>>().join(": ")
}

async fn request(session: &Session, forward: &Forward) -> Result<(), openssh::Error> {
    let (listen, connect) = ends(forward);
    session
        .request_port_forward(ForwardType::Remote, listen, connect)
        .await
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
