//! The one place that reads variables, folders, clock and chance. Everybody else is told.

use std::{
    collections::BTreeMap,
    env, fmt,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::workflow::Workflow;

/// Where and when this process runs.
#[derive(Clone)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    /// The folder everything of the project is relative to.
    pub(crate) folder: PathBuf,
    /// A number nobody can guess.
    pub(crate) seed: u64,
    /// Whether a person sits at the standard input.
    pub(crate) asks_a_person: bool,
}

/// Without the values of the variables, some of which are secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Environment")
            .field("folder", &self.folder)
            .field("asks_a_person", &self.asks_a_person)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Reads it, once.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn read() -> io::Result<Self> {
        Ok(Self {
            variables: env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            folder: env::current_dir()?,
            seed: RandomState::new().build_hasher().finish(),
            asks_a_person: io::stdin().is_terminal(),
        })
    }

    /// A variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable that says something.
    fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The folder for what can be made again: clones of projects.
    pub(crate) fn cache_folder(&self) -> PathBuf {
        if let Some(folder) = self.filled("XDG_CACHE_HOME") {
            return PathBuf::from(folder).join("dhow");
        }
        self.filled("HOME").map_or_else(
            || self.folder.join(".kamal").join(".cache"),
            |home| PathBuf::from(home).join(".cache").join("dhow"),
        )
    }

    /// The folder for sockets; its path is short.
    pub(crate) fn socket_folder(&self) -> PathBuf {
        let folder = self
            .filled("XDG_RUNTIME_DIR")
            .or_else(|| self.filled("TMPDIR"))
            .unwrap_or("/tmp");
        PathBuf::from(folder)
    }

    /// The path with a leading `~/` replaced by the home folder.
    pub(crate) fn expand_home(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.filled("HOME")) {
            (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => path.to_owned(),
        }
    }

    /// Whether a terminal of this kind can draw lines anew, and a person looks at it rather than a log of a machine.
    pub(crate) fn can_redraw(&self) -> bool {
        let kind = self.filled("TERM");
        kind.is_some_and(|kind| kind != "dumb") && self.filled("CI").is_none()
    }

    /// The job on GitHub Actions that this is part of, if it is.
    pub(crate) fn workflow(&self) -> Option<Workflow> {
        if self.get("GITHUB_ACTIONS") != Some("true") {
            return None;
        }
        let checked_out = self.filled("GITHUB_WORKSPACE");
        let folder = checked_out.and_then(|path| self.folder.strip_prefix(path).ok());
        Some(Workflow {
            folder: folder.map(Path::to_owned).unwrap_or_default(),
            token: format!("{:016x}", self.seed),
        })
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    #[expect(clippy::unused_self, reason = "the clock is part of the environment")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The time now where this runs.
    pub(crate) fn local_now(&self) -> Zoned {
        self.now().to_zoned(TimeZone::system())
    }

    /// The time now as hosts and hooks are told: `2026-01-02T03:04:05Z`.
    pub(crate) fn now_in_seconds(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_is_shown() {
        let environment = Environment {
            variables: BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]),
            folder: PathBuf::from("/shop"),
            seed: 1,
            asks_a_person: false,
        };
        let shown = format!("{environment:?} {environment:#?}");
        assert!(
            shown.contains("/shop") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
