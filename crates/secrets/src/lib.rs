//! The secrets of a project: files read once into values that redact themselves, and the password managers
//! that give them.
//!
//! [`Secrets::load`] reads `.kamal/secrets-common` and `.kamal/secrets` (or `.kamal/secrets.staging`) and runs
//! each `$(…)` in them. A [`Fetcher`] asks password managers through their own programs, [`extract()`] takes
//! one secret out of an answer; the commands of a file that are our own use both without a process.
//! Environment and working folder come in as arguments; the only effects are reading those files and running
//! programs with a [`CommandRunner`].

mod adapters;
mod assignment;
mod entries;
mod env_file;
mod expansion;
mod extract;
mod fetch;
mod fetched;
mod files;
mod inline;
mod json;
mod limits;
mod local_runner;
mod problem;
mod program;
mod reading;
mod secrets;
mod shell;
mod survey;
mod value;
mod warning;
mod words;

pub use adapters::{Adapter, FetchError};
pub use env_file::{EnvFile, EnvFileForm, Obstacle, Undeliverable, env_file};
pub use expansion::Expansion;
pub use extract::{ExtractError, extract};
pub use fetch::{FetchRequest, Fetcher, RequestError};
pub use fetched::Fetched;
pub use files::SecretsFiles;
pub use inline::InlineError;
pub use json::NotJson;
pub use local_runner::{LocalRunner, StopHandle};
pub use problem::{Place, SecretNotFound, SecretsError, Told};
pub use program::{Call, CommandRunner, Finished, ProgramError};
pub use secrets::Secrets;
pub use survey::Survey;
pub use warning::SecretsWarning;
pub use words::{OpenQuote, split as words};
