//! The whole deploy file.

use std::{collections::HashSet, path::PathBuf, time::Duration};

use dhow_names::{AccessoryName, Destination, Host, RoleName, ServiceName};
use serde::Serialize;

use super::{
    Accessory, Boot, Builder, Dhow, Hooks, Logging, Output, Pair, Proxy, Registry, Role, Ssh,
    Sshkit,
};

/// A deploy file and its destination file, merged, checked and with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    /// First part of every container's name.
    pub service: ServiceName,
    /// What `-d` named; part of names, labels and paths.
    pub destination: Option<Destination>,
    /// The image without registry and tag, such as `acme/shop`.
    pub image: String,
    /// Where images are pushed to and pulled from.
    pub registry: Registry,
    /// The roles in the order of their names (config §4.1).
    pub roles: Vec<Role>,
    /// The role whose first host is the primary host. It is one of `roles`, unless there are accessories only.
    pub primary_role: RoleName,
    /// The accessories in the order of the file.
    pub accessories: Vec<Accessory>,
    /// The proxy settings of the root, which roles have merged into their own already.
    pub proxy: Proxy,
    /// How the image is built.
    pub builder: Builder,
    /// The root's logging, which roles have merged into their own already.
    pub logging: Logging,
    /// `error_pages_path`: a folder with pages for the proxy, relative to the project.
    pub error_pages_path: Option<PathBuf>,
    /// Where the story of a run is told beside the terminal.
    pub output: Output,
    /// `volumes` of the root, handed to app containers unquoted (config §3).
    pub volumes: Vec<String>,
    /// Hooks: where they lie and whether their output is shown.
    pub hooks: Hooks,
    /// `secrets_path`: the base of the secrets files' names, relative to the project.
    pub secrets_path: PathBuf,
    /// How hosts are reached.
    pub ssh: Ssh,
    /// How many connections are begun at once, and how long they are kept.
    pub sshkit: Sshkit,
    /// In which groups hosts are booted.
    pub boot: Boot,
    /// Stopped containers that prune leaves on a host; at least 1.
    pub retain_containers: u32,
    /// For roles without proxy and health check: how long a container must have run.
    pub readiness_delay: Duration,
    /// How long a new container may take to become healthy.
    pub deploy_timeout: Duration,
    /// How long requests of an old container may take to finish.
    pub drain_timeout: Duration,
    /// `aliases`: a name and the command line it stands for.
    pub aliases: Vec<Pair>,
    /// `x-dhow`: settings of our own.
    #[serde(skip_serializing_if = "Dhow::is_default")]
    pub dhow: Dhow,
}

impl Config {
    /// The role of this name.
    pub fn role(&self, name: &RoleName) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == *name)
    }

    /// The accessory of this name.
    pub fn accessory(&self, name: &AccessoryName) -> Option<&Accessory> {
        self.accessories
            .iter()
            .find(|accessory| accessory.name == *name)
    }

    /// `service`, or `service-destination`: what files and folders on a host are named after.
    pub fn service_and_destination(&self) -> String {
        match &self.destination {
            Some(destination) => format!("{}-{destination}", self.service),
            None => self.service.to_string(),
        }
    }

    /// Every host, each once: roles in order, then accessories (config §4.1).
    pub fn hosts(&self) -> Vec<&Host> {
        let of_roles = self
            .roles
            .iter()
            .flat_map(|role| role.hosts.iter().map(|entry| &entry.host));
        let of_accessories = self
            .accessories
            .iter()
            .flat_map(|accessory| &accessory.hosts);
        let mut seen = HashSet::new();
        of_roles
            .chain(of_accessories)
            .filter(|host| seen.insert(*host))
            .collect()
    }
}
