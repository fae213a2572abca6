//! Looking at what runs, without changing anything.

use dhow_config::Accessory;
use dhow_docker::{accessory, app, app::LogRange, audit, image, proxy};
use dhow_names::Host;

use super::Settled;
use crate::plan::{Block, HostWork, Step};

/// What `audit` shows on every host.
pub fn audit_logs(settled: &Settled<'_>) -> Vec<HostWork> {
    let show = || Step::new("show the audit log", audit::show(settled.names)).tolerant();
    settled
        .fleet
        .hosts()
        .iter()
        .map(|host| look(host, vec![show()]))
        .collect()
}

/// What `app containers` shows on every app host.
pub fn containers(settled: &Settled<'_>) -> Vec<HostWork> {
    on_app_hosts(settled, || {
        Step::new("list containers", app::containers(settled.names))
    })
}

/// What `app images` shows on every app host.
pub fn images(settled: &Settled<'_>) -> Vec<HostWork> {
    on_app_hosts(settled, || {
        Step::new("list images", image::list(settled.repository))
    })
}

/// What `app details` shows: the running containers of each role on each host.
pub fn app_details(settled: &Settled<'_>) -> Vec<HostWork> {
    per_role(settled, |role| {
        Step::new(role.name.to_string(), app::details(settled.names, role))
    })
}

/// What `app logs` shows: the current container of each role on each host.
pub fn app_logs(settled: &Settled<'_>, range: &LogRange) -> Vec<HostWork> {
    per_role(settled, |role| {
        let current = app::serving_container(settled.names, settled.repository, role);
        Step::new(role.name.to_string(), range.of(current)).tolerant()
    })
}

/// What `app logs --container-id` shows on every app host.
pub fn container_logs(settled: &Settled<'_>, container: &str, range: &LogRange) -> Vec<HostWork> {
    on_app_hosts(settled, || {
        Step::new("show the log", range.of(app::find(container))).tolerant()
    })
}

/// What `proxy details` shows.
pub fn proxy_details(settled: &Settled<'_>) -> Vec<HostWork> {
    on_proxy_hosts(settled, || Step::new("show the proxy", proxy::details()))
}

/// What `proxy logs` shows.
pub fn proxy_logs(settled: &Settled<'_>, range: &LogRange) -> Vec<HostWork> {
    let line = range.of_name(dhow_docker::names::PROXY);
    on_proxy_hosts(settled, || {
        Step::new("show the proxy's log", line.clone()).tolerant()
    })
}

/// What `details` shows of accessories, one accessory after the other.
pub fn accessory_details(settled: &Settled<'_>) -> Vec<(String, Vec<HostWork>)> {
    let show = |it| {
        let hosts = settled.fleet.accessory_hosts(it);
        let step = || Step::new(it.name.to_string(), accessory::details(it));
        (
            it.name.to_string(),
            hosts
                .into_iter()
                .map(|host| look(host, vec![step()]))
                .collect(),
        )
    };
    settled.config().accessories.iter().map(show).collect()
}

/// What `accessory logs` shows on every selected host of the accessory.
pub fn accessory_logs(settled: &Settled<'_>, it: &Accessory, range: &LogRange) -> Vec<HostWork> {
    let hosts = settled.fleet.accessory_hosts(it).into_iter();
    let log = || Step::new("show the log", range.of_name(&it.service_name)).tolerant();
    hosts.map(|host| look(host, vec![log()])).collect()
}

fn per_role(settled: &Settled<'_>, step: impl Fn(&dhow_config::Role) -> Step) -> Vec<HostWork> {
    let steps = |host: &Host| {
        settled
            .fleet
            .on(host)
            .iter()
            .map(|it| step(it.role))
            .collect()
    };
    settled
        .fleet
        .app_hosts()
        .into_iter()
        .map(|host| look(host, steps(host)))
        .collect()
}

fn on_app_hosts(settled: &Settled<'_>, step: impl Fn() -> Step) -> Vec<HostWork> {
    settled
        .fleet
        .app_hosts()
        .into_iter()
        .map(|host| look(host, vec![step()]))
        .collect()
}

fn on_proxy_hosts(settled: &Settled<'_>, step: impl Fn() -> Step) -> Vec<HostWork> {
    settled
        .fleet
        .proxy_hosts()
        .into_iter()
        .map(|host| look(host, vec![step()]))
        .collect()
}

fn look(host: &Host, steps: Vec<Step>) -> HostWork {
    let steps = steps.into_iter().map(Step::endable).collect();
    HostWork::at_once(host, vec![Block::of(steps)])
}
