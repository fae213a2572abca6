//! Which hosts an earlier deploy has left out.

use dhow_plan::pending::pending;
use dhow_roles::{Fleet, Selection};

use crate::scenario::{Scenario, plan};

const SERVERS: &str = "servers:\n  web: [10.0.0.1, 10.0.0.2]\n  jobs: [10.0.0.2, 10.0.0.3]\n";

fn told(scenario: &Scenario) -> Option<String> {
    let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
    let pending = pending(&fleet, &scenario.facts)?;
    let hosts: Vec<&str> = pending.hosts.iter().map(|host| host.as_str()).collect();
    Some(format!("{} to {}", hosts.join(" "), pending.version))
}

/// The shop where web serves version 2 on both of its hosts, and jobs this version in this state on each of its own.
fn jobs(on_each: [(&str, &str); 2]) -> Scenario {
    let mut scenario = plan(SERVERS)
        .container("web", "10.0.0.1", "2", "running")
        .container("web", "10.0.0.2", "2", "running");
    for (host, (version, state)) in ["10.0.0.2", "10.0.0.3"].into_iter().zip(on_each) {
        scenario = scenario.container("jobs", host, version, state);
    }
    scenario
}

#[test]
fn hosts_that_serve_another_version_than_the_primary_host_are_pending() {
    let scenario = jobs([("1", "running"), ("1", "running")]);
    assert_eq!(told(&scenario).unwrap(), "10.0.0.2 10.0.0.3 to 2");
}

#[test]
fn a_host_that_serves_nothing_is_pending() {
    let scenario = jobs([("2", "running"), ("2", "exited")]);
    assert_eq!(told(&scenario).unwrap(), "10.0.0.3 to 2");
}

#[test]
fn nothing_is_pending_where_everybody_agrees() {
    let scenario = jobs([("2", "running"), ("2", "running")]);
    assert_eq!(told(&scenario).unwrap(), " to 2");
}

#[test]
fn without_a_version_on_the_primary_host_nobody_knows() {
    let scenario = plan(SERVERS).container("web", "10.0.0.2", "2", "running");
    assert_eq!(told(&scenario), None);
}
