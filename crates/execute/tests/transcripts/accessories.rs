//! `accessory`.

use dhow_config::Accessory;
use dhow_docker::app::{Attached, Exec, LogRange};
use dhow_plan::{
    Plan,
    accessories::{AccessoryContainer, drift},
    facts::Facts,
    recipe::{
        Settled,
        accessory::{self, Chosen, In},
        inspect,
    },
};

use crate::{
    scenario::{Scenario, plan},
    told::{phase, transcript, under_lock},
};

const SHOP: &str = "\
servers: {web: [10.0.0.1], jobs: {hosts: [10.0.0.2], cmd: bin/jobs}}
readiness_delay: 2
accessories:
  db:
    image: mysql:8.4
    hosts: [10.0.0.8, 10.0.0.9]
    port: 127.0.0.1:3306:3306
    env: {clear: {MYSQL_ROOT_HOST: '%'}, secret: [DB_ROOT]}
    files: [config/my.cnf:/etc/mysql/my.cnf:ro]
    directories: [data:/var/lib/mysql]
    options: {memory: 1g}
  metrics:
    image: acme/metrics
    registry: {server: quay.example, username: ann, password: [QUAY]}
    host: 10.0.0.1
    proxy: {host: metrics.shop.example, app_port: 9090}
";

const SECRETS: &str = "REGISTRY_PASSWORD=p4ssw0rd\nDB_ROOT=hunter2\nQUAY=quaypass\n";

/// Both accessories run everywhere as the deploy file says.
fn shop() -> Scenario {
    let mut shop = plan(SHOP)
        .secrets(SECRETS)
        .running("web", "10.0.0.1", "1111111")
        .file("db", "/etc/mysql/my.cnf", "[mysqld]\n");
    for (host, name, image) in [
        ("10.0.0.8", "db", "mysql:8.4"),
        ("10.0.0.9", "db", "mysql:8.4"),
        ("10.0.0.1", "metrics", "quay.example/acme/metrics"),
    ] {
        shop = shop.accessory(name, host);
        let known = shop.host(host);
        known.compared.insert(name.parse().unwrap());
        let container = AccessoryContainer {
            state: "running".to_owned(),
            image: image.to_owned(),
            is_recorded: true,
            ..AccessoryContainer::default()
        };
        let name = name.parse().unwrap();
        known.accessory_containers.insert(name, container);
    }
    shop
}

/// The container of an accessory on a host, to be changed.
fn container<'a>(shop: &'a mut Scenario, name: &str, host: &str) -> &'a mut AccessoryContainer {
    let containers = &mut shop.host(host).accessory_containers;
    containers.get_mut(&name.parse().unwrap()).unwrap()
}

fn named<'a>(shop: &'a Scenario, names: &[&str]) -> Vec<&'a Accessory> {
    let all = shop.config.accessories.iter();
    all.filter(|it| names.contains(&it.name.as_str())).collect()
}

/// A command about these accessories, with the lock and the questions around it.
fn told_whole(
    shop: &Scenario,
    names: &[&str],
    decide: impl FnOnce(&Settled<'_>, &Facts, Chosen<'_>) -> Plan,
) -> String {
    let chosen = named(shop, names);
    under_lock(shop, &chosen, |settled, facts| {
        decide(settled, facts, &chosen)
    })
}

/// What such a command decides, without what is the same for each of them.
fn told(
    shop: &Scenario,
    names: &[&str],
    decide: impl FnOnce(&Settled<'_>, &Facts, Chosen<'_>) -> Plan,
) -> String {
    let chosen = named(shop, names);
    let plan = shop.settled(|settled, facts| decide(settled, facts, &chosen));
    transcript(shop, &plan)
}

/// The recipes that look at nothing.
fn told_simply(name: &str, recipe: fn(&Settled<'_>, Chosen<'_>) -> Plan) -> String {
    told(&shop(), &[name], |settled, _, chosen| {
        recipe(settled, chosen)
    })
}

#[test]
fn boot() {
    let mut shop = shop();
    for host in ["10.0.0.9", "10.0.0.1"] {
        shop.host(host).accessories.clear();
    }
    let text = told_whole(&shop, &["db", "metrics"], accessory::boot);
    insta::assert_snapshot!(text);
    assert!(!text.contains("hunter2") && !text.contains("quaypass"));
}

#[test]
fn reboot() {
    let text = told(&shop(), &["db"], |settled, facts, chosen| {
        accessory::reboot(settled, facts, chosen, false)
    });
    insta::assert_snapshot!(text);
}

#[test]
fn upgrade_rolling() {
    let text = told(&shop(), &["db", "metrics"], |settled, facts, chosen| {
        accessory::reboot(settled, facts, chosen, true)
    });
    insta::assert_snapshot!(text);
}

