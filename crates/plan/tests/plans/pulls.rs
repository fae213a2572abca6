//! What is pulled where, and what it is called there.

use dhow_plan::{
    facts::ImageStore,
    recipe::deploy::{self, Kind},
};

use crate::scenario::{Scenario, commands, outline, plan};

fn pull(scenario: &Scenario, kind: Kind) -> dhow_plan::Plan {
    scenario.settled(|settled, facts| deploy::pull(settled, kind, facts))
}

#[test]
fn every_host_pulls_the_same_content_and_names_it() {
    let scenario = plan("servers: {web: [10.0.0.1, 10.0.0.2]}\n").pinned("two");
    let plan = pull(&scenario, Kind::Deploy);
    insta::assert_snapshot!(outline(&plan));
    let (first, second) = (commands(&plan, "10.0.0.1"), commands(&plan, "10.0.0.2"));
    assert_eq!(first, second);
    insta::assert_snapshot!("commands", first.join("\n"));
}

#[test]
fn without_a_digest_the_tag_is_pulled() {
    let scenario = plan("servers: [10.0.0.1]\n");
    let plan = pull(&scenario, Kind::Deploy);
    let commands = commands(&plan, "10.0.0.1");
    assert!(
        commands.contains(&"docker pull ghcr.io/acme/shop:2222222".to_owned()),
        "{commands:#?}"
    );
}

#[test]
fn a_host_that_runs_accessories_alone_pulls_nothing() {
    let scenario =
        plan("servers: [10.0.0.1]\naccessories: {db: {image: postgres:17, host: 10.0.0.9}}\n")
            .pinned("two");
    assert!(commands(&pull(&scenario, Kind::Deploy), "10.0.0.9").is_empty());
}

#[test]
fn a_rollback_pulls_where_the_image_is_missing_or_another() {
    let scenario = plan("servers: [10.0.0.1, 10.0.0.2, 10.0.0.3]\n")
        .pinned("one")
        .to("1")
        .images("10.0.0.1", &[("1", Some("one"))])
        .images("10.0.0.2", &[("1", Some("another"))]);
    insta::assert_snapshot!(outline(&pull(&scenario, Kind::Rollback)));
}

#[test]
fn a_tag_that_was_taken_in_the_meantime_is_given_back_before_the_boot() {
    let scenario = plan("servers: [10.0.0.1, 10.0.0.2]\n")
        .running("web", "10.0.0.1", "1")
        .running("web", "10.0.0.2", "1")
        .pinned("two")
        .images("10.0.0.1", &[("2222222", Some("two"))])
        .images("10.0.0.2", &[("2222222", Some("another"))]);
    let names_it = |host| {
        let commands = commands(&scenario.deploy(Kind::Rollback), host);
        commands
            .iter()
            .any(|line| line.starts_with("docker tag ghcr.io/acme/shop@sha256:"))
    };
    assert!(!names_it("10.0.0.1"));
    assert!(names_it("10.0.0.2"));
}

/// Hosts of Docker Hub, each with the mirror it names.
fn with_mirrors(registry: &str) -> Scenario {
    let text = format!(
        "service: shop\nimage: acme/shop\nregistry: {{{registry}username: acme, password: [REGISTRY_PASSWORD]}}\n\
         builder: {{arch: amd64}}\nservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5]\n"
    );
    let mut scenario = Scenario::of(&text, None);
    let mirrors = [Some("a"), Some("a"), Some("b"), Some("b"), None];
    for (at, mirror) in mirrors.into_iter().enumerate() {
        scenario.host(&format!("10.0.0.{}", at + 1)).store = Some(ImageStore {
            mirror: mirror.map(|name| format!("https://{name}.example")),
            ..ImageStore::default()
        });
    }
    scenario.pinned("two")
}

#[test]
fn one_host_of_each_mirror_goes_first() {
    let phases = |registry: &str| {
        let plan = pull(&with_mirrors(registry), Kind::Deploy);
        let phase = |phase: &dhow_plan::Phase| match &phase.work {
            dhow_plan::Work::Hosts(hosts) => {
                let hosts: Vec<&str> = hosts.iter().map(|work| work.host.as_str()).collect();
                hosts.join(" ")
            }
            dhow_plan::Work::Local(_) => String::new(),
        };
        plan.phases.iter().map(phase).collect::<Vec<_>>()
    };
    assert_eq!(
        phases(""),
        ["10.0.0.1 10.0.0.3", "10.0.0.2 10.0.0.4 10.0.0.5"]
    );
    // Engines mirror nothing but Docker Hub.
    assert_eq!(phases("server: ghcr.io, ").len(), 1);
}
