//! `app`.

use std::time::Duration;

use dhow_docker::{
    Repository,
    app::{Attached, Exec, LogRange},
};
use dhow_plan::{
    Plan, Suffixes,
    facts::Facts,
    recipe::{
        Settled,
        app::{self, In},
        inspect,
    },
};

use crate::{
    scenario::{Scenario, plan},
    told::{phase, shown, transcript, under_lock},
};

const SHOP: &str = "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.2], cmd: bin/jobs, stop_timeout: 50}}
env: {clear: {TIER: live}, secret: [RAILS_MASTER_KEY]}
drain_timeout: 20
readiness_delay: 2
";

/// The second host has both roles, and a container of an earlier version that a deploy has left running.
fn shop() -> Scenario {
    plan(SHOP)
        .running("web", "10.0.0.1", "1111111")
        .container("web", "10.0.0.2", "0000000", "running")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .to("1111111")
}

/// What a command asks that looks at the hosts and acts under the lock.
fn told(decide: impl FnOnce(&Settled<'_>, &Facts) -> Plan) -> String {
    under_lock(&shop(), &[], decide)
}

#[test]
fn boot() {
    let boot = told(|settled, facts| app::boot(settled, facts, &mut Suffixes::from_seed(1)));
    insta::assert_snapshot!("boot", boot);
}

#[test]
fn start_and_stop() {
    let start = told(|settled, facts| app::start(settled, facts).unwrap());
    insta::assert_snapshot!("start", start);
    insta::assert_snapshot!("stop", told(app::stop));
}

#[test]
fn stale_containers() {
    insta::assert_snapshot!("stale_containers", told(app::stop_stale));
}

#[test]
fn exec() {
    let told = |place: &In| {
        let shop = shop();
        let exec = Exec {
            command: "bin/rails runner 'puts 1'".to_owned(),
            env: Vec::new(),
            attached: Attached::Nothing,
        };
        let work = shop.settled(|settled, facts| {
            app::exec(settled, facts, &exec, place, &mut Suffixes::from_seed(1))
        });
        transcript(&shop, &phase("Run the command", work))
    };
    let image = Repository::of(&shop().config).latest();
    let new = |detach| In::New {
        image: image.clone(),
        detach,
    };
    insta::assert_snapshot!("exec", told(&new(false)));
    insta::assert_snapshot!("exec_detached", told(&new(true)));
    insta::assert_snapshot!("exec_reuse", told(&In::Running));
}

#[test]
fn logs() {
    let range = LogRange {
        lines: Some(100),
        since: Some("5m".to_owned()),
        grep: Some("it's".to_owned()),
        timestamps: true,
        ..LogRange::default()
    };
    let text = shown(&shop(), "Show the log", |settled| {
        inspect::app_logs(settled, &range)
    }) + &shown(&shop(), "Show the log of one container", |settled| {
        inspect::container_logs(settled, "shop-web-0000000", &range)
    });
    insta::assert_snapshot!("logs", text);
}

#[test]
fn details_containers_and_images() {
    let text = shown(&shop(), "Show the app's containers", inspect::app_details)
        + &shown(&shop(), "List containers", inspect::containers)
        + &shown(&shop(), "List images", inspect::images);
    insta::assert_snapshot!("details_containers_and_images", text);
}

#[test]
fn maintenance_and_live() {
    let message = Some("Back at noon, it's \"planned\"");
    let drain = Some(Duration::from_secs(5));
    insta::assert_snapshot!(
        "maintenance",
        told(|settled, _| app::close_to_clients(settled, drain, message))
    );
    insta::assert_snapshot!("live", told(|settled, _| app::open_to_clients(settled)));
}

#[test]
fn remove() {
    insta::assert_snapshot!("remove", told(app::remove));
    insta::assert_snapshot!(
        "remove_containers",
        told(|settled, _| app::remove_containers(settled))
    );
    let old = "0000000".parse().unwrap();
    insta::assert_snapshot!(
        "remove_container",
        told(|settled, facts| app::remove_container(settled, facts, &old).unwrap())
    );
    insta::assert_snapshot!(
        "remove_images",
        told(|settled, _| app::remove_images(settled))
    );
    insta::assert_snapshot!("remove_app_directories", told(app::remove_app_directories));
}
