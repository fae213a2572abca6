//! Another machine that builds, reached over a connection of dhow's own (`builder.remote: ssh://…`).

use dhow_names::Host;
use dhow_ssh_exec::{SshTransport, Transport as _};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
    session::{interrupted_early, ssh_transport},
};

/// A machine that builds, with an open connection to it.
#[derive(Debug)]
pub(crate) struct BuildHost {
    pub(crate) transport: SshTransport,
    pub(crate) host: Host,
}

impl BuildHost {
    /// Connects, with the deploy file's keys and jump host. The user and the port are the URL's, as Docker takes
    /// them.
    pub(crate) async fn connect(
        invocation: &Invocation,
        project: &Project,
        basis: &Basis,
        url: &str,
    ) -> Result<Self, Failure> {
        let host = host_of(url)?;
        let transport = ssh_transport(invocation, project, basis, |settings| {
            settings.user = None;
            settings.port = None;
        })?;
        let hosts = std::slice::from_ref(&host);
        let connected = tokio::select! {
            connected = transport.connect(hosts) => connected,
            () = invocation.interrupt.cancelled() => return Err(interrupted_early()),
        };
        for (_, result) in connected {
            result.map_err(|error| Failure::unreachable(&[error]))?;
        }
        Ok(Self { transport, host })
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        self.transport.close().await;
    }
}

/// The machine of `ssh://USER@HOST:PORT`.
fn host_of(url: &str) -> Result<Host, Failure> {
    let place = url.strip_prefix("ssh://").unwrap_or(url);
    let place = place.split('/').next().unwrap_or_default();
    let host = place.parse::<Host>();
    host.map_err(|error| Failure::of(Kind::Project, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_found_in_the_url() {
        let found = |url| host_of(url).unwrap().to_string();
        assert_eq!(found("ssh://app@builder:2222"), "app@builder:2222");
        assert_eq!(found("ssh://builder"), "builder");
        assert_eq!(
            found("ssh://app@builder/var/run/docker.sock"),
            "app@builder"
        );
        assert!(host_of("ssh://").is_err());
    }
}
