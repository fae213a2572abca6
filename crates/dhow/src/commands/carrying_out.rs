//! Carrying out a plan that neither builds nor deploys, and what it means when it stops.

use dhow_execute::{LocalRunner, Stopped};
use dhow_plan::{LocalWork, Plan};
use dhow_ssh_exec::LocalEnd;

use crate::{
    failure::{self, Failure},
    session::Session,
};

/// Carries out a plan of hooks and hosts.
pub(super) async fn carry_out(session: &Session<'_>, plan: &Plan) -> Result<(), Failure> {
    carry_out_with(session, plan, None).await
}

/// The same, where hosts may need the registry of this machine, which is here.
pub(super) async fn carry_out_with(
    session: &Session<'_>,
    plan: &Plan,
    registry: Option<LocalEnd>,
) -> Result<(), Failure> {
    let plan = session.hooks().only_present(plan.clone());
    let executor = session.executor().serving(registry);
    match executor.carry_out(&plan, &Hooks(session)).await {
        Ok(_) => Ok(()),
        Err(Stopped::Local(failure)) => Err(failure),
        Err(Stopped::Hosts(report)) => Err(Failure::phase(&report)),
        Err(Stopped::Interrupted(None)) => Err(Failure::new(
            failure::Kind::Signal(2),
            "interrupted between two phases",
        )),
        Err(Stopped::Interrupted(Some(report))) => {
            let headline = format!("interrupted during: {}", report.title);
            Err(Failure::new(failure::Kind::Signal(2), headline))
        }
    }
}

/// Runs the hooks of a plan that neither builds nor waits.
struct Hooks<'a>(&'a Session<'a>);

impl LocalRunner for Hooks<'_> {
    type Error = Failure;

    async fn run(&self, work: &LocalWork) -> Result<(), Failure> {
        match work {
            LocalWork::Hook(call) => self.0.hooks().run(call, None).await,
            LocalWork::Wait(pause) => {
                self.0.executor().wait(*pause).await;
                Ok(())
            }
            LocalWork::Build => Err(Failure::new(
                failure::Kind::Step,
                "this command builds nothing",
            )),
        }
    }
}
