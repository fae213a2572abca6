//! Deploying, redeploying, setting up and rolling back (flows §2).

use dhow_docker::server;
use dhow_names::Host;

use super::{Settled, accessory, boot, finish, prepare, pull};
use crate::{
    facts::Facts,
    hook::Hook,
    plan::{Block, HostWork, LocalWork, Phase, Plan, Step},
    suffixes::Suffixes,
};

/// Which of the four is meant; they differ in what they leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything, on servers that may be bare: Docker and accessories too.
    Setup,
    /// A new version.
    Deploy,
    /// A new version, without looking after the proxy and without pruning.
    Redeploy,
    /// A version whose image lies on the hosts.
    Rollback,
}

impl Kind {
    /// Whether the proxy is started where it does not run.
    pub fn looks_after_proxy(self) -> bool {
        matches!(self, Self::Setup | Self::Deploy)
    }

    fn prunes(self) -> bool {
        matches!(self, Self::Setup | Self::Deploy)
    }
}

/// Builds the image, before the lock is taken. What it is called by its content is known only then.
pub fn build(settled: &Settled<'_>) -> Plan {
    let mut plan = Plan::default();
    plan.add(Phase::local(
        format!("Build {}", settled.version),
        LocalWork::Build,
    ));
    plan
}

/// Brings the image to the hosts, before the lock is taken: nothing that runs is touched.
pub fn pull(settled: &Settled<'_>, kind: Kind, facts: &Facts) -> Plan {
    let mut plan = Plan::default();
    if kind == Kind::Rollback {
        plan.add(pull::pull_missing(settled, facts));
    } else {
        for phase in pull::pull(settled, facts) {
            plan.add(phase);
        }
    }
    plan
}

/// What is done under the lock, from facts that were looked up under it.
pub fn under_lock(
    settled: &Settled<'_>,
    kind: Kind,
    facts: &Facts,
    suffixes: &mut Suffixes,
) -> Plan {
    let mut plan = Plan::default();
    plan.add(boot::hook_phase(Hook::PreDeploy, &hosts(settled)));
    plan.add(prepare::prepare(settled, facts, kind.looks_after_proxy()));
    if kind == Kind::Setup {
        plan.add(accessory::boot_missing(settled, facts));
    }
    for phase in boot::boot(settled, facts, suffixes) {
        plan.add(phase);
    }
    plan.add(finish::finish(settled, kind.prunes()));
    plan
}

/// What is done after the lock is given up.
pub fn after_lock(settled: &Settled<'_>) -> Plan {
    let mut plan = Plan::default();
    plan.add(boot::hook_phase(Hook::PostDeploy, &hosts(settled)));
    plan
}

/// Installs Docker where it is missing, before anything is asked of an engine.
pub fn bootstrap(settled: &Settled<'_>, missing: &[Host]) -> Plan {
    let mut plan = Plan::default();
    let work = missing
        .iter()
        .map(|host| {
            let install = Step::new("install Docker", server::bootstrap());
            HostWork::at_once(host, vec![Block::of(vec![install])])
        })
        .collect();
    plan.add(Phase::on_hosts("Install Docker where it is missing", work));
    plan.add(boot::hook_phase(Hook::DockerSetup, &hosts(settled)));
    plan
}

/// The `pre-connect` hook, before anything reaches out.
pub fn before_connecting(settled: &Settled<'_>) -> Plan {
    let mut plan = Plan::default();
    plan.add(boot::hook_phase(Hook::PreConnect, &hosts(settled)));
    plan
}

fn hosts(settled: &Settled<'_>) -> Vec<Host> {
    settled
        .fleet
        .hosts()
        .iter()
        .map(|host| (*host).clone())
        .collect()
}
