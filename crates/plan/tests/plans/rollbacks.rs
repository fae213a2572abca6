//! Which version a rollback goes to. Containers are given as the host lists them, the newest first.

use dhow_plan::rollback::{NoWayBack, choose};
use dhow_roles::{Fleet, Selection};

use crate::scenario::{Scenario, plan};

const TWO_HOSTS: [&str; 2] = ["10.0.0.1", "10.0.0.2"];

/// Two hosts with these containers and these images each.
fn two_hosts(containers: &[(&str, &str)], images: &[&str]) -> Scenario {
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n");
    for host in TWO_HOSTS {
        for (version, state) in containers {
            scenario = scenario.container("web", host, version, state);
        }
        scenario.host(host).tags = images.iter().map(ToString::to_string).collect();
    }
    scenario
}

fn back(scenario: &Scenario, wanted: Option<&str>) -> Result<String, NoWayBack> {
    let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
    let wanted = wanted.map(|version| version.parse().unwrap());
    choose(&fleet, &scenario.facts, wanted.as_ref()).map(|version| version.to_string())
}

#[test]
fn the_version_before_is_the_next_older_container() {
    let history = [("3", "running"), ("2", "exited"), ("1", "exited")];
    let scenario = two_hosts(&history, &["latest", "3", "2", "1", "<none>"]);
    assert_eq!(back(&scenario, None).unwrap(), "2");
}

#[test]
fn a_version_that_never_came_up_is_not_gone_back_to() {
    let history = [("3", "exited"), ("2", "running"), ("1", "exited")];
    assert_eq!(
        back(&two_hosts(&history, &["3", "2", "1"]), None).unwrap(),
        "1"
    );
}

#[test]
fn a_version_that_was_only_pulled_is_not_gone_back_to() {
    let scenario = two_hosts(&[("1", "running")], &["2", "1"]);
    assert!(matches!(
        back(&scenario, None),
        Err(NoWayBack::NothingBefore)
    ));
}

#[test]
fn an_image_that_is_gone_takes_its_version_away() {
    let history = [("3", "running"), ("2", "exited"), ("1", "exited")];
    assert_eq!(back(&two_hosts(&history, &["3", "1"]), None).unwrap(), "1");
}

#[test]
fn a_container_that_was_renamed_is_still_of_its_version() {
    let history = [
        ("2", "running"),
        ("2_replaced_0123456789abcdef", "exited"),
        ("1", "exited"),
    ];
    assert_eq!(back(&two_hosts(&history, &["2", "1"]), None).unwrap(), "1");
}

#[test]
fn hosts_that_serve_different_versions_have_no_one_version_before() {
    let images = || vec!["2".to_owned(), "1".to_owned()];
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n")
        .container("web", "10.0.0.1", "2", "running")
        .container("web", "10.0.0.1", "1", "exited")
        .container("web", "10.0.0.2", "1", "running");
    for host in TWO_HOSTS {
        scenario.host(host).tags = images();
    }
    let Err(NoWayBack::Mixed { serving }) = back(&scenario, None) else {
        panic!("it chose one")
    };
    let rows: Vec<_> = serving
        .iter()
        .map(|(host, role, it)| format!("{host} {role} {it}"))
        .collect();
    assert_eq!(rows, ["10.0.0.1 web 2", "10.0.0.2 web 1"]);
    assert_eq!(back(&scenario, Some("1")).unwrap(), "1");
}

#[test]
fn a_version_that_is_named_must_lie_on_every_host() {
    let mut scenario = two_hosts(
        &[("2", "running"), ("1", "exited")],
        &["latest", "2", "1", "0"],
    );
    scenario.host("10.0.0.2").tags.retain(|tag| tag != "0");
    assert_eq!(back(&scenario, Some("1")).unwrap(), "1");
    for missing in ["0", "7"] {
        let Err(NoWayBack::Unavailable { available, .. }) = back(&scenario, Some(missing)) else {
            panic!("{missing} was taken")
        };
        assert_eq!(
            available
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["2", "1"]
        );
    }
}
