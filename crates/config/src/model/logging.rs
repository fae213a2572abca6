//! Where containers log to.

use serde::Serialize;

use super::Pair;

/// `logging`: a driver and its options. With neither, containers get `max-size=10m` (host-commands §4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Logging {
    /// `--log-driver`.
    pub driver: Option<String>,
    /// `--log-opt` each.
    pub options: Vec<Pair>,
}
