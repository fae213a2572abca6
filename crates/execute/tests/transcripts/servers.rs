//! `prune`, `registry`, `server`, `upgrade` and `remove`.

use dhow_names::Host;
use dhow_plan::{
    Suffixes,
    recipe::{
        deploy,
        prune::{self, What},
        registry, remove, server, upgrade,
    },
};

use crate::{
    scenario::{Scenario, plan},
    told::{phase, transcript, under_lock},
};

const SHOP: &str = "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.2], cmd: bin/jobs}}
accessories:
  db: {image: 'mysql:8.4', host: 10.0.0.9}
";

fn shop() -> Scenario {
    plan(SHOP)
        .running("web", "10.0.0.1", "1111111")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .accessory("db", "10.0.0.9")
}

#[test]
fn prune() {
    let shop = shop();
    let whole = under_lock(&shop, &[], |settled, _| prune::prune(settled, What::All));
    insta::assert_snapshot!("prune_all", whole);
    let told = |what| {
        transcript(
            &shop,
            &shop.settled(|settled, _| prune::prune(settled, what)),
        )
    };
    insta::assert_snapshot!("prune_images", told(What::Images));
    insta::assert_snapshot!("prune_containers", told(What::Containers { retain: 2 }));
}

#[test]
fn registry() {
    let shop = shop();
    let login = shop.settled(|settled, _| registry::log_in(settled));
    let logout = shop.settled(|settled, _| registry::log_out(settled));
    let text = transcript(&shop, &login) + &transcript(&shop, &logout);
    insta::assert_snapshot!("registry", text);
    let local = Scenario::of(
        "service: shop\nservers: [10.0.0.1]\nregistry: {server: 'localhost:5555'}\nbuilder: {arch: amd64}\n",
        None,
    );
    let login = local.settled(|settled, _| registry::log_in(settled));
    let logout = local.settled(|settled, _| registry::log_out(settled));
    assert!(login.phases.is_empty() && logout.phases.is_empty());
}

#[test]
fn server() {
    let shop = shop();
    let hosts: Vec<Host> = ["10.0.0.1", "10.0.0.9"]
        .map(|it| it.parse().unwrap())
        .into();
    let exec = shop.settled(|settled, _| server::exec(settled, &hosts, "df -h | grep '/$'"));
    insta::assert_snapshot!("server_exec", transcript(&shop, &phase("Run it", exec)));
    let bootstrap = shop.settled(|settled, _| deploy::bootstrap(settled, &hosts[1..]));
    insta::assert_snapshot!("server_bootstrap", transcript(&shop, &bootstrap));
}

/// On hosts of Kamal 1 there is neither the proxy nor the network.
#[test]
fn upgrade() {
    let shop = plan(SHOP)
        .to("latest")
        .container("web", "10.0.0.1", "1111111", "running")
        .container("web", "10.0.0.2", "1111111", "running")
        .container("jobs", "10.0.0.2", "1111111", "running");
    let told = |rolling| {
        let plan = shop.settled(|settled, facts| {
            upgrade::upgrade(settled, facts, rolling, &mut Suffixes::from_seed(1))
        });
        transcript(&shop, &plan)
    };
    insta::assert_snapshot!("upgrade", told(false));
    insta::assert_snapshot!("upgrade_rolling_fleet", told(true));
}

#[test]
fn remove() {
    let shop = shop();
    insta::assert_snapshot!(
        "remove_app",
        transcript(&shop, &shop.settled(remove::remove))
    );
}
