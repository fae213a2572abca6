//! Recipes: pure functions that make the phases of a plan.

pub mod accessory;
pub mod app;
pub mod deploy;
pub mod inspect;
pub mod lock;
pub mod proxy;
pub mod prune;
pub mod registry;
pub mod remove;
pub mod server;
pub mod upgrade;

pub use boot::LAST_PROBE;
pub(crate) use proxied::told_of_accessory;
pub use pull::{CHECK_ARCHITECTURE, CHECK_LABEL, LOG_IN};

mod boot;
mod finish;
mod prepare;
mod proxied;
mod pull;

use dhow_config::Config;
use dhow_docker::{Names, Repository, audit::Auditor};
use dhow_names::{Digest, RoleName};
use dhow_roles::Fleet;
use dhow_versioning::Version;

use crate::{files::Files, needs::Needs, plan::Step};

/// Everything that is settled before a plan is made, but for the facts.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    /// The selected part of the deploy file's servers.
    pub fleet: &'a Fleet<'a>,
    /// What things are called on the hosts.
    pub names: &'a Names,
    /// Where the image lies.
    pub repository: &'a Repository,
    /// The version this is about.
    pub version: &'a Version,
    /// The content of its image, when it is known: every host gets just this.
    pub digest: Option<Digest>,
    /// The secrets that are delivered.
    pub needs: &'a Needs,
    /// Files of the project that hosts get.
    pub files: &'a Files,
    /// Who does it, and when.
    pub auditor: &'a Auditor,
}

impl<'a> Settled<'a> {
    fn config(&self) -> &'a Config {
        self.fleet.config()
    }

    /// Logs the host in to the registry, where it wants a login.
    fn log_in(&self) -> Option<Step> {
        self.needs.login.as_ref().map(pull::log_in)
    }

    /// A line for the host's audit log.
    fn audit(&self, role: Option<&RoleName>, message: &str) -> Step {
        let command = self.auditor.record(self.names, role, message);
        Step::new("write the audit log", command)
            .tolerant()
            .as_bookkeeping()
    }
}

/// `1 host`, `3 hosts`.
fn count_of(hosts: usize) -> String {
    if hosts == 1 {
        "1 host".to_owned()
    } else {
        format!("{hosts} hosts")
    }
}
