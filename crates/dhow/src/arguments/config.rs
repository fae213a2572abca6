//! `dhow config`.

use clap::{Args, Subcommand};

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
