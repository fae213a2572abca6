//! `proxy`.

use std::collections::BTreeMap;

use dhow_docker::{app::LogRange, proxy::boot_config::BootConfig};
use dhow_plan::{
    Plan, Suffixes,
    facts::Facts,
    recipe::{Settled, inspect, proxy},
};

use crate::{
    scenario::{Scenario, plan},
    told::{shown, under_lock},
};

const SHOP: &str = "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.3], cmd: bin/jobs}}
proxy: {host: shop.example}
";

/// Another app shares the proxy of the second host; the first host has lost its own.
fn shop() -> Scenario {
    plan(SHOP)
        .container("web", "10.0.0.1", "1111111", "running")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.3", "1111111", "running")
        .apps("10.0.0.2", &["blog"])
}

fn told(decide: impl FnOnce(&Settled<'_>, &Facts) -> Plan) -> String {
    under_lock(&shop(), &[], decide)
}

#[test]
fn boot() {
    insta::assert_snapshot!("boot", told(proxy::boot));
}

#[test]
fn start_stop_and_restart() {
    insta::assert_snapshot!("start", told(|settled, _| proxy::start(settled)));
    insta::assert_snapshot!("stop", told(|settled, _| proxy::stop(settled)));
    insta::assert_snapshot!("restart", told(|settled, _| proxy::restart(settled)));
}

#[test]
fn reboot() {
    let serves = |host: &str, services: &[&str]| {
        let services = services.iter().map(|&it| it.to_owned()).collect();
        (host.parse().unwrap(), services)
    };
    let routes = BTreeMap::from([
        serves("10.0.0.1", &[]),
        serves("10.0.0.2", &["blog-web", "shop-web"]),
    ]);
    let rolling = |rolling| told(|settled, _| proxy::reboot(settled, &routes, rolling));
    insta::assert_snapshot!(
        "reboot",
        shown(&shop(), "Ask for the routes", proxy::list_routes) + &rolling(false)
    );
    insta::assert_snapshot!("reboot_rolling", rolling(true));
}

#[test]
fn upgrade() {
    let upgrade =
        told(|settled, facts| proxy::upgrade(settled, facts, false, &mut Suffixes::from_seed(1)));
    insta::assert_snapshot!("upgrade", upgrade);
}

#[test]
fn boot_config() {
    let config = BootConfig {
        publish: true,
        bind_ips: vec!["127.0.0.1".parse().unwrap()],
        http_port: 8080,
        https_port: 8443,
        log_max_size: "10m".to_owned(),
        registry: None,
        repository: None,
        image_version: None,
        metrics_port: Some(9100),
        debug: false,
        docker_options: vec!["memory=1g".to_owned()],
    };
    let text = told(|settled, _| proxy::set_boot_config(settled, &config))
        + &shown(&shop(), "Show the settings", proxy::show_boot_config)
        + &told(|settled, _| proxy::reset_boot_config(settled));
    insta::assert_snapshot!("boot_config", text);
}

#[test]
fn details_and_logs() {
    let range = LogRange {
        lines: Some(100),
        timestamps: true,
        ..LogRange::default()
    };
    let text = shown(&shop(), "Show the proxy", inspect::proxy_details)
        + &shown(&shop(), "Show its log", |settled| {
            inspect::proxy_logs(settled, &range)
        });
    insta::assert_snapshot!("details_and_logs", text);
}

/// Where another app needs the proxy it stays, unless that is overruled.
#[test]
fn remove() {
    let removed = |force| told(|settled, facts| proxy::remove(settled, facts, force).0);
    insta::assert_snapshot!("remove", removed(false));
    insta::assert_snapshot!("remove_all_the_same", removed(true));
    insta::assert_snapshot!(
        "remove_container",
        told(|settled, _| proxy::remove_container(settled))
    );
    insta::assert_snapshot!(
        "remove_image",
        told(|settled, _| proxy::remove_image(settled))
    );
    insta::assert_snapshot!(
        "remove_proxy_directory",
        told(|settled, _| proxy::remove_proxy_directory(settled))
    );
}
