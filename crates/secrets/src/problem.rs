//! What can be wrong with secrets, said without showing one.

use std::{fmt, path::PathBuf};

use dhow_names::SecretName;
use dhow_redaction::Redactor;

use crate::{
    ProgramError,
    limits::{LONGEST_FILE, MOST_ASSIGNMENTS, MOST_REPLACED, MOST_TEXT},
};

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

/// Why the secrets cannot be used. Of a command for a shell only its program is shown; our own commands are
/// shown as the file writes them, before variables.
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
    /// A file is larger than any secrets file.
    #[error("the secrets file {} has more than {LONGEST_FILE} bytes", file.display())]
    TooLarge {
        /// The file, as it was named.
        file: PathBuf,
    },
    /// A file sets more names than anybody needs.
    #[error("{place}: more than {MOST_ASSIGNMENTS} assignments in this secrets file")]
    TooMany {
        /// The first one too many.
        place: Place,
    },
    /// A value, with all values before it, is longer than is kept.
    #[error(
        "{place}: with {name} the secrets of this run would have more than {MOST_TEXT} bytes, or more than \
         {MOST_REPLACED} with what commands take; does a value hold another one many times?"
    )]
    TooMuchText {
        /// Where.
        place: Place,
        /// Whose value it is.
        name: SecretName,
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
    #[error("{place}: the command `{program}` gave no value for {name}")]
    Substitution {
        /// Where.
        place: Place,
        /// Whose value it is.
        name: SecretName,
        /// The program that the command begins with.
        program: String,
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
#[error("{}{}", self.what_is_missing(), self.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct SecretNotFound {
    /// The name that was looked up.
    pub name: SecretName,
    /// The files that were read, or those that were looked for when there is none.
    pub files: Vec<PathBuf>,
    /// Whether any of them is there.
    pub any_file: bool,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl SecretNotFound {
    /// What is missing, in Kamal's words.
    pub fn what_is_missing(&self) -> String {
        let name = &self.name;
        let files: Vec<_> = self
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let files = files.join(", ");
        if self.any_file {
            format!("Secret '{name}' not found in {files}")
        } else {
            format!("Secret '{name}' not found, no secret files ({files}) provided")
        }
    }
}
