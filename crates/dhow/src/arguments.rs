//! The command line: what was typed, nothing decided yet (cli §3, §7).

mod habits;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use dhow_redaction::Secret;

pub(crate) use self::habits::as_meant;

/// Where the deploy file lies unless `-c` says otherwise.
pub(crate) const DEFAULT_CONFIG_FILE: &str = "config/deploy.yml";

/// Deploys containers to your own servers over SSH, with no downtime.
///
/// dhow reads the config/deploy.yml and .kamal folder of Kamal 2 and leaves on the servers what Kamal would.
#[derive(Debug, Parser)]
#[command(
    name = "dhow",
    disable_help_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    infer_subcommands = true,
    after_help = "Exit codes: 1 a step failed, 2 wrong command line, 3 something in the project is wrong, \
                  4 this machine lacks something, 5 a host is unreachable or unfit, 6 the deploy lock is held, \
                  128 + n ended by signal n."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a person types"
)]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Show every command and what it prints
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Show errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// The version of the app to act on, instead of the commit at HEAD
    #[arg(long, global = true, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Act on the primary host only
    #[arg(short, long, global = true)]
    pub(crate) primary: bool,
    /// Act on these hosts only: names or globs, separated by commas
    #[arg(short = 'h', long, global = true, value_name = "HOSTS")]
    pub(crate) hosts: Option<String>,
    /// Act on these roles only: names or globs, separated by commas
    #[arg(short, long, global = true, value_name = "ROLES")]
    pub(crate) roles: Option<String>,
    /// The deploy file
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        default_value = DEFAULT_CONFIG_FILE
    )]
    pub(crate) config_file: PathBuf,
    /// The destination, whose own file is merged over the deploy file
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) destination: Option<String>,
    /// Run no hooks
    #[arg(short = 'H', long, global = true)]
    pub(crate) skip_hooks: bool,
    /// Wait for the deploy lock instead of giving up
    #[arg(long, global = true)]
    pub(crate) lock_wait: bool,
    /// How long to wait for the deploy lock, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 900)]
    pub(crate) lock_wait_timeout: u64,
    /// How long to wait between two looks at the deploy lock, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) lock_wait_interval: u64,
    /// Show this help
    #[arg(long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

/// What is shown of the deploy file, and how.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: Option<ConfigCommand>,
    /// Say of every value in which file and line it is written
    #[arg(long)]
    pub(crate) explain: bool,
    /// Show secrets: those written in the file, and those of the secrets files that it names
    #[arg(long)]
    pub(crate) reveal: bool,
    /// In which form
    #[arg(long, value_name = "FORM")]
    pub(crate) output: Option<ConfigOutput>,
}

/// A form that programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ConfigOutput {
    /// What Kamal prints
    Yaml,
    /// Everything, as one object
    Json,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Tell everything that is wrong with the deploy file and with the file of every destination
    ///
    /// Without `-d` the file is checked alone, unless it says `require_destination: true`, and once with each
    /// `deploy.DESTINATION.yml` beside it. Needs no network, no container engine, no secrets and no repository.
    /// Commands in ERB tags run as they do for a deploy. Ends with exit code 3 when there are errors.
    Check {
        /// In which form
        #[arg(long, value_name = "FORM")]
        output: Option<OutputForm>,
    },
    /// Print the JSON Schema of deploy files, for editors
    Schema {
        /// For deploy.DESTINATION.yml, which need not be complete
        #[arg(long)]
        partial: bool,
    },
}

/// A form that programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputForm {
    /// The same as data
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a deploy file, a secrets file and sample hooks
    Init {
        /// What Kamal needs to run from a project's Gemfile; dhow needs nothing
        #[arg(long, hide = true)]
        bundle: bool,
    },
    /// Install Docker where it is missing, boot accessories and deploy
    Setup(Build),
    /// Build, push and deploy the app
    Deploy(Build),
    /// Deploy, but neither look after the proxy nor remove old containers and images
    Redeploy(Build),
    /// Go back to an earlier version, whose image must be on every host
    Rollback {
        /// The version; without it, the one before the current one
        #[arg(value_name = "VERSION")]
        wanted: Option<String>,
    },
    /// Show what a deploy would do on every host, and change nothing
    Plan(Build),
    /// Show the deploy file as it is understood, destination and defaults included
    Config(Config),
    /// Show what a deploy file may say: every key with its type, its default and an example
    Docs {
        /// A section, such as proxy, or a key, such as proxy/ssl; without it, the top level
        #[arg(value_name = "SECTION")]
        section: Option<String>,
        /// In which form
        #[arg(long, value_name = "FORM")]
        output: Option<OutputForm>,
    },
    /// Show the version of dhow
    Version,
    /// See, take and give up the deploy lock
    #[command(subcommand)]
    Lock(Lock),
    /// Show the last 50 lines of each host's audit log
    Audit,
    /// Show the containers of proxy, app and accessories
    Details,
    /// Look at the app's containers and run commands in them
    #[command(subcommand)]
    App(App),
    /// Start, look at, replace and remove the proxy
    #[command(subcommand)]
    Proxy(Proxy),
    /// Build the image and bring it to the hosts
    #[command(subcommand)]
    Build(BuildCommand),
    /// Ask password managers, and see what the secrets files hold
    #[command(subcommand)]
    Secrets(Secrets),
    /// Remove the app, its accessories and the proxy from the hosts
    Remove {
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Build {
    /// Do not build: deploy the image that is in the registry already
    #[arg(short = 'P', long)]
    pub(crate) skip_push: bool,
    /// Build without what earlier builds left in the cache
    #[arg(long)]
    pub(crate) no_cache: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Show who holds the lock
    Status,
    /// Take the lock, so that nobody deploys
    Acquire {
        /// Why, shown to whoever wants to deploy
        #[arg(short, long)]
        message: String,
    },
    /// Give the lock up, whoever holds it
    Release,
}

#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Show the version that runs on each host
    Version,
    /// Show the running containers
    Details,
    /// Show all containers, stopped ones too
    Containers,
    /// Show the images on the hosts
    Images,
    /// Show the app's log
    Logs(Logs),
    /// Run a command in a new container of the app, or in the running one
    Exec(Exec),
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
    /// Follow the log until interrupted; on the primary host only
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Leave out the time of each line
    #[arg(short = 'T', long)]
    pub(crate) skip_timestamps: bool,
}

