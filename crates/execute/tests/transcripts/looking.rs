//! `app version`, `status`, `plan`, `details`, `audit` and `lock`, which change no container.

use dhow_config::Accessory;
use dhow_docker::lock::LockDetails;
use dhow_names::Host;
use dhow_plan::{
    Block,
    facts::Inquiry,
    recipe::{inspect, lock},
    status,
};

use crate::{
    scenario::{Scenario, plan},
    told::{phase, shown, transcript},
};

fn shop() -> Scenario {
    plan(
        "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.2], cmd: bin/jobs}}
accessories:
  db: {image: 'mysql:8.4', host: 10.0.0.9}
",
    )
}

#[test]
fn app_version() {
    let shop = shop();
    let text = shown(&shop, "Look at the hosts", |settled| {
        let look = |host: &&Host| Inquiry::about(settled.fleet, host).work();
        settled.fleet.hosts().iter().map(look).collect()
    });
    insta::assert_snapshot!("app_version", text);
}

#[test]
fn status_compares_accessories_and_asks_more_in_the_same_request() {
    let shop = shop();
    let accessories: Vec<&Accessory> = shop.config.accessories.iter().collect();
    let text = shown(&shop, "Look at the hosts", |settled| {
        let look = |host: &&Host| {
            let inquiry = Inquiry::about(settled.fleet, host).comparing(settled, &accessories);
            let mut work = inquiry.work();
            work.blocks
                .push(Block::of(status::questions(settled, host)));
            work
        };
        settled.fleet.hosts().iter().map(look).collect()
    });
    insta::assert_snapshot!("status", text);
}

#[test]
fn plan_looks_as_a_deploy_does_and_compares_accessories() {
    let shop = shop();
    let accessories: Vec<&Accessory> = shop.config.accessories.iter().collect();
    let text = shown(&shop, "Look at the hosts", |settled| {
        let look = |host: &&Host| {
            let inquiry = Inquiry::about(settled.fleet, host).and_the_store(settled.fleet);
            inquiry.comparing(settled, &accessories).work()
        };
        settled.fleet.hosts().iter().map(look).collect()
    });
    insta::assert_snapshot!("plan", text);
}

#[test]
fn details() {
    let shop = shop();
    let text = shown(&shop, "Show everything", |settled| {
        let mut work = inspect::proxy_details(settled);
        work.extend(inspect::app_details(settled));
        let accessories = inspect::accessory_details(settled).into_iter();
        work.extend(accessories.flat_map(|(_, work)| work));
        work
    });
    insta::assert_snapshot!("details", text);
}

#[test]
fn audit() {
    let shop = shop();
    let text = shown(&shop, "Show the audit log", |settled| {
        inspect::audit_logs(settled)
    });
    insta::assert_snapshot!("audit", text);
}

#[test]
fn locks() {
    let shop = shop();
    let details = LockDetails {
        holder: "Dee".to_owned(),
        since: "2026-01-02T03:04:05Z".to_owned(),
        version: "2222222".to_owned(),
        message: "Not now, it's \"Friday\"".to_owned(),
    };
    let text = shop.settled(|settled, _| {
        let primary = settled.fleet.primary_host();
        [
            (
                "Take the lock",
                lock::acquire(settled.names, primary, &details),
            ),
            ("Say who holds it", lock::status(settled.names, primary)),
            ("Release it", lock::release(settled.names, primary)),
        ]
        .map(|(title, work)| transcript(&shop, &phase(title, vec![work])))
        .concat()
    });
    insta::assert_snapshot!("lock", text);
}
