//! `setup`, `deploy`, `redeploy` and `rollback`, as they ask their hosts from the first look to the release of the lock.

use dhow_names::Host;
use dhow_plan::{
    HostWork, Phase, Plan, Suffixes,
    facts::Inquiry,
    recipe::deploy::{self, Kind},
};

use crate::{
    scenario::{Scenario, plan},
    told::{transcript, under_lock},
};

const SHOP: &str = "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.2], cmd: bin/jobs}}
proxy: {host: shop.example}
env: {clear: {TIER: live}, secret: [RAILS_MASTER_KEY]}
readiness_delay: 2
accessories:
  db: {image: 'mysql:8.4', host: 10.0.0.9}
";

/// The shop as it serves.
fn shop() -> Scenario {
    plan(SHOP)
        .running("web", "10.0.0.1", "1111111")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .accessory("db", "10.0.0.9")
        .pinned("the new image")
}

fn told(shop: &Scenario, kind: Kind) -> String {
    let before = shop.settled(|settled, facts| {
        let look = |host: &Host| {
            Inquiry::about(settled.fleet, host)
                .and_the_store(settled.fleet)
                .work()
        };
        let hosts: Vec<HostWork> = settled.fleet.hosts().iter().copied().map(look).collect();
        let mut plan = Plan::default();
        plan.add(Phase::on_hosts("Look at the hosts before the pull", hosts));
        plan.phases
            .extend(deploy::pull(settled, kind, facts).phases);
        plan
    });
    let under = under_lock(shop, &[], |settled, facts| {
        deploy::under_lock(settled, kind, facts, &mut Suffixes::from_seed(1))
    });
    transcript(shop, &before) + &under
}

#[test]
fn setup_of_bare_hosts() {
    insta::assert_snapshot!("setup", told(&plan(SHOP), Kind::Setup));
}

#[test]
fn deploy_over_a_running_version() {
    insta::assert_snapshot!("deploy", told(&shop(), Kind::Deploy));
}

#[test]
fn redeploy_looks_after_nothing_else() {
    insta::assert_snapshot!("redeploy", told(&shop(), Kind::Redeploy));
}

#[test]
fn rollback_to_an_image_that_lies_there() {
    let shop = shop()
        .images("10.0.0.1", &[("2222222", Some("the new image"))])
        .images("10.0.0.2", &[("2222222", Some("the new image"))]);
    insta::assert_snapshot!("rollback", told(&shop, Kind::Rollback));
}
