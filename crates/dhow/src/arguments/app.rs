//! `dhow app`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Boot the version that lies on the hosts as the latest, or the one that --version names
    Boot,
    /// Start the stopped containers of the version, and send them traffic
    Start,
    /// Stop the app, once requests under way are over
    Stop,
    /// Show the version that runs on each host
    Version,
    /// Show the running containers
    Details,
    /// Show all containers, stopped ones too
    Containers,
    /// Show containers that run beside the current one of their role
    #[command(name = "stale_containers", alias = "stale-containers")]
    StaleContainers {
        /// Stop them
        #[arg(short, long)]
        stop: bool,
    },
    /// Show the images on the hosts
    Images,
    /// Show the app's log
    Logs(AppLogs),
    /// Run a command in a new container of the app, or in the running one
    Exec(Exec),
    /// Turn clients away with a page, until `dhow app live`
    Maintenance(Maintenance),
    /// Let clients in again
    Live,
    /// Remove the app's containers, images and folders; accessories and the proxy stay
    Remove,
    /// Remove the stopped containers of a version
    #[command(name = "remove_container", alias = "remove-container", hide = true)]
    RemoveContainer {
        /// The version
        #[arg(value_name = "VERSION")]
        of: String,
    },
    /// Remove all stopped containers
    #[command(name = "remove_containers", alias = "remove-containers", hide = true)]
    RemoveContainers,
    /// Remove images that no container uses
    #[command(name = "remove_images", alias = "remove-images", hide = true)]
    RemoveImages,
    /// Remove the app's folders on the hosts
    #[command(
        name = "remove_app_directories",
        aliases = ["remove-app-directories", "remove_app_directory", "remove-app-directory"],
        hide = true
    )]
    RemoveAppDirectories,
}

#[derive(Debug, Args)]
pub(crate) struct Maintenance {
    /// How long requests under way may take, in seconds (default: `drain_timeout` of the deploy file)
    #[arg(long, value_name = "SECONDS")]
    pub(crate) drain_timeout: Option<u64>,
    /// What clients are told
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AppLogs {
    #[command(flatten)]
    pub(crate) logs: Logs,
    /// Show the log of this container instead of the current ones
    #[arg(long, value_name = "ID")]
    pub(crate) container_id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Only lines from this time on, such as 2026-01-31T12:00:00, or of the last so long, such as 10m
    #[arg(short, long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// At most so many lines of each container, the last ones (default: 100, or all with --since or --grep)
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub(crate) lines: Option<u32>,
    /// Only lines that match this pattern of grep
    #[arg(short, long, value_name = "PATTERN")]
    pub(crate) grep: Option<String>,
    /// Further options for grep, such as "-i -A 3"
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub(crate) grep_options: Option<String>,
    /// Follow the log of all selected hosts until interrupted
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Leave out the time of each line
    #[arg(short = 'T', long)]
    pub(crate) skip_timestamps: bool,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a person types"
)]
pub(crate) struct Exec {
    /// The command, as the host's shell reads it
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub(crate) command: Vec<String>,
    /// Attach this terminal; on the primary host only
    #[arg(short, long, conflicts_with_all = ["detach", "raw"])]
    pub(crate) interactive: bool,
    /// Use the running container instead of a new one
    #[arg(long, conflicts_with = "detach")]
    pub(crate) reuse: bool,
    /// Return at once, and let the new container go on by itself
    #[arg(long)]
    pub(crate) detach: bool,
    /// Write what the command prints byte for byte, and nothing else
    #[arg(long, conflicts_with = "detach")]
    pub(crate) raw: bool,
    /// A variable for the command, as NAME:VALUE or NAME=VALUE
    #[arg(short, long, value_name = "NAME:VALUE")]
    pub(crate) env: Vec<String>,
}

impl App {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Version => "version",
            Self::Details => "details",
            Self::Containers => "containers",
            Self::StaleContainers { .. } => "stale_containers",
            Self::Images => "images",
            Self::Logs(_) => "logs",
            Self::Exec(_) => "exec",
            Self::Maintenance(_) => "maintenance",
            Self::Live => "live",
            Self::Remove => "remove",
            Self::RemoveContainer { .. } => "remove_container",
            Self::RemoveContainers => "remove_containers",
            Self::RemoveImages => "remove_images",
            Self::RemoveAppDirectories => "remove_app_directories",
        }
    }

    /// Whether the command only shows something, be it what a command in the app prints.
    pub(super) fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Version
                | Self::Details
                | Self::Containers
                | Self::StaleContainers { stop: false }
                | Self::Images
                | Self::Logs(_)
                | Self::Exec(_)
        )
    }
}
