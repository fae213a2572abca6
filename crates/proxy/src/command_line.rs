//! kamal-proxy's command line: commands, flags, defaults and the words of its errors (kamal-proxy §2).

mod deploy;
mod errors;
mod flags;

use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

pub use deploy::DeployFlags;
pub use errors::UsageError;

use crate::names::ServiceName;
use flags::{boolean, duration, positional_service};

/// A proxy that switches to new containers without dropping a request
#[derive(Debug, Parser)]
#[command(
    name = "kamal-proxy",
    disable_version_flag = true,
    disable_help_subcommand = false
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<RawCommand>,
}

#[derive(Debug, Subcommand)]
enum RawCommand {
    /// Run the server
    Run(RunFlags),
    /// Deploy a target host to a service
    Deploy {
        #[arg(value_name = "SERVICE")]
        service: Vec<String>,
        #[command(flatten)]
        flags: Box<DeployFlags>,
    },
    /// Remove a service
    #[command(visible_alias = "rm")]
    Remove {
        #[arg(value_name = "SERVICE")]
        service: Vec<String>,
    },
    /// List the services that are running
    #[command(visible_alias = "ls")]
    List {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Pause a service: requests are held until it resumes
    Pause {
        #[arg(value_name = "SERVICE")]
        service: Vec<String>,
        /// How long requests under way may take
        #[arg(long, value_parser = duration, default_value = "30s")]
        drain_timeout: Duration,
        /// How long a request is held at most
        #[arg(long, value_parser = duration, default_value = "30s")]
        max_pause: Duration,
    },
    /// Stop a service: requests are turned away until it resumes
    Stop {
        #[arg(value_name = "SERVICE")]
        service: Vec<String>,
        /// How long requests under way may take
        #[arg(long, value_parser = duration, default_value = "30s")]
        drain_timeout: Duration,
        /// What to tell clients
        #[arg(long, default_value = "")]
        message: String,
    },
    /// Resume a paused or stopped service
    Resume {
        #[arg(value_name = "SERVICE")]
        service: Vec<String>,
    },
    /// Move a part of the clients to new targets (not supported yet)
    Rollout {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        anything: Vec<String>,
    },
    /// Print the version
    Version,
}

/// The flags of `run`.
#[derive(Debug, Clone, clap::Args)]
pub struct RunFlags {
    /// Port for HTTP [default: 80]
    #[arg(long)]
    pub http_port: Option<u16>,
    /// Port for HTTPS [default: 443]
    #[arg(long)]
    pub https_port: Option<u16>,
    /// Port for metrics, which are not served yet
    #[arg(long)]
    pub metrics_port: Option<u16>,
    /// Log more
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    pub debug: Option<bool>,
    /// Serve HTTP/3 (not supported yet)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    pub http3: bool,
    /// How long a client may take to send a request's headers, also between two requests
    #[arg(long, value_parser = duration, default_value = "75s")]
    pub client_timeout: Duration,
}

/// What is to be done.
#[derive(Debug)]
pub enum Command {
    /// Run the server.
    Run(RunFlags),
    /// Ask the server for something.
    Ask(crate::control::Request),
    /// Ask the server for its services and print them.
    List {
        /// As JSON.
        json: bool,
    },
    /// Print this and be done: the help or the version.
    Print(String),
}

/// Reads a command line, the program's name first.
pub fn parse(arguments: &[String]) -> Result<Command, UsageError> {
    let parsed = match CommandLine::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return errors::explain(&error),
    };
    let Some(command) = parsed.command else {
        return Ok(Command::Print(
            CommandLine::command().render_help().to_string(),
        ));
    };
    command_of(command)
}

fn command_of(command: RawCommand) -> Result<Command, UsageError> {
    use crate::control::Request;
    let named = |service: Vec<String>| positional_service(service).map(ServiceName::new);
    Ok(match command {
        RawCommand::Run(flags) => Command::Run(flags),
        RawCommand::Deploy { service, flags } => Command::Ask(Request::Deploy(Box::new(
            flags.deployment(named(service)?)?,
        ))),
        RawCommand::Remove { service } => Command::Ask(Request::Remove(named(service)?)),
        RawCommand::List { json } => Command::List { json },
        RawCommand::Pause {
            service,
            drain_timeout,
            max_pause,
        } => Command::Ask(Request::Pause {
            service: named(service)?,
            drain_timeout,
            max_pause,
        }),
        RawCommand::Stop {
            service,
            drain_timeout,
            message,
        } => Command::Ask(Request::Stop {
            service: named(service)?,
            drain_timeout,
            message,
        }),
        RawCommand::Resume { service } => Command::Ask(Request::Resume(named(service)?)),
        RawCommand::Rollout { .. } => return Err(crate::settings::Unsupported::Rollout.into()),
        RawCommand::Version => {
            Command::Print(format!("dhow-proxy {}\n", env!("CARGO_PKG_VERSION")))
        }
    })
}

#[cfg(test)]
mod tests;
