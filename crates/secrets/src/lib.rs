//! The secrets files of a project, read once into values that redact themselves.
//!
//! [`Secrets::load`] reads `.kamal/secrets-common` and `.kamal/secrets` (or `.kamal/secrets.staging`), runs
//! each `$(…)` in them through a [`Substitution`] and keeps the result. Environment and working folder come
//! in as arguments; the only effects are reading those files and running those commands.

mod assignment;
mod env_file;
mod expansion;
mod files;
mod problem;
mod secrets;
mod shell;
mod substitution;
mod value;
mod warning;

pub use env_file::env_file;
pub use files::SecretsFiles;
pub use problem::{Place, SecretNotFound, SecretsError};
pub use secrets::Secrets;
pub use shell::{ShellSubstitution, StopHandle};
pub use substitution::{Substitution, SubstitutionError};
pub use warning::SecretsWarning;
