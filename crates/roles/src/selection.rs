//! What the command line says about hosts and roles.

use std::{collections::HashSet, fmt, str::FromStr};

use globset::{GlobBuilder, GlobMatcher};

/// A shell glob over host or role names: `*`, `?`, `[set]`, `{a,b}` and `\` (cli §3.3). `*` also matches `.`
/// and `/`; the whole name must match, in the same case.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Whether the name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let glob = GlobBuilder::new(text)
            .literal_separator(false)
            .backslash_escape(true)
            .build()
            .map_err(|source| SelectionError::Pattern {
                text: text.to_owned(),
                source,
            })?;
        Ok(Self {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
        })
    }
}

/// Which part of the fleet a command is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `--hosts`, in the order given.
    pub hosts: Option<Vec<Pattern>>,
    /// `--roles`, in the order given.
    pub roles: Option<Vec<Pattern>>,
    /// `--primary`: the primary host only.
    pub primary: bool,
}

impl Selection {
    /// Splits the comma-separated texts of `--hosts` and `--roles`.
    pub fn parse(
        hosts: Option<&str>,
        roles: Option<&str>,
        primary: bool,
    ) -> Result<Self, SelectionError> {
        let patterns = |text: &str| {
            text.split(',')
                .map(str::parse)
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            hosts: hosts.map(patterns).transpose()?,
            roles: roles.map(patterns).transpose()?,
            primary,
        })
    }
}

/// A selection that selects nothing, or is none.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A pattern that cannot be read.
    #[error("`{text}` is not a pattern")]
    Pattern {
        /// The pattern as given.
        text: String,
        /// Why not.
        source: globset::Error,
    },
    /// No host has such a name.
    #[error("No --hosts match for {patterns}")]
    NoHost {
        /// The patterns as given.
        patterns: String,
        /// The hosts there are.
        known: Vec<String>,
    },
    /// No role has such a name.
    #[error("No --roles match for {patterns}")]
    NoRole {
        /// The patterns as given.
        patterns: String,
        /// The roles there are.
        known: Vec<String>,
    },
    /// Hosts and roles exist, but none of these hosts runs any of these roles.
    #[error("no selected host runs a selected role")]
    NothingInCommon,
}

/// The names that match, pattern by pattern in the order given, each once.
pub(crate) fn matching<'a, T: AsRef<str>>(patterns: &[Pattern], names: &[&'a T]) -> Vec<&'a T> {
    let mut seen = HashSet::new();
    let of_pattern = |pattern: &Pattern| {
        let names = names.iter().copied();
        let is_new =
            |name: &&'a T| pattern.matches((*name).as_ref()) && seen.insert((*name).as_ref());
        names.filter(is_new).collect::<Vec<_>>()
    };
    patterns.iter().flat_map(of_pattern).collect()
}

/// Patterns as they were given.
pub(crate) fn joined(patterns: &[Pattern]) -> String {
    patterns
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}
