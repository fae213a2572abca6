//! The shop that several tests plan for.

use crate::scenario::{Scenario, plan};

/// Two hosts behind the proxy, two with jobs, and one of an accessory.
pub(crate) const SHOP: &str = "
servers:
  web: [10.0.0.1, 10.0.0.2]
  jobs: {hosts: [10.0.0.2, 10.0.0.3]}
accessories:
  db: {image: 'mysql:8', host: 10.0.0.9}
";

/// The shop as it runs.
pub(crate) fn shop() -> Scenario {
    plan(SHOP)
        .running("web", "10.0.0.1", "1111111")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
}
