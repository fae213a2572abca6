//! What things are called on the hosts (host-commands §2).

use dhow_config::{Accessory, Config, Role};
use dhow_names::{Destination, Host, ServiceName};
use dhow_versioning::Version;

use crate::apps_config::Certified;

/// The network every container of Kamal's joins.
pub const NETWORK: &str = "kamal";

/// The folder in the SSH user's home that holds everything but accessory data.
pub const RUN_DIRECTORY: &str = ".kamal";

/// The name of the proxy's container.
pub const PROXY: &str = "kamal-proxy";

/// What things of one service and destination are called on the hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    service: ServiceName,
    destination: Option<Destination>,
}

impl Names {
    /// The names that `config` leads to.
    pub fn of(config: &Config) -> Self {
        Self {
            service: config.service.clone(),
            destination: config.destination.clone(),
        }
    }

    /// The service itself.
    pub fn service(&self) -> &ServiceName {
        &self.service
    }

    /// The destination, when there is one.
    pub fn destination(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }

    /// `service`, or `service-destination`.
    pub fn service_and_destination(&self) -> String {
        match &self.destination {
            Some(destination) => format!("{}-{destination}", self.service),
            None => self.service.to_string(),
        }
    }

    /// `service-role`, or `service-role-destination`: the first part of container names, and the name under
    /// which the proxy knows a role.
    pub fn prefix(&self, role: &Role) -> String {
        match &self.destination {
            Some(destination) => format!("{}-{}-{destination}", self.service, role.name),
            None => format!("{}-{}", self.service, role.name),
        }
    }

    /// The container of a role at a version.
    pub fn container(&self, role: &Role, version: &Version) -> String {
        format!("{}-{version}", self.prefix(role))
    }

    /// What a container is renamed to before its version is booted again; `suffix` is 16 hex digits.
    pub fn replaced_container(&self, role: &Role, version: &Version, suffix: &str) -> String {
        format!("{}_replaced_{suffix}", self.container(role, version))
    }

    /// A container for one command; `suffix` is 6 hex digits.
    pub fn exec_container(&self, role: &Role, version: &str, suffix: &str) -> String {
        format!("{}-exec-{version}-{suffix}", self.prefix(role))
    }

    /// The version that a container's name tells, when it is one of this role.
    pub fn version_of<'name>(&self, role: &Role, container: &'name str) -> Option<&'name str> {
        container
            .strip_prefix(&self.prefix(role))?
            .strip_prefix('-')
    }

    /// The version that a container of this role was booted with, also when it was renamed since.
    pub fn booted_version<'name>(&self, role: &Role, container: &'name str) -> Option<&'name str> {
        let version = self.version_of(role, container)?;
        Some(
            version
                .split_once("_replaced_")
                .map_or(version, |(version, _)| version),
        )
    }

    /// The hostname inside a container: at most 51 characters of the host, then 12 hex digits.
    pub fn hostname(host: &Host, suffix: &str) -> String {
        let start: String = host.as_str().chars().take(51).collect();
        format!("{}-{suffix}", start.strip_suffix('.').unwrap_or(&start))
    }

    /// The folder with everything of this app.
    pub fn app_directory(&self) -> String {
        format!("{RUN_DIRECTORY}/apps/{}", self.service_and_destination())
    }

    /// The folder of the roles' environment files.
    pub fn role_env_directory(&self) -> String {
        format!("{}/env/roles", self.app_directory())
    }

    /// The file with a role's secrets.
    pub fn role_env_file(&self, role: &Role) -> String {
        format!("{}/{}.env", self.role_env_directory(), role.name)
    }

    /// The folder of the accessories' environment files.
    pub fn accessory_env_directory(&self) -> String {
        format!("{}/env/accessories", self.app_directory())
    }

    /// The file with an accessory's secrets.
    pub fn accessory_env_file(&self, accessory: &Accessory) -> String {
        format!("{}/{}.env", self.accessory_env_directory(), accessory.name)
    }

    /// The folder of the files that are kept across versions.
    pub fn assets_directory(&self) -> String {
        format!("{}/assets", self.app_directory())
    }

    /// The files of a version as they lie in its image.
    pub fn extracted_assets(&self, role: &Role, version: &str) -> String {
        format!(
            "{}/extracted/{}-{version}",
            self.assets_directory(),
            role.name
        )
    }

    /// The files of a version together with those of its neighbours, as its containers see them.
    pub fn asset_volume(&self, role: &Role, version: &str) -> String {
        format!(
            "{}/volumes/{}-{version}",
            self.assets_directory(),
            role.name
        )
    }

    /// The folder of this app's error pages, one folder per version.
    pub fn error_pages_directory(&self) -> String {
        format!("{}/error_pages", self.proxy_app_directory())
    }

    /// The folder of the certificate of a role or an accessory.
    pub fn certificate_directory(&self, of: Certified<'_>) -> String {
        format!("{}/tls/{of}", self.proxy_app_directory())
    }

    /// The folder of this app in the proxy's configuration.
    pub fn proxy_app_directory(&self) -> String {
        format!(
            "{RUN_DIRECTORY}/proxy/apps-config/{}",
            self.service_and_destination()
        )
    }

    /// The deploy lock: a folder, because making one is atomic.
    pub fn lock_directory(&self) -> String {
        format!("{RUN_DIRECTORY}/lock-{}", self.service_and_destination())
    }

    /// The file that says who holds the lock.
    pub fn lock_details(&self) -> String {
        format!("{}/details", self.lock_directory())
    }

    /// The file that records what was done on a host.
    pub fn audit_log(&self) -> String {
        format!(
            "{RUN_DIRECTORY}/{}-audit.log",
            self.service_and_destination()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_hostname_is_cut_so_that_the_suffix_fits() {
        let host: Host = "a.very.long.name.of.a.server.in.some.region.of.the.wo.rld.example"
            .parse()
            .unwrap();
        let name = Names::hostname(&host, "d2f7c1209459");
        assert_eq!(
            name,
            "a.very.long.name.of.a.server.in.some.region.of.the-d2f7c1209459"
        );
        assert!(name.len() <= 64);
    }
}
