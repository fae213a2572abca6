//! Why a password manager gave nothing.

use crate::{ProgramError, RequestError, json::NotJson};

/// Why nothing could be fetched. The texts are Kamal's where it has any (secrets-and-hooks §5), so that they
/// can be searched for; that is why they begin with capitals.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The words make no request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The manager's program is not there or does not work.
    #[error("{client} is not installed")]
    NotInstalled {
        /// What the program is called.
        client: &'static str,
        /// What happened.
        source: ProgramError,
    },
    /// Logging in did not work.
    #[error("{text}")]
    NotLoggedIn {
        /// Kamal's text.
        text: &'static str,
        /// What happened, where a program reported it.
        source: Option<ProgramError>,
    },
    /// The program that was to read secrets failed.
    #[error("Could not read {what}")]
    NotRead {
        /// What was to be read and from where.
        what: String,
        /// What happened.
        source: ProgramError,
    },
    /// The manager knows no such secret.
    #[error("Could not find {0}")]
    NotFound(String),
    /// The manager's own words about secrets that it does not give.
    #[error("{0}")]
    Refused(String),
    /// The request lacks something, or has a name of the wrong form.
    #[error("{0}")]
    Unclear(String),
    /// Two secrets would have the same name.
    #[error("{0} is present more than once")]
    Twice(String),
    /// The program answered with something that is not JSON.
    #[error("`{program}` did not answer with JSON")]
    NotJson {
        /// The program with its first words.
        program: &'static str,
        /// Where the text stops being JSON.
        source: NotJson,
    },
    /// The program answered with JSON of another form.
    #[error("the answer of `{program}` holds no {expected}")]
    Unexpected {
        /// The program with its first words.
        program: &'static str,
        /// What was looked for in it.
        expected: &'static str,
    },
    /// The run was stopped while a program was at work.
    #[error("it was stopped")]
    Stopped,
    /// The thread that asked ended without an answer.
    #[error("asking the password manager crashed")]
    Crashed,
}
