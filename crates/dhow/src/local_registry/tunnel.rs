//! The way from another machine that builds to the registry here (flows §6.3).

use dhow_names::Host;
use dhow_ssh_exec::{Forward, LocalEnd, SshTransport, Transport as _};

use super::LocalRegistry;
use crate::{
    failure::{Failure, Kind},
    project::Basis,
    session::{interrupted_early, ssh_transport},
};

/// A port of the machine that builds, which leads to the same port here.
#[derive(Debug)]
pub(super) struct Tunnel {
    transport: SshTransport,
    host: Host,
    forward: Forward,
}

impl Tunnel {
    /// Opens it over a connection of its own, with the deploy file's keys and jump host. The user and the port
    /// are the URL's, as Docker takes them.
    pub(super) async fn open(
        registry: &LocalRegistry<'_>,
        basis: &Basis,
        url: &str,
    ) -> Result<Self, Failure> {
        let LocalRegistry {
            invocation,
            project,
            port,
            ..
        } = *registry;
        let host = host_of(url)?;
        let transport = ssh_transport(invocation, project, basis, |settings| {
            settings.user = None;
            settings.port = None;
        })?;
        let tunnel = Self {
            transport,
            host,
            forward: Forward {
                port,
                to: LocalEnd::Port(port),
            },
        };
        tokio::select! {
            opened = tunnel.connect() => opened?,
            () = invocation.interrupt.cancelled() => return Err(interrupted_early()),
        }
        Ok(tunnel)
    }

    async fn connect(&self) -> Result<(), Failure> {
        let Self {
            transport,
            host,
            forward,
        } = self;
        for (_, connected) in transport.connect(std::slice::from_ref(host)).await {
            connected.map_err(|error| Failure::unreachable(&[error]))?;
        }
        transport.forward(host, forward).await.map_err(|error| {
            let hint = error.reason.hint();
            Failure::of(Kind::Host, &error).maybe_hint(hint)
        })
    }

    pub(super) async fn close(self) {
        self.transport.end_forward(&self.host, &self.forward).await;
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
