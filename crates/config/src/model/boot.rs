//! In which groups hosts are booted.

use std::{num::NonZeroUsize, time::Duration};

use serde::Serialize;

/// `boot` (config §10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Boot {
    /// How many hosts are booted at once; none means all.
    pub limit: Option<BootLimit>,
    /// Whether the roles of a host are booted at once.
    pub parallel_roles: bool,
    /// How long to wait after each group.
    pub wait: Option<Duration>,
}

/// The size of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BootLimit {
    /// So many hosts.
    Hosts(NonZeroUsize),
    /// A share of all hosts of the file in percent, rounded down, at least one (flows §4.2).
    Percent(u8),
}

impl BootLimit {
    /// The size of a group when the file names `hosts` hosts.
    pub fn of(self, hosts: usize) -> NonZeroUsize {
        match self {
            Self::Hosts(count) => count,
            Self::Percent(percent) => {
                NonZeroUsize::new(hosts * usize::from(percent) / 100).unwrap_or(NonZeroUsize::MIN)
            }
        }
    }
}
