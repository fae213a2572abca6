//! `dhow server`, `dhow registry` and `dhow prune`.

use clap::{Args, Subcommand};

use super::PlainExec;

#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// Run a command on the hosts
    Exec(PlainExec),
    /// Install Docker where it is missing
    Bootstrap,
}

impl Server {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Bootstrap => "bootstrap",
        }
    }

    /// Whether the command only shows something, be it what a command prints.
    pub(super) fn only_looks(&self) -> bool {
        matches!(self, Self::Exec(_))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Log in to the registry, here and on the hosts, or make sure that the one of this machine works
    Setup(Where),
    /// Log out of the registry, here and on the hosts, or remove what the one of this machine holds
    Remove(Where),
    /// Log in to the registry, here and on the hosts
    Login(Where),
    /// Log out of the registry, here and on the hosts
    Logout(Where),
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Where {
    /// Leave this machine out
    #[arg(short = 'L', long)]
    pub(crate) skip_local: bool,
    /// Leave the hosts out
    #[arg(short = 'R', long)]
    pub(crate) skip_remote: bool,
}

impl Registry {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Remove(_) => "remove",
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Prune {
    /// Remove old containers, then images that none of them needs
    All,
    /// Remove images that no container of the service uses
    Images,
    /// Remove stopped containers, but for the newest ones
    Containers {
        /// How many stopped containers stay (default: `retain_containers` of the deploy file)
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        retain: Option<u32>,
    },
}

impl Prune {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Images => "images",
            Self::Containers { .. } => "containers",
        }
    }
}