#[derive(Debug, Args)]
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
    #[arg(short, long, conflicts_with = "detach")]
    pub(crate) interactive: bool,
    /// Use the running container instead of a new one
    #[arg(long, conflicts_with = "detach")]
    pub(crate) reuse: bool,
    /// Return at once, and let the new container go on by itself
    #[arg(long)]
    pub(crate) detach: bool,
    /// A variable for the command, as NAME:VALUE or NAME=VALUE
    #[arg(short, long, value_name = "NAME:VALUE")]
    pub(crate) env: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Proxy {
    /// Start the proxy where it does not run
    Boot,
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
}

#[derive(Debug, Subcommand)]
pub(crate) enum BuildCommand {
    /// Build the image and push it
    Push {
        /// Where the image goes: registry, or what buildx calls docker, local, tar, …
        #[arg(long, default_value = "registry")]
        output: String,
        /// Build without what earlier builds left in the cache
        #[arg(long)]
        no_cache: bool,
    },
    /// Pull the image on the hosts that run the app
    Pull,
    /// Push, then pull
    Deliver {
        /// Build without what earlier builds left in the cache
        #[arg(long)]
        no_cache: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Fetch secrets from a password manager and print them as JSON
    Fetch {
        /// The secrets, in the words of the password manager
        #[arg(value_name = "SECRET")]
        names: Vec<String>,
        #[arg(
            short,
            long,
            value_name = "NAME",
            help = "The password manager: 1password, aws_secrets_manager, bitwarden, bitwarden-sm, doppler, \
                    enpass, gcp, lastpass, passbolt or test"
        )]
        adapter: String,
        /// The account to log in with
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
        /// What stands before each secret: a vault, an item, a folder, a project
        #[arg(long, value_name = "PLACE")]
        from: Option<String>,
        /// Print the JSON so that a secrets file can hand it on as one word
        #[arg(long, hide = true)]
        inline: bool,
    },
    /// Take one secret out of what a fetch printed
    Extract {
        /// The name of the secret, or what stands behind its last slash
        name: String,
        /// What the fetch printed
        #[arg(value_parser = secret)]
        json: Secret,
        #[arg(long, hide = true)]
        inline: bool,
    },
    /// Print all secrets of the secrets files, each as NAME=value
    Print,
}

/// Takes an argument into custody.
#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl Command {
    /// The words that were typed, for hooks: `KAMAL_COMMAND` and `KAMAL_SUBCOMMAND`.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Init { .. } => vec!["init"],
            Self::Setup(_) => vec!["setup"],
            Self::Deploy(_) => vec!["deploy"],
            Self::Redeploy(_) => vec!["redeploy"],
            Self::Rollback { .. } => vec!["rollback"],
            Self::Plan(_) => vec!["plan"],
            Self::Config(config) => match config.command {
                None => vec!["config"],
                Some(ConfigCommand::Check { .. }) => vec!["config", "check"],
                Some(ConfigCommand::Schema { .. }) => vec!["config", "schema"],
            },
            Self::Docs { .. } => vec!["docs"],
            Self::Version => vec!["version"],
            Self::Audit => vec!["audit"],
            Self::Details => vec!["details"],
            Self::Remove { .. } => vec!["remove"],
            Self::Secrets(secrets) => vec![
                "secrets",
                match secrets {
                    Secrets::Fetch { .. } => "fetch",
                    Secrets::Extract { .. } => "extract",
                    Secrets::Print => "print",
                },
            ],
            Self::Lock(lock) => vec![
                "lock",
                match lock {
                    Lock::Status => "status",
                    Lock::Acquire { .. } => "acquire",
                    Lock::Release => "release",
                },
            ],
            Self::App(app) => vec![
                "app",
                match app {
                    App::Version => "version",
                    App::Details => "details",
                    App::Containers => "containers",
                    App::Images => "images",
                    App::Logs(_) => "logs",
                    App::Exec(_) => "exec",
                },
            ],
            Self::Proxy(proxy) => vec![
                "proxy",
                match proxy {
                    Proxy::Boot => "boot",
                    Proxy::Details => "details",
                    Proxy::Logs(_) => "logs",
                    Proxy::Reboot { .. } => "reboot",
                    Proxy::Remove { .. } => "remove",
                },
            ],
            Self::Build(build) => vec![
                "build",
                match build {
                    BuildCommand::Push { .. } => "push",
                    BuildCommand::Pull => "pull",
                    BuildCommand::Deliver { .. } => "deliver",
                },
            ],
        }
    }

    /// Whether the command is asked for its data, so that what happens on the way is of no interest.
    pub(crate) fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Plan(_)
                | Self::Config(_)
                | Self::Docs { .. }
                | Self::Version
                | Self::Lock(_)
                | Self::Audit
                | Self::Details
                | Self::Secrets(_)
                | Self::App(_)
                | Self::Proxy(Proxy::Details | Proxy::Logs(_))
        )
    }
}

#[cfg(test)]
mod tests;
