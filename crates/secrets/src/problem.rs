//! What can be wrong with secrets, said without showing one.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use dhow_names::SecretName;
use dhow_redaction::Redactor;

use crate::ProgramError;

/// A line of a secrets file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, counted from 1; the first one of a value that spans several.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file.display(), self.line)
    }
}

/// Why the secrets cannot be used. Commands are shown as the file writes them, before variables.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A file exists but cannot be read.
    #[error("could not read the secrets file {}", file.display())]
    Read {
        /// The file, as it was named.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no text.
    #[error("{place}: the secrets file is not valid UTF-8")]
    NotText {
        /// The first line that is not.
        place: Place,
    },
    /// `export X` without a value, which says nothing about a name that has none yet.
    #[error(
        "{place}: `export {name}` gives no value and {name} is not set above; write `{name}=…`"
    )]
    NothingToExport {
        /// Where.
        place: Place,
        /// The name.
        name: SecretName,
    },
    /// A `#` inside an unquoted command, where the grammar begins a comment.
    #[error(
        "{place}: the `#` inside `$(…)` cuts the value of {name} short; put the whole value into double \
         quotes, {name}=\"$(…)\""
    )]
    CutCommand {
        /// Where.
        place: Place,
        /// Whose value is cut.
        name: SecretName,
    },
    /// One of our own commands gave no value.
    #[error("{place}: `$({command})` gave no value for {name}")]
    Inline {
        /// Where.
        place: Place,
        /// Whose value it is.
        name: SecretName,
        /// The command, as the file writes it.
        command: String,
        /// What happened.
        source: Told,
    },
    /// A command gave no value.
    #[error("{place}: the command `$({command})` gave no value for {name}")]
    Substitution {
        /// Where.
        place: Place,
        /// Whose value it is.
        name: SecretName,
        /// The command, as the file writes it.
        command: String,
        /// What happened.
        source: ProgramError,
    },
}

/// A reason in words, freed from what variables brought into the command that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told(String);

impl Told {
    /// The error with all its causes, as `redactor` lets it be shown.
    pub(crate) fn new(error: &dyn std::error::Error, redactor: &Redactor) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self(redactor.redact(&text))
    }
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

/// A secret that is needed but not there. The text begins as Kamal's does (secrets-and-hooks §1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", self.what_is_missing(), self.nearest_hint())]
pub struct SecretNotFound {
    /// The name that was looked up.
    pub name: SecretName,
    /// The files that were read.
    pub found_files: Vec<PathBuf>,
    /// The files that were looked for.
    pub possible_files: Vec<PathBuf>,
    /// The name most like it among those that are there.
    pub nearest: Option<SecretName>,
}

impl SecretNotFound {
    fn what_is_missing(&self) -> String {
        let name = &self.name;
        if self.found_files.is_empty() {
            let files = list(&self.possible_files);
            return format!("Secret '{name}' not found, no secret files ({files}) provided");
        }
        format!("Secret '{name}' not found in {}", list(&self.found_files))
    }

    fn nearest_hint(&self) -> String {
        self.nearest
            .as_ref()
            .map(|name| format!("; there is '{name}'"))
            .unwrap_or_default()
    }
}

fn list(files: &[PathBuf]) -> String {
    let files: Vec<_> = files.iter().map(|file| text(file)).collect();
    files.join(", ")
}

fn text(file: &Path) -> String {
    file.display().to_string()
}
