//! What is the case on the hosts, looked up before anything is decided.
//!
//! [`Inquiry`] asks: one script per host that changes nothing. [`Inquiry::read`] turns the answers into
//! [`HostFacts`].

mod answers;
mod inquiry;

use std::collections::BTreeMap;

use dhow_config::Role;
use dhow_docker::Names;
use dhow_names::{AccessoryName, Host, RoleName};

pub use answers::{Answer, UnreadableAnswer};
pub use inquiry::Inquiry;

/// What is the case on every host that was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(pub BTreeMap<Host, HostFacts>);

impl Facts {
    /// The facts of a host; nothing is known of one that was not asked.
    pub fn of(&self, host: &Host) -> HostFacts {
        self.0.get(host).cloned().unwrap_or_default()
    }
}

/// What is the case on one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// The engine, or why there is no answer from one.
    pub engine: Engine,
    /// Whether the network that containers meet on is there.
    pub network: bool,
    /// Every container of the service and destination, in whatever state.
    pub containers: Vec<Container>,
    /// The container that serves a role now.
    pub current: BTreeMap<RoleName, String>,
    /// The proxy's container, when there is one.
    pub proxy: Option<ProxyContainer>,
    /// Accessories that have a container, in whatever state.
    pub accessories: Vec<AccessoryName>,
    /// Tags of the app's image that lie on the host.
    pub tags: Vec<String>,
    /// Apps that are installed on the host, `service` or `service-destination` each.
    pub apps: Vec<String>,
    /// The text of the deploy lock, when it is held; asked on the primary host only.
    pub lock: Option<String>,
}

impl HostFacts {
    /// Whether anything uses the proxy.
    pub fn has_apps(&self) -> bool {
        !self.apps.is_empty()
    }

    /// Whether anything but this app uses the proxy.
    pub fn has_other_apps(&self, own: &str) -> bool {
        self.apps.iter().any(|app| app != own)
    }

    /// The version that serves a role now.
    pub fn current_version(&self, names: &Names, role: &Role) -> Option<&str> {
        names.version_of(role, self.current.get(&role.name)?)
    }
}

/// What the host says about its engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// It answers.
    Running {
        /// Its version, such as `26.1.5`, when it tells one.
        version: Option<String>,
        /// Its architecture in Docker's words, such as `amd64`, when it tells one.
        architecture: Option<String>,
    },
    /// There is no `docker` command.
    Missing,
    /// The command is there, but the engine does not answer.
    Silent {
        /// What the command said.
        said: String,
    },
}

impl Default for Engine {
    fn default() -> Self {
        Self::Silent {
            said: String::new(),
        }
    }
}

/// An app's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Docker's word: `running`, `exited`, `created`, …
    pub state: String,
    /// The role it is labelled with.
    pub role: String,
}

impl Container {
    /// Whether it runs or is about to.
    pub fn is_active(&self) -> bool {
        matches!(self.state.as_str(), "running" | "restarting")
    }
}

/// The proxy's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyContainer {
    /// Whether it runs.
    pub running: bool,
    /// The tag of its image.
    pub tag: String,
}
