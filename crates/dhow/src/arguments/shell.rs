//! What shells and manuals are given.

use clap::{Args, ValueEnum};

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// `source <(dhow completions bash)`
    Bash,
    /// `source <(dhow completions zsh)`, behind `compinit`
    Zsh,
    /// `dhow completions fish | source`
    Fish,
}

/// What a shell asks on each Tab.
#[derive(Clone, Debug, Args)]
pub(crate) struct Complete {
    /// In whose form the answer is
    pub(crate) shell: Shell,
    /// Which word is completed, the program being 0
    pub(crate) index: usize,
    /// The line
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}
