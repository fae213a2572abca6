//! `dhow accessory`.

use clap::{Args, Subcommand};

use super::Logs;

#[derive(Debug, Subcommand)]
pub(crate) enum Accessory {
    /// Start an accessory on its hosts, where it has no container yet
    Boot(Which),
    /// Replace an accessory's container, after fetching its image
    Reboot(Which),
    /// Renew what differs from the deploy file, and nothing else
    Apply {
        /// The accessory; without it, all
        #[arg(value_name = "NAME|all", default_value = ALL)]
        name: String,
    },
    /// Start an accessory that was stopped
    Start(Which),
    /// Stop an accessory
    Stop(Which),
    /// Stop an accessory and start it again
    Restart(Which),
    /// Run a command in a new container of an accessory, or in the running one
    Exec(AccessoryExec),
    /// Show an accessory's log
    Logs(AccessoryLogs),
    /// Show an accessory's container, and where it differs from the deploy file
    Details(Which),
    /// Fetch an accessory's image
    #[command(name = "pull_image", alias = "pull-image")]
    PullImage(Which),
    /// Remove an accessory's container, image, data and secrets
    Remove {
        #[command(flatten)]
        which: Which,
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
    /// Reboot accessories
    Upgrade {
        #[command(flatten)]
        which: Which,
        /// One host after the other instead of all at once
        #[arg(long)]
        rolling: bool,
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
    /// Write the files that an accessory mounts
    #[command(hide = true)]
    Upload(Which),
    /// Make the folders that an accessory mounts
    #[command(hide = true)]
    Directories(Which),
    /// Remove an accessory's container
    #[command(name = "remove_container", alias = "remove-container", hide = true)]
    RemoveContainer(Which),
    /// Remove an accessory's image
    #[command(name = "remove_image", alias = "remove-image", hide = true)]
    RemoveImage(Which),
    /// Remove an accessory's folder with its data
    #[command(
        name = "remove_service_directory",
        alias = "remove-service-directory",
        hide = true
    )]
    RemoveServiceDirectory(Which),
}

/// The word that stands for every accessory.
pub(crate) const ALL: &str = "all";

/// Which accessories are meant.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The accessory, or all of them
    #[arg(value_name = "NAME|all")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct AccessoryLogs {
    /// The accessory
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) logs: Logs,
}

#[derive(Debug, Args)]
pub(crate) struct AccessoryExec {
    /// The accessory
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) exec: PlainExec,
    /// Use the running container instead of a new one
    #[arg(long)]
    pub(crate) reuse: bool,
}

/// A command that is run on hosts.
#[derive(Debug, Args)]
pub(crate) struct PlainExec {
    /// The command, as the host's shell reads it
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub(crate) command: Vec<String>,
    /// Attach this terminal; on one host only
    #[arg(short, long, conflicts_with = "raw")]
    pub(crate) interactive: bool,
    /// Write what the command prints byte for byte, and nothing else
    #[arg(long)]
    pub(crate) raw: bool,
}

impl Accessory {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Boot(_) => "boot",
            Self::Reboot(_) => "reboot",
            Self::Apply { .. } => "apply",
            Self::Start(_) => "start",
            Self::Stop(_) => "stop",
            Self::Restart(_) => "restart",
            Self::Exec(_) => "exec",
            Self::Logs(_) => "logs",
            Self::Details(_) => "details",
            Self::PullImage(_) => "pull_image",
            Self::Remove { .. } => "remove",
            Self::Upgrade { .. } => "upgrade",
            Self::Upload(_) => "upload",
            Self::Directories(_) => "directories",
            Self::RemoveContainer(_) => "remove_container",
            Self::RemoveImage(_) => "remove_image",
            Self::RemoveServiceDirectory(_) => "remove_service_directory",
        }
    }

    /// Whether the command only shows something, be it what a command prints.
    pub(super) fn only_looks(&self) -> bool {
        matches!(self, Self::Details(_) | Self::Logs(_) | Self::Exec(_))
    }
}
