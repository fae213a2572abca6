//! `proxy`: looking after the proxy of each host.

mod boot_config;

use dhow_names::Host;
use dhow_plan::{
    Plan, Suffixes,
    checks::outdated_proxies,
    facts::Facts,
    recipe::{Settled, inspect, proxy},
};

use super::{
    app::range,
    carrying_out::carry_out,
    changing::Changing,
    looking::{Look, ask_and_show},
};
use crate::{
    arguments::{Logs, Proxy},
    failure::Failure,
    following::{Followed, Source, follow},
    invocation::Invocation,
    session::Session,
};

/// Looks after the proxy.
pub(crate) async fn run(invocation: &Invocation, command: Proxy) -> Result<(), Failure> {
    let change = |decide| change(invocation, decide);
    match command {
        Proxy::Details => show_details(invocation).await,
        Proxy::Logs(logs) => show_logs(invocation, &logs).await,
        Proxy::BootConfig(config) => boot_config::run(invocation, &config).await,
        Proxy::Boot => boot(invocation).await,
        Proxy::Reboot { rolling, confirmed } => {
            super::confirm(invocation, confirmed, OUTAGE).await?;
            reboot(invocation, rolling).await
        }
        Proxy::Upgrade { rolling, confirmed } => {
            super::confirm(invocation, confirmed, OUTAGE).await?;
            upgrade(invocation, rolling).await
        }
        Proxy::Remove { force } => {
            let changing = Changing::prepare_without_secrets(invocation).await?;
            let decide = |session: &Session<'_>, facts: &Facts| Ok(remove(session, facts, force));
            changing.under_lock(invocation, decide).await
        }
        Proxy::Start => change(proxy::start).await,
        Proxy::Stop => change(proxy::stop).await,
        Proxy::Restart => change(proxy::restart).await,
        Proxy::RemoveContainer => change(proxy::remove_container).await,
        Proxy::RemoveImage => change(proxy::remove_image).await,
        Proxy::RemoveProxyDirectory => change(proxy::remove_proxy_directory).await,
    }
}

const OUTAGE: &str = "This will cause a brief outage on each host. Are you sure?";

async fn show_details(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let work = inspect::proxy_details(&session.settled());
    ask_and_show(invocation, &session, "Proxy", "show the proxy", &work).await
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

/// Changes under the lock what takes neither secrets nor facts.
async fn change(invocation: &Invocation, decide: fn(&Settled<'_>) -> Plan) -> Result<(), Failure> {
    let changing = Changing::prepare_without_secrets(invocation).await?;
    let decide = |session: &Session<'_>, _: &Facts| Ok(decide(&session.settled()));
    changing.under_lock(invocation, decide).await
}

async fn boot(invocation: &Invocation) -> Result<(), Failure> {
    let changing = Changing::prepare(invocation).await?;
    let decide = |session: &Session<'_>, facts: &Facts| {
        let outdated = outdated_proxies(session.fleet, facts);
        if !outdated.is_empty() {
            return Err(Failure::unfit(&outdated));
        }
        Ok(proxy::boot(&session.settled(), facts))
    };
    changing.under_lock(invocation, decide).await
}

async fn upgrade(invocation: &Invocation, rolling: bool) -> Result<(), Failure> {
    let mut changing = Changing::prepare(invocation).await?;
    if invocation.global.version.is_none() {
        changing.act_on_latest()?;
    }
    let decide = |session: &Session<'_>, facts: &Facts| {
        let mut suffixes = Suffixes::from_seed(invocation.environment.seed);
        Ok(proxy::upgrade(
            &session.settled(),
            facts,
            rolling,
            &mut suffixes,
        ))
    };
    changing.under_lock(invocation, decide).await
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
async fn reboot(invocation: &Invocation, rolling: bool) -> Result<(), Failure> {
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
    let changing = Changing::prepare(invocation).await?;
    changing.act_under_lock(invocation, act).await
}
