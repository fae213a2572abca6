//! `proxy`: looking after the proxy of each host.

use dhow_execute::{LocalRunner, Stopped};
use dhow_names::Host;
use dhow_plan::{
    LocalWork, Plan, Suffixes,
    checks::outdated_proxies,
    facts::Facts,
    recipe::{inspect, proxy},
};
use dhow_ssh_exec::LocalEnd;

mod boot_config;

use super::{
    app::range,
    changing::Changing,
    looking::{Look, ask_and_show},
};
use crate::{
    arguments::{Logs, Proxy},
    failure::{self, Failure},
    following::{Followed, Source, follow},
    invocation::Invocation,
    session::Session,
};

/// Looks after the proxy.
pub(crate) async fn run(invocation: &Invocation, command: Proxy) -> Result<(), Failure> {
    match &command {
        Proxy::Details => {
            let look = Look::prepare(invocation).await?;
            let fleet = look.fleet()?;
            let session = look.connect(invocation, &fleet).await?;
            let work = inspect::proxy_details(&session.settled());
            return ask_and_show(invocation, &session, "Proxy", "show the proxy", &work).await;
        }
        Proxy::Logs(logs) => return show_logs(invocation, logs).await,
        Proxy::BootConfig(config) => return boot_config::run(invocation, config).await,
        Proxy::Reboot { confirmed, .. } | Proxy::Upgrade { confirmed, .. } => {
            let question = "This will cause a brief outage on each host. Are you sure?";
            super::confirm(invocation, *confirmed, question).await?;
        }
        _ => {}
    }
    change(invocation, &command).await
}

async fn show_logs(invocation: &Invocation, logs: &Logs) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    if logs.follow {
        let followed = |host: &&Host| Followed {
            host: (*host).clone(),
            sources: vec![Source {
                name: None,
                command: range(logs).of_name(dhow_docker::names::PROXY),
            }],
        };
        let followed: Vec<Followed> = fleet.proxy_hosts().iter().map(followed).collect();
        return follow(&session, &followed).await;
    }
    let work = inspect::proxy_logs(&session.settled(), &range(logs));
    ask_and_show(invocation, &session, "Proxy", "show the proxy's log", &work).await
}

/// Changes the proxy under the lock.
async fn change(invocation: &Invocation, command: &Proxy) -> Result<(), Failure> {
    let mut changing = match command {
        Proxy::Boot | Proxy::Reboot { .. } | Proxy::Upgrade { .. } => {
            Changing::prepare(invocation).await?
        }
        _ => Changing::prepare_without_secrets(invocation).await?,
    };
    if matches!(command, Proxy::Upgrade { .. }) && invocation.global.version.is_none() {
        changing.act_on_latest()?;
    }
    if let Proxy::Reboot { rolling, .. } = command {
        return reboot(invocation, &changing, *rolling).await;
    }
    changing
        .under_lock(invocation, |session, facts| {
            let outdated = outdated_proxies(session.fleet, facts);
            if matches!(command, Proxy::Boot) && !outdated.is_empty() {
                return Err(Failure::unfit(&outdated));
            }
            Ok(decide(session, facts, command))
        })
        .await
}

fn decide(session: &Session<'_>, facts: &Facts, command: &Proxy) -> Plan {
    let settled = session.settled();
    match command {
        Proxy::Boot => proxy::boot(&settled, facts),
        Proxy::Start => proxy::start(&settled),
        Proxy::Stop => proxy::stop(&settled),
        Proxy::Restart => proxy::restart(&settled),
        Proxy::Remove { force } => remove(session, facts, *force),
        Proxy::Upgrade { rolling, .. } => {
            let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
            proxy::upgrade(&settled, facts, *rolling, &mut suffixes)
        }
        Proxy::RemoveContainer => proxy::remove_container(&settled),
        Proxy::RemoveImage => proxy::remove_image(&settled),
        Proxy::RemoveProxyDirectory => proxy::remove_proxy_directory(&settled),
        Proxy::Details | Proxy::Logs(_) | Proxy::BootConfig(_) | Proxy::Reboot { .. } => {
            Plan::default()
        }
    }
}

/// The words are Kamal's.
fn remove(session: &Session<'_>, facts: &Facts, force: bool) -> Plan {
    let (plan, kept) = proxy::remove(&session.settled(), facts, force);
    let announcer = &session.invocation.announcer;
    for host in kept {
        announcer.warn(format!(
            "{host}: Not removing the proxy, as other apps are installed, ignore this check with dhow proxy remove \
             --force"
        ));
    }
    let fleet = session.fleet;
    let mut with_apps = fleet.proxy_hosts().into_iter();
    if force && with_apps.any(|host| facts.of(host).has_apps()) {
        announcer.warn("Forcing, so removing the proxy, even though other apps are installed");
    }
    plan
}

/// The proxies are asked for their services first, so that all of them can be looked for afterwards.
async fn reboot(
    invocation: &Invocation,
    changing: &Changing,
    rolling: bool,
) -> Result<(), Failure> {
    let act = async |session: &Session<'_>, _| {
        let settled = session.settled();
        let lists = proxy::list_routes(&settled);
        let reports = session.work("list the proxy's services", &lists).await?;
        let routes = reports.into_iter().map(|report| {
            let table = report.steps.into_iter().map(|step| step.stdout);
            let table: String = table.collect();
            (report.host, dhow_docker::proxy::routes_in(&table))
        });
        let plan = proxy::reboot(&settled, &routes.collect(), rolling);
        carry_out(session, &plan).await
    };
    changing.act_under_lock(invocation, act).await
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
