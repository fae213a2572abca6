//! What is told of every service.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::names::{ServiceName, TargetAddress};
use crate::pause::GateState;
use crate::service::Service;
use crate::target::Target;

/// What `list` tells of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What it is called.
    pub service: ServiceName,
    /// Its hosts; none means any.
    pub hosts: Vec<String>,
    /// Its path prefixes.
    pub paths: Vec<String>,
    /// Its targets.
    pub targets: Vec<ListedTarget>,
    /// `running`, `paused` or `stopped`.
    pub state: String,
    /// Whether it is reached over TLS.
    pub tls: bool,
}

/// What `list` tells of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedTarget {
    /// `host:port`.
    pub address: TargetAddress,
    /// Whether it takes requests.
    pub healthy: bool,
}

pub(super) fn listed(service: &Service) -> Listed {
    let target = |target: &Arc<Target>| ListedTarget {
        address: target.address().clone(),
        healthy: target.is_healthy(),
    };
    let state = match service.gate.state() {
        GateState::Running => "running",
        GateState::Paused { .. } => "paused",
        GateState::Stopped { .. } => "stopped",
    };
    let hosts = service
        .options
        .hosts
        .iter()
        .map(|host| host.as_str().to_owned());
    Listed {
        service: service.name.clone(),
        hosts: hosts.filter(|host| !host.is_empty()).collect(),
        paths: service
            .options
            .path_prefixes
            .iter()
            .map(|path| path.as_str().to_owned())
            .collect(),
        targets: service.targets.all().iter().map(target).collect(),
        state: state.to_owned(),
        tls: service.options.tls_enabled,
    }
}
