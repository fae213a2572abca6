//! `dhow lock`.

use clap::Subcommand;

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

impl Lock {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Acquire { .. } => "acquire",
            Self::Release => "release",
        }
    }
}
