//! The way from another machine that builds to the registry here (flows §6.3).

use dhow_ssh_exec::{Forward, LocalEnd, Transport as _};

use super::LocalRegistry;
use crate::{
    build_host::BuildHost,
    failure::{Failure, Kind},
    project::Basis,
    session::interrupted_early,
};

/// A port of the machine that builds, which leads to the same port here.
#[derive(Debug)]
pub(super) struct Tunnel {
    end: BuildHost,
    forward: Forward,
}

impl Tunnel {
    /// Opens it over a connection of its own.
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
        let tunnel = Self {
            end: BuildHost::connect(invocation, project, basis, url).await?,
            forward: Forward {
                port,
                to: LocalEnd::Port(port),
            },
        };
        tokio::select! {
            opened = tunnel.forward() => opened?,
            () = invocation.interrupt.cancelled() => return Err(interrupted_early()),
        }
        Ok(tunnel)
    }

    async fn forward(&self) -> Result<(), Failure> {
        let BuildHost { transport, host } = &self.end;
        let forwarded = transport.forward(host, &self.forward).await;
        forwarded.map_err(|error| {
            let hint = error.reason.hint();
            Failure::of(Kind::Host, &error).maybe_hint(hint)
        })
    }

    pub(super) async fn close(self) {
        let BuildHost { transport, host } = &self.end;
        transport.end_forward(host, &self.forward).await;
        self.end.close().await;
    }
}
