//! The command line: what was typed, nothing decided yet (cli §3, §7).

mod accessory;
pub(crate) mod alias;
mod app;
mod build;
mod config;
mod habits;
mod kamal;
mod lock;
mod proxy;
mod report_form;
mod secrets;
mod server;
mod shell;
mod status;
mod timings;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub(crate) use self::{
    accessory::{ALL, Accessory, AccessoryExec, AccessoryLogs, PlainExec},
    app::{App, AppLogs, Exec, Logs, Maintenance},
    build::{Build, BuildCommand, Freshness, Reach},
    config::{Config, ConfigCommand, ConfigOutput, OutputForm},
    habits::as_meant,
    kamal::in_our_words,
    lock::Lock,
    proxy::{BootConfig, BootConfigAction, Proxy},
    report_form::{ReportForm, asked_for, definition, seems_asked_for},
    secrets::Secrets,
    server::{Prune, Registry, Server, Where},
    shell::{Complete, Shell},
    status::StatusOptions,
    timings::{Deploying, TimingsOption, TimingsPlace},
};

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
                  7 some hosts were not brought to the new version, \
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
    /// Tell everything that happens in this form; a command with an --output of its own takes it in front of it
    #[arg(id = report_form::ID, long = "output", value_name = "FORM")]
    pub(crate) report: Option<ReportForm>,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a deploy file, a secrets file and sample hooks
    Init {
        /// What Kamal needs to run from a project's Gemfile; dhow needs nothing
        #[arg(long, hide = true)]
        bundle: bool,
        /// Write nothing but a git hook that refuses a commit which leaves a changed Dockerfile out
        #[arg(long)]
        git_hook: bool,
    },
    /// Install Docker where it is missing, boot accessories and deploy
    Setup(Deploying),
    /// Build, push and deploy the app
    Deploy {
        #[command(flatten)]
        deploying: Deploying,
        /// Bring the hosts that run another version than the primary host to that version, without building
        #[arg(long)]
        pending: bool,
    },
    /// Deploy, but neither look after the proxy nor remove old containers and images
    Redeploy(Deploying),
    /// Go back to an earlier version, whose image must be on every host
    Rollback {
        /// The version; without it, the one before the current one
        #[arg(value_name = "VERSION")]
        wanted: Option<String>,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        timings: TimingsOption,
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
    /// Show in one table what runs where, since when, and what is otherwise than it should be
    Status(StatusOptions),
    /// Look at the app's containers and run commands in them
    #[command(subcommand)]
    App(App),
    /// Start, look at, replace and remove the proxy
    #[command(subcommand)]
    Proxy(Proxy),
    /// Start, look at, renew and remove accessories, such as databases
    #[command(subcommand)]
    Accessory(Accessory),
    /// Build the image and bring it to the hosts
    #[command(subcommand)]
    Build(BuildCommand),
    /// Log in to and out of the registry
    #[command(subcommand)]
    Registry(Registry),
    /// Run commands on the hosts, and install Docker there
    #[command(subcommand)]
    Server(Server),
    /// Remove old containers and images
    #[command(subcommand)]
    Prune(Prune),
    /// Ask password managers, and see what the secrets files hold
    #[command(subcommand)]
    Secrets(Secrets),
    /// Bring hosts of Kamal 1 to what Kamal 2 and dhow work with: the proxy takes the place of Traefik
    Upgrade {
        /// One host after the other instead of all at once
        #[arg(long)]
        rolling: bool,
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
    /// Print what makes a shell complete commands, hosts, roles, accessories and versions
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Answer a shell's question
    #[command(name = "__complete", hide = true)]
    Complete(Complete),
    /// Write a manual page for every command into a folder
    Man {
        /// The folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Remove the app, its accessories and the proxy from the hosts
    Remove {
        /// Do not ask for confirmation
        #[arg(short = 'y', long = "confirmed")]
        confirmed: bool,
    },
}

impl Command {
    /// The words that were typed, for hooks: `KAMAL_COMMAND` and `KAMAL_SUBCOMMAND`.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Init { .. } => vec!["init"],
            Self::Setup(_) => vec!["setup"],
            Self::Deploy { .. } => vec!["deploy"],
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
            Self::Status(_) => vec!["status"],
            Self::Completions { .. } => vec!["completions"],
            Self::Complete(_) => vec!["__complete"],
            Self::Man { .. } => vec!["man"],
            Self::Remove { .. } => vec!["remove"],
            Self::Upgrade { .. } => vec!["upgrade"],
            Self::Accessory(accessory) => vec!["accessory", accessory.word()],
            Self::Registry(registry) => vec!["registry", registry.word()],
            Self::Server(server) => vec!["server", server.word()],
            Self::Prune(prune) => vec!["prune", prune.word()],
            Self::Secrets(secrets) => vec!["secrets", secrets.word()],
            Self::Lock(lock) => vec!["lock", lock.word()],
            Self::App(app) => vec!["app", app.word()],
            Self::Proxy(proxy) => vec!["proxy", proxy.word()],
            Self::Build(build) => vec!["build", build.word()],
        }
    }

    /// Whether the standard streams are given to a program, which writes what it likes.
    pub(crate) fn gives_streams_away(&self) -> bool {
        match self {
            Self::App(App::Exec(exec)) => exec.interactive || exec.raw,
            Self::Accessory(Accessory::Exec(AccessoryExec { exec, .. }))
            | Self::Server(Server::Exec(exec)) => exec.interactive || exec.raw,
            _ => false,
        }
    }

    /// Whether the command is asked for its data, so that what happens on the way is of no interest.
    pub(crate) fn only_looks(&self) -> bool {
        match self {
            Self::Plan(_)
            | Self::Config(_)
            | Self::Docs { .. }
            | Self::Version
            | Self::Lock(_)
            | Self::Audit
            | Self::Details
            | Self::Status(_)
            | Self::Completions { .. }
            | Self::Complete(_)
            | Self::Man { .. }
            | Self::Secrets(_) => true,
            Self::App(app) => app.only_looks(),
            Self::Proxy(proxy) => proxy.only_looks(),
            Self::Accessory(accessory) => accessory.only_looks(),
            Self::Server(server) => server.only_looks(),
            Self::Init { .. }
            | Self::Setup(_)
            | Self::Deploy { .. }
            | Self::Redeploy(_)
            | Self::Rollback { .. }
            | Self::Registry(_)
            | Self::Prune(_)
            | Self::Upgrade { .. }
            | Self::Remove { .. } => false,
            Self::Build(build) => build.only_looks(),
        }
    }
}

#[cfg(test)]
mod tests;
