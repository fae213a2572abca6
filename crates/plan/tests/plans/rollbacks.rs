//! Which version a rollback goes to. Containers are given as the host lists them, the newest first.

use dhow_names::Digest;
use dhow_plan::rollback::{self, NoWayBack, choose};
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
        let images: Vec<_> = images.iter().map(|tag| (*tag, None)).collect();
        scenario = scenario.images(host, &images);
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
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n")
        .container("web", "10.0.0.1", "2", "running")
        .container("web", "10.0.0.1", "1", "exited")
        .container("web", "10.0.0.2", "1", "running");
    for host in TWO_HOSTS {
        scenario = scenario.images(host, &[("2", None), ("1", None)]);
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
    scenario
        .host("10.0.0.2")
        .images
        .retain(|image| image.tag != "0");
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

#[test]
fn what_lies_on_the_hosts_says_which_image_is_meant() {
    let kept = |images: [Option<Option<&str>>; 2]| {
        let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n");
        for (host, content) in TWO_HOSTS.into_iter().zip(images) {
            let list: Vec<_> = content.iter().map(|content| ("1", *content)).collect();
            scenario = scenario.images(host, &list);
        }
        let fleet = Fleet::select(&scenario.config, &Selection::default()).unwrap();
        rollback::kept(&fleet, &scenario.facts, &"1".parse().unwrap())
    };
    let digest = |content: &str| Some(Some(Digest::of(content.as_bytes())));
    assert_eq!(kept([Some(Some("a")), Some(Some("a"))]), digest("a"));
    assert_eq!(kept([None, Some(Some("a"))]), digest("a"));
    assert_eq!(kept([Some(Some("a")), Some(Some("b"))]), digest("a"));
    assert_eq!(kept([Some(None), None]), Some(None));
    assert_eq!(kept([None, None]), None);
}
