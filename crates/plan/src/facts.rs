//! What is the case on the hosts, looked up before anything is decided.
//!
//! [`Inquiry`] asks: one script per host that changes nothing. [`Inquiry::read`] turns the answers into
//! [`HostFacts`].

mod answers;
mod inquiry;

use std::collections::{BTreeMap, BTreeSet};

use dhow_config::Role;
use dhow_docker::Names;
use dhow_names::{AccessoryName, Digest, Host, RoleName};

use crate::accessories::AccessoryContainer;

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
    /// Accessories whose containers were compared with the deploy file.
    pub compared: BTreeSet<AccessoryName>,
    /// The containers of those, where there are any.
    pub accessory_containers: BTreeMap<AccessoryName, AccessoryContainer>,
    /// Images of the app that lie on the host, by their tags, the newest first.
    pub images: Vec<KeptImage>,
    /// What a pull depends on, when it was asked.
    pub store: Option<ImageStore>,
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

    /// The image that has a tag on this host.
    pub fn image(&self, tag: &str) -> Option<&KeptImage> {
        self.images.iter().find(|image| image.tag == tag)
    }

    /// Whether the tag names the image of this content here.
    pub fn has(&self, tag: &str, digest: Digest) -> bool {
        self.image(tag)
            .is_some_and(|image| image.digests.contains(&digest))
    }

    /// The version that serves a role now.
    pub fn current_version(&self, names: &Names, role: &Role) -> Option<&str> {
        names.version_of(role, self.current.get(&role.name)?)
    }
}

/// An image that lies on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptImage {
    /// Its tag.
    pub tag: String,
    /// The digests under which registries know it; none when it never met one.
    pub digests: Vec<Digest>,
}

/// Where a host keeps images, and where it gets them from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageStore {
    /// How many bytes are free where images lie.
    pub free: Option<u64>,
    /// The first mirror of Docker Hub.
    pub mirror: Option<String>,
    /// Registries that the engine talks to without encryption.
    pub plain: Vec<String>,
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
    /// The image it was made from: `REPOSITORY:TAG`, or an id when the tag names another one now.
    pub image: String,
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
