//! `proxy boot`, `details`, `logs`, `reboot` and `remove`.

use dhow_execute::{LocalRunner, Stopped};
use dhow_plan::{
    LocalWork, Plan,
    recipe::{inspect, proxy},
};
use dhow_ssh_exec::LocalEnd;

use super::{
    app::range,
    deploy::gather,
    looking::{Look, ask_and_show},
    read_project,
};
use crate::{
    arguments::{Logs, Proxy},
    failure::{self, Failure},
    invocation::Invocation,
    session::Session,
};

/// Looks after the proxy.
pub(crate) async fn run(invocation: &Invocation, command: Proxy) -> Result<(), Failure> {
    match command {
        Proxy::Details => {
            let look = Look::prepare(invocation).await?;
            let fleet = look.fleet()?;
            let session = look.connect(invocation, &fleet).await?;
            let work = inspect::proxy_details(&session.settled());
            ask_and_show(invocation, &session, "Proxy", "show the proxy", &work).await
        }
        Proxy::Logs(logs) => show_logs(invocation, &logs).await,
        Proxy::Boot => change(invocation, Change::Boot).await,
        Proxy::Reboot { rolling, confirmed } => {
            super::confirm(
                invocation,
                confirmed,
                "This will cause a brief outage on each host. Are you sure?",
            )
            .await?;
            change(invocation, Change::Reboot { rolling }).await
        }
        Proxy::Remove { force } => change(invocation, Change::Remove { force }).await,
    }
}

async fn show_logs(invocation: &Invocation, logs: &Logs) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let line = range(logs).of_name(dhow_docker::names::PROXY);
    if logs.follow {
        return super::app::follow(&session, &line).await;
    }
    let work = inspect::proxy_logs(&session.settled(), &range(logs));
    ask_and_show(invocation, &session, "Proxy", "show the proxy's log", &work).await
}

#[derive(Clone, Copy)]
enum Change {
    Boot,
    Reboot { rolling: bool },
    Remove { force: bool },
}

/// Changes the proxy under the lock.
async fn change(invocation: &Invocation, change: Change) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    let session = Session::open(invocation, &project, &basis, &fleet).await?;
    let result = under_lock(&session, change).await;
    session.close().await;
    result
}

async fn under_lock(session: &Session<'_>, change: Change) -> Result<(), Failure> {
    session.take_lock().await?;
    let result = act(session, change).await;
    let released = session.give_up_lock().await;
    failure::both(result, released)
}

async fn act(session: &Session<'_>, change: Change) -> Result<(), Failure> {
    let settled = session.settled();
    let plan = match change {
        Change::Boot => {
            let facts = session.look().await?;
            session.check(&facts)?;
            proxy::boot(&settled, &facts)
        }
        Change::Reboot { rolling } => proxy::reboot(&settled, rolling),
        Change::Remove { force } => {
            let facts = session.look().await?;
            let (plan, kept) = proxy::remove(&settled, &facts, force);
            for host in kept {
                session.invocation.announcer.warn(format!(
                    "{host}: Not removing the proxy, as other apps are installed, ignore this check with \
                     dhow proxy remove --force"
                ));
            }
            plan
        }
    };
    carry_out(session, &plan).await
}

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
