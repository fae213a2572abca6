//! Which hosts run something else than the others.

use dhow_plan::drift::{drifts, serving};

use crate::scenario::{Scenario, plan};

fn told(scenario: &Scenario) -> String {
    scenario.settled(|settled, facts| {
        let drifts = drifts(&serving(settled.fleet, facts));
        let lines: Vec<String> = drifts.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

/// Three hosts that serve version 2, with these contents.
fn three(contents: [Option<&str>; 3]) -> Scenario {
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2, 10.0.0.3]\n");
    for (at, content) in contents.into_iter().enumerate() {
        let host = format!("10.0.0.{}", at + 1);
        scenario = scenario
            .running("web", &host, "2")
            .images(&host, &[("2", content)]);
    }
    scenario
}

#[test]
fn hosts_with_the_same_image_do_not_drift() {
    assert_eq!(told(&three([Some("two"); 3])), "");
    // No registry was ever asked.
    assert_eq!(told(&three([None; 3])), "");
}

#[test]
fn a_host_with_another_image_of_the_same_version_drifts() {
    insta::assert_snapshot!(told(&three([Some("two"), Some("other"), Some("two")])), @"10.0.0.2: web runs 2 as sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, other hosts as sha256:3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3");
    insta::assert_snapshot!(told(&three([Some("two"), None, Some("two")])), @"10.0.0.2: web runs 2 from an image that no registry knows, other hosts as sha256:3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3");
}

#[test]
fn a_container_whose_tag_was_moved_drifts() {
    let mut scenario = three([Some("two"); 3]);
    scenario.host("10.0.0.3").containers[0].image = "0a0b0c0d0e0f".to_owned();
    insta::assert_snapshot!(told(&scenario), @"10.0.0.3: web runs 2 from an image that is not called so any more: the tag was moved after the deploy");
}

#[test]
fn different_versions_are_no_drift_of_one_another() {
    let scenario = three([Some("two"); 3])
        .container("web", "10.0.0.1", "3", "running")
        .images("10.0.0.1", &[("3", Some("three"))]);
    assert_eq!(told(&scenario), "");
}
