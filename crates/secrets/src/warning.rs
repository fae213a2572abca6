//! What is probably not meant in a secrets file.

use std::path::PathBuf;

use dhow_names::SecretName;

use crate::Place;

/// Something a person should look at; the run goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsWarning {
    /// Other users of this machine can read the file.
    #[error(
        "the secrets file {file} can be read by others (mode {mode:03o}); run `chmod 600 {file}`",
        file = file.display()
    )]
    ReadableByOthers {
        /// The file, as it was named.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A secret without text.
    #[error("{place}: {name} is empty")]
    Empty {
        /// Where.
        place: Place,
        /// Which secret.
        name: SecretName,
    },
    /// A variable that neither the file nor the environment sets; it counts as empty text.
    #[error("{place}: ${variable} in {name} is not set, so it counts as empty")]
    UnsetVariable {
        /// Where.
        place: Place,
        /// Which secret refers to it.
        name: SecretName,
        /// The variable.
        variable: String,
    },
    /// The output of a command holds what Kamal would take for a variable.
    #[error(
        "{place}: what a command printed for {name} holds a `$` that Kamal would take for a variable; \
         dhow keeps the output as it is, unless the deploy file says `x-dhow: {{secrets: {{expand: kamal}}}}`"
    )]
    OutputKeptLiteral {
        /// Where.
        place: Place,
        /// Which secret.
        name: SecretName,
    },
    /// A value that looks like a secret is written out in a file that git keeps.
    #[error(
        "{place}: {name} is written out in a file that git tracks, where everybody with the repository can \
         read it; take it from a command or from the environment, and change it, because the history keeps it"
    )]
    Committed {
        /// Where.
        place: Place,
        /// Which secret.
        name: SecretName,
    },
    /// A `$(` without its `)`, which makes it plain text.
    #[error("{place}: the `$(` in {name} is not closed, so it is plain text and runs nothing")]
    OpenCommand {
        /// Where.
        place: Place,
        /// Which secret.
        name: SecretName,
    },
    /// A word alone in its line, which the grammar takes for the name of an empty secret. It may be a part of
    /// a secret, so it is not told.
    #[error(
        "{place}: this line is a word without `=`, which counts as a secret with an empty value; a value of several \
         lines needs quotes"
    )]
    BareWord {
        /// Where.
        place: Place,
    },
    /// A line that is neither an assignment nor a comment; the grammar skips it.
    #[error(
        "{place}: this line is no assignment and is skipped; names are made of letters, digits, `_` and `.`, and a \
         value of several lines needs quotes"
    )]
    SkippedLine {
        /// Where.
        place: Place,
    },
}

impl SecretsWarning {
    /// Where it is, unless it is about a whole file.
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Self::ReadableByOthers { .. } => None,
            Self::Empty { place, .. }
            | Self::UnsetVariable { place, .. }
            | Self::OutputKeptLiteral { place, .. }
            | Self::Committed { place, .. }
            | Self::OpenCommand { place, .. }
            | Self::BareWord { place }
            | Self::SkippedLine { place } => Some(place),
        }
    }
}
