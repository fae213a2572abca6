//! The state file: every service in one JSON array that kamal-proxy reads as well (kamal-proxy §11).

use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::names::{HostPattern, PathPrefix, ServiceName, TargetAddress};
use crate::pause::GateState;
use crate::settings::{
    ServiceOptions, TargetOptions, Unsupported, nanoseconds, null_is_empty, unsupported,
};

/// One service as it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is called.
    pub name: ServiceName,
    /// How it is reached.
    #[serde(default)]
    pub options: ServiceOptions,
    /// How its targets are spoken to.
    #[serde(default)]
    pub target_options: TargetOptions,
    /// Its targets.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub active_targets: Vec<TargetAddress>,
    /// Targets for reads alone, which are not supported yet.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub active_readers: Vec<TargetAddress>,
    /// Whether it takes requests.
    #[serde(default)]
    pub pause_controller: SavedPause,
    /// What other proxies keep there: rollout targets and their split.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Whether a service takes requests, in the file's own form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPause {
    state: u8,
    stop_message: String,
    #[serde(with = "nanoseconds")]
    fail_after: Duration,
}

impl From<GateState> for SavedPause {
    fn from(state: GateState) -> Self {
        match state {
            GateState::Running => Self::default(),
            GateState::Paused { max_pause } => Self {
                state: 1,
                fail_after: max_pause,
                ..Self::default()
            },
            GateState::Stopped { message } => Self {
                state: 2,
                stop_message: message,
                ..Self::default()
            },
        }
    }
}

impl From<SavedPause> for GateState {
    fn from(saved: SavedPause) -> Self {
        match saved.state {
            1 => Self::Paused {
                max_pause: saved.fail_after,
            },
            2 => Self::Stopped {
                message: saved.stop_message,
            },
            _ => Self::Running,
        }
    }
}

/// What a state file held.
#[derive(Debug, Default)]
pub struct Saved {
    /// The services that can be restored.
    pub entries: Vec<Entry>,
    /// The entries that cannot, each with the reason.
    pub rejected: Vec<(Value, Rejection)>,
}

/// Why an entry is not restored.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is not what an entry looks like.
    #[error("not a service")]
    Malformed(#[source] serde_json::Error),
    /// It asks for something this program cannot do yet.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// It has no target, so there is nothing to restore.
    #[error("no targets")]
    NoTargets,
    /// Its certificate cannot be loaded.
    #[error("unable to load certificate")]
    Certificate(#[source] crate::tls::CertificateError),
    /// Its error pages cannot be loaded.
    #[error("unable to load error pages")]
    ErrorPages(#[source] crate::error_page::ErrorPagesError),
    /// An entry before it has the same name.
    #[error("a second entry of this name")]
    Repeated,
    /// An entry before it has the same host and path prefix.
    #[error("host settings conflict with another service")]
    Conflict,
}

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// A file operation failed.
    #[error("could not {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file as a whole is no JSON array.
    #[error("no list of services in {path}")]
    NoList {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl StateFileError {
    fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// Reads the file; a missing one holds nothing.
pub fn read(path: &Path) -> Result<Saved, StateFileError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Saved::default()),
        Err(error) => return Err(StateFileError::io("read", path)(error)),
    };
    let values: Vec<Value> =
        serde_json::from_slice(&bytes).map_err(|source| StateFileError::NoList {
            path: path.to_owned(),
            source,
        })?;
    let mut saved = Saved::default();
    for value in values {
        match entry_of(&value) {
            Ok(entry) => saved.entries.push(entry),
            Err(rejection) => saved.rejected.push((value, rejection)),
        }
    }
    Ok(saved)
}

fn entry_of(value: &Value) -> Result<Entry, Rejection> {
    let mut entry: Entry = serde_json::from_value(value.clone()).map_err(Rejection::Malformed)?;
    take_older_forms(&mut entry)?;
    entry.options = entry.options.normalised();
    if !entry.active_readers.is_empty() {
        return Err(Unsupported::ReadTargets.into());
    }
    match unsupported(&entry.options, &entry.target_options) {
        Some(unsupported) => Err(unsupported.into()),
        None if entry.active_targets.is_empty() => Err(Rejection::NoTargets),
        None => Ok(entry),
    }
}

/// Earlier versions kept one target, and hosts and prefixes on the top level.
fn take_older_forms(entry: &mut Entry) -> Result<(), Rejection> {
    fn take<T: serde::de::DeserializeOwned>(
        entry: &mut Entry,
        key: &str,
    ) -> Result<Option<T>, Rejection> {
        let value = entry.others.remove(key).filter(|value| !value.is_null());
        value
            .map(serde_json::from_value)
            .transpose()
            .map_err(Rejection::Malformed)
    }
    let target: Option<String> = take(entry, "active_target")?;
    if let Some(target) =
        target.filter(|target| !target.is_empty() && entry.active_targets.is_empty())
    {
        let target = serde_json::from_value(Value::String(target)).map_err(Rejection::Malformed)?;
        entry.active_targets.push(target);
    }
    let hosts: Option<Vec<HostPattern>> = take(entry, "hosts")?;
    if entry.options.hosts.is_empty() {
        entry.options.hosts = hosts.unwrap_or_default();
    }
    let prefixes: Option<Vec<PathPrefix>> = take(entry, "path_prefixes")?;
    if entry.options.path_prefixes.is_empty() {
        entry.options.path_prefixes = prefixes.unwrap_or_default();
    }
    Ok(())
}

/// Replaces the file in one step: whoever reads it finds the old state or the new one, never half of one.
pub fn write(path: &Path, entries: &[Entry]) -> Result<(), StateFileError> {
    let bytes = serde_json::to_vec(entries).map_err(|source| StateFileError::NoList {
        path: path.to_owned(),
        source,
    })?;
    replace(path, &bytes)
}

/// Adds entries to the file beside the state file where rejected ones are kept, and gives its path.
pub fn set_aside(state: &Path, rejected: &[Value]) -> Result<PathBuf, StateFileError> {
    let path = state.with_extension("state.set-aside");
    let kept = std::fs::read(&path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut values: Vec<Value> = kept.unwrap_or_default();
    for value in rejected {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    let bytes = serde_json::to_vec(&values).map_err(|source| StateFileError::NoList {
        path: path.clone(),
        source,
    })?;
    replace(&path, &bytes)?;
    Ok(path)
}

/// Moves a file that is no state file out of the way, and gives its new path.
pub fn set_file_aside(state: &Path) -> Result<PathBuf, StateFileError> {
    let path = state.with_extension("state.unreadable");
    std::fs::rename(state, &path).map_err(StateFileError::io("move aside", state))?;
    Ok(path)
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), StateFileError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let written = || -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(bytes)?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
        // A proxy of another image may run as the directory's owner and must be able to write it too.
        let owner = std::fs::metadata(directory)?;
        if file.as_file().metadata()?.uid() != owner.uid() {
            chown(file.path(), Some(owner.uid()), Some(owner.gid()))?;
        }
        file.as_file().sync_all()?;
        Ok(file)
    };
    let file = written().map_err(StateFileError::io("write", path))?;
    file.persist(path)
        .map_err(|error| StateFileError::io("replace", path)(error.error))?;
    let synced = std::fs::File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(StateFileError::io("write", directory))
}

#[cfg(test)]
mod tests;