#[test]
fn start_stop_and_restart() {
    insta::assert_snapshot!("start", told_simply("metrics", accessory::start));
    insta::assert_snapshot!("stop", told_simply("metrics", accessory::stop));
    insta::assert_snapshot!("restart", told_simply("db", accessory::restart));
}

#[test]
fn remove() {
    insta::assert_snapshot!("remove", told_simply("db", accessory::remove));
    insta::assert_snapshot!(
        "remove_what_is_proxied",
        told_simply("metrics", accessory::remove)
    );
}

#[test]
fn single_steps() {
    insta::assert_snapshot!("pull_image", told_simply("metrics", accessory::pull));
    insta::assert_snapshot!("upload", told_simply("db", accessory::upload));
    insta::assert_snapshot!(
        "directories",
        told_simply("db", accessory::make_directories)
    );
    insta::assert_snapshot!(
        "remove_container",
        told_simply("db", accessory::remove_containers)
    );
    insta::assert_snapshot!("remove_image", told_simply("db", accessory::remove_images));
    insta::assert_snapshot!(
        "remove_service_directory",
        told_simply("db", accessory::remove_data)
    );
}

#[test]
fn apply_replaces_restarts_and_registers_what_differs_and_nothing_else() {
    let mut shop = shop();
    container(&mut shop, "db", "10.0.0.8").image = "mysql:8.0".to_owned();
    let file = "file shop-db/etc/mysql/my.cnf".to_owned();
    container(&mut shop, "db", "10.0.0.9").differing.push(file);
    let proxy = "proxy".to_owned();
    container(&mut shop, "metrics", "10.0.0.1")
        .differing
        .push(proxy);
    insta::assert_snapshot!("apply", told(&shop, &["db", "metrics"], accessory::renew));
}

#[test]
fn apply_leaves_alone_what_is_as_it_shall_be() {
    let shop = shop();
    let chosen = named(&shop, &["db", "metrics"]);
    let plan = shop.settled(|settled, facts| accessory::renew(settled, facts, &chosen));
    assert_eq!(plan, Plan::default());
}

#[test]
fn apply_boots_what_is_missing_and_starts_what_stands() {
    let mut shop = shop();
    container(&mut shop, "db", "10.0.0.8").state = "exited".to_owned();
    shop.host("10.0.0.9").accessory_containers.clear();
    insta::assert_snapshot!("apply_boots", told(&shop, &["db"], accessory::renew));
}

#[test]
fn a_container_of_kamals_is_compared_by_what_docker_tells() {
    let mut shop = shop();
    let kamals = container(&mut shop, "db", "10.0.0.8");
    kamals.is_recorded = false;
    "unless-stopped".clone_into(&mut kamals.restart);
    "kamal".clone_into(&mut kamals.network);
    kamals.ports = vec!["127.0.0.1:3306:3306/tcp".to_owned()];
    let changes = |shop: &Scenario| {
        let db = named(shop, &["db"])[0];
        drift(db, &"10.0.0.8".parse().unwrap(), &shop.facts)
            .unwrap()
            .to_string()
    };
    assert_eq!(changes(&shop), "");
    let kamals = container(&mut shop, "db", "10.0.0.8");
    kamals.ports.clear();
    "always".clone_into(&mut kamals.restart);
    kamals.differing.push("env MYSQL_ROOT_HOST".to_owned());
    assert_eq!(changes(&shop), "restart, port, env MYSQL_ROOT_HOST");
}

fn command() -> Exec {
    Exec {
        command: "mysql -e 'select 1'".to_owned(),
        env: Vec::new(),
        attached: Attached::Nothing,
    }
}

#[test]
fn exec() {
    let told = |place| {
        let shop = shop();
        let db = named(&shop, &["db"])[0];
        let run = |settled: &Settled<'_>, facts: &Facts| {
            accessory::exec(settled, facts, db, &command(), place)
        };
        transcript(&shop, &phase("Run the command", shop.settled(run)))
    };
    insta::assert_snapshot!("exec", told(In::New));
    insta::assert_snapshot!("exec_reuse", told(In::Running));
}

#[test]
fn logs_and_details() {
    let shop = shop();
    let db = named(&shop, &["db"])[0];
    let range = LogRange {
        lines: Some(100),
        grep: Some("it's".to_owned()),
        timestamps: true,
        ..LogRange::default()
    };
    let logs = shop.settled(|settled, _| inspect::accessory_logs(settled, db, &range));
    let details = shop.settled(|settled, _| inspect::accessory_details(settled));
    let details = details.into_iter().flat_map(|(_, work)| work).collect();
    let mut text = transcript(&shop, &phase("Show the log", logs));
    text += &transcript(&shop, &phase("Show the containers", details));
    insta::assert_snapshot!("logs_and_details", text);
}
