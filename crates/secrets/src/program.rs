//! Programs that are asked for secrets: the call as a value, and what carries it out.

use std::{fmt, sync::Arc};

use dhow_redaction::Secret;

use crate::limits::LONGEST_OUTPUT;

/// A program with its words. Each word reaches it whole, no shell reads them.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The program, looked for on the `PATH`.
    pub program: &'static str,
    /// Its arguments. They may come from secrets that a file's variables brought in.
    pub arguments: Vec<Secret>,
    /// Variables it gets besides dhow's own.
    pub environment: Vec<(&'static str, Secret)>,
    /// Whether its standard error is thrown away, for a question whose failure is an answer.
    pub silent: bool,
}

impl Call {
    /// A program with its first words.
    pub fn new(program: &'static str, words: &[&str]) -> Self {
        Self {
            program,
            arguments: words.iter().map(|word| Secret::new(*word)).collect(),
            environment: Vec::new(),
            silent: false,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.arguments.push(Secret::new(word));
        self
    }

    /// More arguments.
    #[must_use]
    pub fn words<W: Into<String>>(self, words: impl IntoIterator<Item = W>) -> Self {
        words.into_iter().fold(self, Self::word)
    }

    /// An option with its value, when there is one.
    #[must_use]
    pub fn option(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.word(name).word(value),
            None => self,
        }
    }

    /// A variable for this call, when there is a value.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: Option<&Secret>) -> Self {
        self.environment
            .extend(value.map(|value| (name, value.clone())));
        self
    }

    /// The same call with its standard error thrown away.
    #[must_use]
    pub fn silently(mut self) -> Self {
        self.silent = true;
        self
    }
}

impl fmt::Debug for Call {
    /// The program only: any word may be a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

/// How a program ended and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output; none when that is not UTF-8.
    pub output: Option<Secret>,
}

impl Finished {
    /// Whether it reported success.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// What a successful program printed.
    pub fn into_output(self) -> Result<Secret, ProgramError> {
        match self.code {
            Some(0) => self.output.ok_or(ProgramError::NotText),
            Some(code) => Err(ProgramError::Failed(code)),
            None => Err(ProgramError::Killed),
        }
    }
}

/// Carries out calls. Standard input and standard error of the programs are those of dhow, so that a
/// password manager can ask; several threads may call at the same time.
pub trait CommandRunner: Sync {
    /// Runs the program to its end.
    fn run(&self, call: &Call) -> Result<Finished, ProgramError>;
}

/// Why a program gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no such program on the `PATH`.
    #[error("there is no program `{0}` on the PATH")]
    Missing(&'static str),
    /// The program could not be started.
    #[error("`{program}` could not be started")]
    Start {
        /// Which program.
        program: &'static str,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// What the program printed could not be read.
    #[error("its output could not be read")]
    Output(#[source] Arc<std::io::Error>),
    /// A shell found no such program, which it reports as exit code 127.
    #[error("a program in it was not found (exit code 127); its own message stands above")]
    NotFound,
    /// The program reported a failure.
    #[error("it ended with exit code {0}; what it wrote to standard error stands above")]
    Failed(i32),
    /// The program reported a failure, and nobody saw what it wrote.
    #[error("it ended with exit code {0}")]
    FailedSilently(i32),
    /// It reported success without an answer, though a part of it may have failed.
    #[error(
        "it printed nothing, which happens when a program before the last one fails; an empty secret that is meant \
         is written with `|| true` behind the command"
    )]
    Nothing,
    /// A signal ended it.
    #[error("it was ended by a signal")]
    Killed,
    /// It printed more than any secret has.
    #[error("it printed more than {LONGEST_OUTPUT} bytes")]
    TooMuch,
    /// What it printed is no text.
    #[error("its output is not valid UTF-8")]
    NotText,
    /// The run was stopped while the program was at work.
    #[error("it was stopped")]
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_shows_its_program_only() {
        let call = Call::new("op", &["item"])
            .option("--session", Some("hunter2"))
            .option("--vault", None)
            .variable("BW_SESSION", Some(&Secret::new("hunter2")));
        assert_eq!(format!("{call:?}"), r#"Call { program: "op", .. }"#);
        let words: Vec<&str> = call.arguments.iter().map(Secret::expose).collect();
        assert_eq!(words, ["item", "--session", "hunter2"]);
    }
}
