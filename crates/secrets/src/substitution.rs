//! What runs the commands of a secrets file.

use dhow_redaction::Secret;

/// Runs the command inside `$(…)`.
pub trait Substitution {
    /// Runs `command` and gives what it printed, without the line end behind it. The text may hold secrets
    /// that the file's variables brought in, so it must not be shown.
    fn run(&mut self, command: &Secret) -> Result<Secret, SubstitutionError>;
}

/// Why a command gave no value.
#[derive(Debug, thiserror::Error)]
pub enum SubstitutionError {
    /// The shell itself could not be started.
    #[error("the shell could not be started")]
    Start(#[source] std::io::Error),
    /// What the command printed could not be read.
    #[error("its output could not be read")]
    Output(#[source] std::io::Error),
    /// There is no such program, which a shell reports as exit code 127.
    #[error("a program in it was not found (exit code 127); its own message stands above")]
    NotFound,
    /// The command reported a failure.
    #[error("it ended with exit code {0}; what it wrote to standard error stands above")]
    Failed(i32),
    /// A signal ended it.
    #[error("it was ended by a signal")]
    Killed,
    /// What it printed is no text.
    #[error("its output is not valid UTF-8")]
    NotText,
    /// The run was stopped while the command was at work.
    #[error("it was stopped")]
    Stopped,
}
