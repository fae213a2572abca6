//! Hosts that cannot be deployed to.

use dhow_names::Host;
use dhow_plan::{
    checks::{Unfit, other_architectures, outdated_proxies, unfit_hosts},
    facts::Engine,
};
use dhow_roles::{Fleet, Selection};

use crate::scenario::{Scenario, plan};

fn unfit(scenario: &Scenario) -> String {
    let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
    told(&unfit_hosts(&fleet, &scenario.facts))
}

fn outdated(scenario: &Scenario) -> String {
    let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
    told(&outdated_proxies(&fleet, &scenario.facts))
}

fn told(told: &[(Host, Unfit)]) -> String {
    let lines: Vec<String> = told
        .iter()
        .map(|(host, why)| format!("{host}: {why}"))
        .collect();
    lines.join("\n")
}

fn with_engine(engine: Engine) -> String {
    let mut scenario = plan("servers: [10.0.0.1]\n");
    scenario.host("10.0.0.1").engine = engine;
    unfit(&scenario)
}

fn version(version: &str) -> Engine {
    Engine::Running {
        version: Some(version.to_owned()),
        architecture: Some("amd64".to_owned()),
    }
}

#[test]
fn an_engine_must_answer_and_be_new_enough() {
    let too_old =
        |version| format!("10.0.0.1: Docker engine {version} is too old, at least 20.10 is needed");
    let silent = Engine::Silent {
        said: "Cannot connect to the Docker daemon".to_owned(),
    };
    let table = [
        (version("28.5.1"), String::new()),
        (version("20.10.0"), String::new()),
        (version("20.10"), String::new()),
        (version("26.1.5+dfsg1"), String::new()),
        (version("dev"), String::new()),
        (version("20.9.9"), too_old("20.9.9")),
        (version("19.03.15~ce"), too_old("19.03.15~ce")),
        (version("1.13.1"), too_old("1.13.1")),
        (
            Engine::Missing,
            "10.0.0.1: Docker is not installed".to_owned(),
        ),
        (
            silent,
            "10.0.0.1: the Docker engine does not answer: Cannot connect to the Docker daemon"
                .to_owned(),
        ),
    ];
    for (engine, expected) in table {
        assert_eq!(with_engine(engine.clone()), expected, "{engine:?}");
    }
}

#[test]
fn a_running_proxy_must_be_new_enough() {
    let old = |tag: &str| {
        format!(
            "10.0.0.1: kamal-proxy version {tag} is too old, run `dhow proxy reboot` in order to update to at least v0.9.2"
        )
    };
    let table = [
        ("v0.9.2", String::new()),
        ("v0.10.0", String::new()),
        ("v1", String::new()),
        ("latest", String::new()),
        ("main-2024.1", String::new()),
        ("20240101", String::new()),
        ("v0.9.1", old("v0.9.1")),
        ("0.8.4", old("0.8.4")),
    ];
    for (tag, expected) in table {
        let scenario = plan("servers: [10.0.0.1]\n").proxy("10.0.0.1", tag);
        assert_eq!(outdated(&scenario), expected, "{tag}");
        assert_eq!(
            unfit(&scenario),
            "",
            "an old proxy keeps nobody from looking or removing"
        );
    }
    let mut stopped = plan("servers: [10.0.0.1]\n").proxy("10.0.0.1", "v0.1.0");
    stopped.host("10.0.0.1").proxy.as_mut().unwrap().running = false;
    assert_eq!(unfit(&stopped), "");

    // An old proxy is no matter of a host whose roles are not behind it, nor of a look at the engine.
    let jobs =
        plan("servers: {web: [10.0.0.1], jobs: {hosts: [10.0.0.2]}}\n").proxy("10.0.0.2", "v0.1.0");
    assert_eq!(unfit(&jobs), "");
    let old = plan("servers: [10.0.0.1]\n").proxy("10.0.0.1", "v0.1.0");
    let fleet = Fleet::select(&old.config, &Selection::default()).unwrap();
    assert_eq!(unfit_hosts(&fleet, &old.facts), []);
}

#[test]
fn hosts_of_another_architecture_than_the_image_are_named() {
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n");
    scenario.host("10.0.0.2").engine = Engine::Running {
        version: None,
        architecture: Some("arm64".to_owned()),
    };
    let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
    let others = |built: &[&str]| {
        let built: Vec<String> = built.iter().map(ToString::to_string).collect();
        let others = other_architectures(&fleet, &scenario.facts, &built);
        others
            .iter()
            .map(|(host, its)| format!("{host} {its}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&["amd64"]), ["10.0.0.2 arm64"]);
    assert_eq!(others(&["amd64", "arm64"]), [""; 0]);
}

#[test]
fn every_unfit_host_is_named() {
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2, 10.0.0.3]\n");
    scenario.host("10.0.0.1").engine = Engine::Missing;
    scenario.host("10.0.0.3").engine = version("1.0.0");
    insta::assert_snapshot!(unfit(&scenario), @r"
    10.0.0.1: Docker is not installed
    10.0.0.3: Docker engine 1.0.0 is too old, at least 20.10 is needed
    ");
}
