//! Hooks: when they run and what they are told (secrets-and-hooks §8).

use dhow_names::Host;

/// A program of the project that runs at a certain moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Before the first connection.
    PreConnect,
    /// After Docker was installed.
    DockerSetup,
    /// Before the image is built.
    PreBuild,
    /// Under the lock, before anything changes.
    PreDeploy,
    /// Before a group of hosts boots.
    PreAppBoot,
    /// After a group of hosts has booted.
    PostAppBoot,
    /// After everything.
    PostDeploy,
    /// Before the proxy of a group of hosts is replaced.
    PreProxyReboot,
    /// After the proxy of a group of hosts was replaced.
    PostProxyReboot,
}

impl Hook {
    /// Every hook there is.
    pub const ALL: [Self; 9] = [
        Self::PreConnect,
        Self::DockerSetup,
        Self::PreBuild,
        Self::PreDeploy,
        Self::PreAppBoot,
        Self::PostAppBoot,
        Self::PostDeploy,
        Self::PreProxyReboot,
        Self::PostProxyReboot,
    ];

    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreConnect => "pre-connect",
            Self::DockerSetup => "docker-setup",
            Self::PreBuild => "pre-build",
            Self::PreDeploy => "pre-deploy",
            Self::PreAppBoot => "pre-app-boot",
            Self::PostAppBoot => "post-app-boot",
            Self::PostDeploy => "post-deploy",
            Self::PreProxyReboot => "pre-proxy-reboot",
            Self::PostProxyReboot => "post-proxy-reboot",
        }
    }

    /// Whether the project's secrets are in its environment.
    pub fn sees_secrets(self) -> bool {
        matches!(self, Self::PreConnect | Self::PreDeploy | Self::PostDeploy)
    }
}

/// A hook and the hosts it is told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookCall {
    /// Which.
    pub hook: Hook,
    /// `KAMAL_HOSTS`.
    pub hosts: Vec<Host>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deploy_file_knows_every_hook() {
        assert_eq!(Hook::ALL.map(Hook::name), dhow_config::Hooks::NAMES);
    }
}
