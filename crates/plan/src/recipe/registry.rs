//! Logging hosts in to the registry and out of it (cli §7.8).

use dhow_docker::registry;

use super::{LOG_IN, Settled, count_of};
use crate::plan::{Block, Content, HostWork, Phase, Plan, Step};

/// Logs every selected host in, also where the same login is noted already, for it may not hold any more. Nothing when
/// the registry asks for no login.
pub fn log_in(settled: &Settled<'_>) -> Plan {
    let step = settled.needs.login.as_ref().map(|login| {
        let server = login.server.as_deref();
        let title = format!("{}{}", LOG_IN, server.unwrap_or("Docker Hub"));
        Step::new(title, registry::login(server, &login.username))
            .reading(Content::new(login.password.expose()))
            .endable()
    });
    on_all(settled, "Log in to the registry", step)
}

/// Logs every selected host out. One that is not logged in is fine.
pub fn log_out(settled: &Settled<'_>) -> Plan {
    let registry = &settled.config().registry;
    let step = registry.credentials.as_ref().map(|_| {
        let line = registry::logout(registry.server.as_deref());
        Step::new("log out of the registry", line)
    });
    on_all(settled, "Log out of the registry", step)
}

fn on_all(settled: &Settled<'_>, title: &str, step: Option<Step>) -> Plan {
    let mut plan = Plan::default();
    if let Some(step) = step {
        let hosts = settled.fleet.hosts();
        let work = hosts
            .iter()
            .map(|host| HostWork::at_once(host, vec![Block::of(vec![step.clone()])]));
        let title = format!("{title} on {}", count_of(hosts.len()));
        plan.add(Phase::on_hosts(title, work.collect()));
    }
    plan
}
