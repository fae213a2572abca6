//! How hosts are reached: what the deploy file says about ssh, and where this program keeps its sockets.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use dhow_redaction::Secret;

/// Everything a [`SshTransport`](crate::SshTransport) needs to know (config §10). What is `None` or empty is
/// left to the user's own ssh configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshSettings {
    /// The user to log in as, where the host names none.
    pub user: Option<String>,
    /// The port, where the host names none.
    pub port: Option<u16>,
    /// How the host is reached when not directly.
    pub proxy: Option<Proxy>,
    /// Files of private keys.
    pub keys: Vec<PathBuf>,
    /// Private keys themselves; they lie in the private folder, readable by this user only, while the
    /// transport lives.
    pub key_data: Vec<Secret>,
    /// Whether only those keys are offered, and not all of the agent's.
    pub keys_only: bool,
    /// Which ssh configuration applies.
    pub config: ConfigFiles,
    /// Whether the agent can be used from the hosts; `None` leaves it to the configuration.
    pub forward_agent: Option<bool>,
    /// What happens with a host key that is not known yet. A changed one is always refused.
    pub unknown_hosts: UnknownHosts,
    /// The file of known host keys, when it is not the user's own.
    pub known_hosts_file: Option<PathBuf>,
    /// How many connections are opened at the same time.
    pub max_concurrent_starts: NonZeroUsize,
    /// How often a name that is not found is looked up again.
    pub dns_retries: u32,
    /// How long opening one connection may take.
    pub connect_timeout: Duration,
    /// How long a host may print nothing while a script runs. A pull may be silent for minutes, and a lost
    /// connection is noticed without this.
    pub silence_limit: Option<Duration>,
    /// The existing folder in which a private one for the control sockets is made. Its path must be short: a
    /// socket's path has at most 107 bytes. `$XDG_RUNTIME_DIR` or the folder for temporary files serve well.
    pub control_folder: PathBuf,
    /// The seed of the small delays that keep many connections from starting in the same instant, and of the
    /// marks that tell the steps of a script apart.
    pub seed: u64,
}

impl SshSettings {
    /// Kamal's defaults (host-commands §1.2), except that user and port are left to the ssh configuration.
    pub fn new(control_folder: impl Into<PathBuf>, seed: u64) -> Self {
        Self {
            user: None,
            port: None,
            proxy: None,
            keys: Vec::new(),
            key_data: Vec::new(),
            keys_only: false,
            config: ConfigFiles::Default,
            forward_agent: None,
            unknown_hosts: UnknownHosts::Add,
            known_hosts_file: None,
            max_concurrent_starts: const { NonZeroUsize::new(30).expect("30 is not zero") },
            dns_retries: 3,
            connect_timeout: Duration::from_secs(30),
            silence_limit: None,
            control_folder: control_folder.into(),
            seed,
        }
    }
}

/// How a host is reached when not directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Through another host, as `ssh -J` reads it: `user@host:port`, several with commas.
    Jump(String),
    /// Through a program that speaks to the host on its standard streams, as `ProxyCommand` reads it.
    Command(String),
}

/// Which ssh configuration applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFiles {
    /// The user's and the system's.
    #[default]
    Default,
    /// None at all.
    None,
    /// These instead, the first that says something about a setting wins.
    Files(Vec<PathBuf>),
}

/// What happens with a host whose key is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownHosts {
    /// Its key is added to the known ones, as Kamal does.
    #[default]
    Add,
    /// It is refused.
    Refuse,
}
