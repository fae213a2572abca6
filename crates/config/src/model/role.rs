//! Roles: what runs on which hosts.

use std::time::Duration;

use dhow_names::{Host, HostTag, RoleName};
use serde::Serialize;

use super::{HostEnv, Logging, Options, Pair, Proxy};

/// One role with everything it inherits from the root merged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// The key below `servers`, or `web` for a flat list.
    pub name: RoleName,
    /// The hosts in the order of the file, each once.
    pub hosts: Vec<RoleHost>,
    /// The command behind the image, raw shell text.
    pub cmd: Option<String>,
    /// The proxy settings, when the role runs behind the proxy (config §4.3).
    pub proxy: Option<Proxy>,
    /// Root labels, then the role's own, later wins; without the reserved three.
    pub labels: Vec<Pair>,
    /// `docker run` flags without `restart`.
    pub options: Options,
    /// `options.restart`, default `unless-stopped`.
    pub restart: String,
    /// Log driver and options, role over root.
    pub logging: Logging,
    /// Files that are kept across versions; only behind the proxy.
    pub assets: Option<AssetPath>,
    /// `-t` for `docker stop`: role, else root, else for roles without proxy the drain timeout; `None` leaves
    /// Docker's own (host-commands §4).
    pub stop_timeout: Option<Duration>,
}

/// `asset_path` (config §4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssetPath {
    /// The folder in the image.
    pub path: String,
    /// Mount options, such as `ro`.
    pub options: Option<String>,
}

/// A host of a role, with the environment its containers get there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleHost {
    /// The host.
    pub host: Host,
    /// Its tags, in the order written.
    pub tags: Vec<HostTag>,
    /// Root, then role, then each tag: merged (config §5.3).
    pub env: HostEnv,
}
