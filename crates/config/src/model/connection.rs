//! How hosts are reached.

use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use serde::Serialize;

use super::Credential;

/// `ssh` (config §10). What is unset is left to the user's own SSH configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ssh {
    /// Login user. Kamal logs in as `root` when nothing is said; so do we (config §10).
    pub user: Option<String>,
    /// Port.
    pub port: Option<NonZeroU16>,
    /// Jump host in the form `user@host`.
    pub proxy: Option<String>,
    /// `ProxyCommand`.
    pub proxy_command: Option<String>,
    /// Identity files.
    pub keys: Vec<PathBuf>,
    /// Private keys: the secrets that hold them, or the keys themselves.
    pub key_data: Vec<Credential>,
    /// Whether only `keys` are tried.
    pub keys_only: bool,
    /// Which configuration files `ssh` reads.
    pub config: SshConfigFiles,
    /// Whether the agent is forwarded.
    pub forward_agent: Option<bool>,
}

/// `ssh.config`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum SshConfigFiles {
    /// The user's own and the system's.
    #[default]
    Default,
    /// None at all.
    None,
    /// These instead.
    Files(Vec<PathBuf>),
}

/// `sshkit` (config §10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sshkit {
    /// Handshakes under way at a time, 30 by default.
    pub max_concurrent_starts: u32,
    /// How long an idle connection is kept, 900 s by default.
    pub pool_idle_timeout: Duration,
    /// How often a failed name look-up is tried again, 3 by default.
    pub dns_retries: u32,
}
