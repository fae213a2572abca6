//! `dhow proxy`.

use std::net::IpAddr;

use clap::{Args, Subcommand, ValueEnum, builder::BoolishValueParser};

use super::app::Logs;

#[derive(Debug, Subcommand)]
pub(crate) enum Proxy {
    /// Start the proxy where it does not run
    Boot,
    /// Start the proxy's container, which is there
    Start,
    /// Stop the proxy, which turns everybody away from every app of its host
    Stop,
    /// Stop the proxy and start it again
    Restart,
    /// Show the proxy's container
    Details,
    /// Show the proxy's log
    Logs(Logs),
    /// Replace the proxy's container, which interrupts the traffic of its host for a moment
    Reboot {
        /// One host after the other instead of all at once
        #[arg(long)]
        rolling: bool,
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
    /// Remove the proxy from hosts on which no app is installed
    Remove {
        /// Remove it even where apps are installed
        #[arg(long)]
        force: bool,
    },
    /// Show or change what the proxy is made with where no `proxy/run` says so (deprecated)
    #[command(name = "boot_config", alias = "boot-config")]
    BootConfig(BootConfig),
    /// Replace Traefik, or an older proxy, and boot the app anew
    #[command(hide = true)]
    Upgrade {
        /// One host after the other instead of all at once
        #[arg(long)]
        rolling: bool,
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
    /// Remove the proxy's container where it does not run
    #[command(name = "remove_container", alias = "remove-container", hide = true)]
    RemoveContainer,
    /// Remove images of the proxy that no container uses
    #[command(name = "remove_image", alias = "remove-image", hide = true)]
    RemoveImage,
    /// Remove the proxy's folder, with the files that all apps of the host have in it
    #[command(
        name = "remove_proxy_directory",
        alias = "remove-proxy-directory",
        hide = true
    )]
    RemoveProxyDirectory,
}

/// What is done with the proxy's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BootConfigAction {
    /// Write them
    Set,
    /// Show them
    Get,
    /// Go back to the defaults
    Reset,
}

#[derive(Debug, Args)]
pub(crate) struct BootConfig {
    /// What to do
    #[arg(value_name = "ACTION")]
    pub(crate) action: BootConfigAction,
    /// Publish ports on the host
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        overrides_with = "no_publish"
    )]
    publish: bool,
    /// Publish no ports on the host
    #[arg(long, alias = "skip-publish")]
    no_publish: bool,
    /// An address of the host to publish ports on; may be repeated (default: all)
    #[arg(long, value_name = "IP")]
    pub(crate) publish_host_ip: Vec<IpAddr>,
    /// The host's port for HTTP
    #[arg(long, value_name = "PORT", default_value_t = 80)]
    pub(crate) http_port: u16,
    /// The host's port for HTTPS
    #[arg(long, value_name = "PORT", default_value_t = 443)]
    pub(crate) https_port: u16,
    /// How large the proxy's log may become
    #[arg(long, value_name = "SIZE", default_value = "10m")]
    pub(crate) log_max_size: String,
    /// The registry of the image
    #[arg(long, value_name = "SERVER")]
    pub(crate) registry: Option<String>,
    /// The part of the image's name before kamal-proxy (default: basecamp)
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// The tag of the image
    #[arg(long, value_name = "TAG")]
    pub(crate) image_version: Option<String>,
    /// The port for metrics
    #[arg(long, value_name = "PORT")]
    pub(crate) metrics_port: Option<u16>,
    /// Log more
    #[arg(long)]
    pub(crate) debug: bool,
    /// Further flags of docker run, such as label=a=b memory=1g
    #[arg(long, value_name = "OPTION", num_args = 1..)]
    pub(crate) docker_options: Vec<String>,
}

impl BootConfig {
    /// Whether ports are published.
    pub(crate) fn publishes(&self) -> bool {
        self.publish && !self.no_publish
    }
}

impl Proxy {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Details => "details",
            Self::Logs(_) => "logs",
            Self::Reboot { .. } => "reboot",
            Self::Remove { .. } => "remove",
            Self::BootConfig(_) => "boot_config",
            Self::Upgrade { .. } => "upgrade",
            Self::RemoveContainer => "remove_container",
            Self::RemoveImage => "remove_image",
            Self::RemoveProxyDirectory => "remove_proxy_directory",
        }
    }

    /// Whether the command only shows something.
    pub(super) fn only_looks(&self) -> bool {
        match self {
            Self::Details | Self::Logs(_) => true,
            Self::BootConfig(config) => config.action == BootConfigAction::Get,
            _ => false,
        }
    }
}
