//! `dhow status`.

use clap::Args;

use super::OutputForm;

/// How it is shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct StatusOptions {
    /// Show it anew every two seconds, until Ctrl-C
    #[arg(short, long)]
    pub(crate) watch: bool,
    /// In which form
    #[arg(long, value_name = "FORM")]
    pub(crate) output: Option<OutputForm>,
}
