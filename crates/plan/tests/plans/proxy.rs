//! What the proxy's own commands ask of hosts (flows §7).

use std::collections::BTreeMap;

use dhow_docker::proxy::boot_config::BootConfig;
use dhow_plan::{
    HostWork, Phase, Plan, Suffixes,
    recipe::proxy::{self, Routes},
};

use crate::{
    scenario::{commands, outline, plan},
    shop::{SHOP, shop},
};

/// Two apps share the proxy of the second host.
fn routes() -> Routes {
    let served = |host: &str, names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        (host.parse().unwrap(), names)
    };
    BTreeMap::from([
        served("10.0.0.1", &[]),
        served("10.0.0.2", &["blog-web", "shop-web"]),
    ])
}

fn asking(work: Vec<HostWork>) -> Plan {
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts("Ask", work));
    plan
}

/// Every step with the whole of its command.
fn whole(plan: &Plan, host: &str) -> String {
    commands(plan, host).join("\n---\n")
}

#[test]
fn the_image_is_fetched_everywhere_before_one_proxy_is_replaced() {
    let rolling = shop().settled(|settled, _| proxy::reboot(settled, &routes(), true));
    insta::assert_snapshot!(outline(&rolling), @r"
    Fetch the proxy's image on 2 hosts
      10.0.0.2
        log in to ghcr.io
        pull the proxy's image
      10.0.0.1
        log in to ghcr.io
        pull the proxy's image
    Run the pre-proxy-reboot hook
    Reboot the proxy on 10.0.0.2
      10.0.0.2
        write the audit log
        make the network
        make the proxy's folder
        make the new proxy
        stop the proxy
        start the new proxy
        wait until it answers
        remove the old proxy
        ! let the old proxy serve
        see that blog-web, shop-web are back
    Run the post-proxy-reboot hook
    Run the pre-proxy-reboot hook
    Reboot the proxy on 10.0.0.1
      10.0.0.1
        write the audit log
        make the network
        make the proxy's folder
        make the new proxy
        stop the proxy
        start the new proxy
        wait until it answers
        remove the old proxy
        ! let the old proxy serve
    Run the post-proxy-reboot hook
    ");
    let at_once = shop().settled(|settled, _| proxy::reboot(settled, &routes(), false));
    assert_eq!(at_once.phases.len(), 4);
    assert_eq!(
        commands(&at_once, "10.0.0.1"),
        commands(&rolling, "10.0.0.1")
    );
    assert_eq!(commands(&at_once, "10.0.0.3"), [""; 0]);
}

#[test]
fn what_a_reboot_asks_of_docker() {
    let plan = shop().settled(|settled, _| proxy::reboot(settled, &routes(), false));
    insta::assert_snapshot!(whole(&plan, "10.0.0.2"));
    let text = format!("{SHOP}proxy: {{run: {{version: v9.9.9, http_port: 8080}}}}\n");
    let told =
        crate::scenario::plan(&text).settled(|settled, _| proxy::reboot(settled, &routes(), false));
    insta::assert_snapshot!(whole(&told, "10.0.0.1"));
}

#[test]
fn what_is_served_is_asked_before() {
    let work = shop().settled(|settled, _| proxy::list_routes(settled));
    insta::assert_snapshot!(format!("{:#}", asking(work)), @r"
    Ask
      10.0.0.2
        list the proxy's services
          $ docker exec kamal-proxy kamal-proxy list
      10.0.0.1
        list the proxy's services
          $ docker exec kamal-proxy kamal-proxy list
    ");
}

#[test]
fn the_proxy_is_booted_where_it_does_not_run() {
    let plan = plan(SHOP).proxy("10.0.0.1", "v0.9.2").settled(proxy::boot);
    insta::assert_snapshot!(outline(&plan), @r"
    Start the proxy where it does not run
      10.0.0.2
        log in to ghcr.io
        make the network
        make the proxy's folder
        start the proxy
    ");
}

#[test]
fn the_proxy_is_started_stopped_and_restarted() {
    let scenario = shop().select(Some("10.0.0.1"), None);
    let told = scenario.settled(|settled, _| {
        [
            proxy::start(settled),
            proxy::stop(settled),
            proxy::restart(settled),
            proxy::remove_container(settled),
            proxy::remove_image(settled),
            proxy::remove_proxy_directory(settled),
        ]
        .map(|plan| format!("{plan:#}"))
        .concat()
    });
    insta::assert_snapshot!(told);
}

#[test]
fn the_proxy_stays_where_apps_are_installed() {
    let shop = shop().apps("10.0.0.1", &["blog"]);
    let (plan, kept) = shop.settled(|settled, facts| {
        let (plan, kept) = proxy::remove(settled, facts, false);
        (
            plan,
            kept.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    });
    assert_eq!(kept, ["10.0.0.1"]);
    insta::assert_snapshot!(outline(&plan), @r"
    Remove the proxy
      10.0.0.2
        write the audit log
        stop the proxy
        write the audit log
        remove the proxy's container
        write the audit log
        remove the proxy's image
        remove the proxy's folder
    ");
    let forced = shop.settled(|settled, facts| proxy::remove(settled, facts, true).0);
    assert_eq!(commands(&forced, "10.0.0.1"), commands(&plan, "10.0.0.2"));
}

#[test]
fn settings_of_the_proxy_are_written_shown_and_forgotten() {
    let config = BootConfig {
        publish: true,
        bind_ips: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        http_port: 8080,
        https_port: 443,
        log_max_size: String::new(),
        registry: Some("ghcr.io".to_owned()),
        repository: None,
        image_version: None,
        metrics_port: Some(9090),
        debug: true,
        docker_options: vec!["memory=1g".to_owned()],
    };
    let texts = config
        .files()
        .map(|file| (file.name, file.text.unwrap_or_default()));
    assert_eq!(
        texts,
        [
            (
                "options",
                "--publish 127.0.0.1:8080:80 --publish 127.0.0.1:443:443 --publish [::1]:8080:80 \
                 --publish [::1]:443:443 --expose=9090 --memory=1g"
                    .to_owned()
            ),
            ("image", "ghcr.io/basecamp/kamal-proxy".to_owned()),
            ("image_version", String::new()),
            (
                "run_command",
                "kamal-proxy run --debug --metrics-port \"9090\"".to_owned()
            ),
        ]
    );
    let scenario = shop().select(Some("10.0.0.1"), None);
    let told = scenario.settled(|settled, _| {
        [
            proxy::set_boot_config(settled, &config),
            asking(proxy::show_boot_config(settled)),
            proxy::reset_boot_config(settled),
        ]
        .map(|plan| format!("{plan:#}"))
        .concat()
    });
    insta::assert_snapshot!(told);
}

#[test]
fn settings_that_hold_anyway_leave_no_file() {
    let config = BootConfig {
        publish: true,
        bind_ips: Vec::new(),
        http_port: 80,
        https_port: 443,
        log_max_size: "10m".to_owned(),
        registry: None,
        repository: None,
        image_version: None,
        metrics_port: None,
        debug: false,
        docker_options: Vec::new(),
    };
    assert!(config.files().iter().all(|file| file.text.is_none()));
}

#[test]
fn an_upgrade_replaces_traefik_when_the_proxy_answers() {
    let scenario = plan(SHOP)
        .container("web", "10.0.0.1", "1111111", "running")
        .container("web", "10.0.0.2", "1111111", "running")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .container("jobs", "10.0.0.3", "1111111", "running")
        .to("latest");
    let plan = scenario.settled(|settled, facts| {
        proxy::upgrade(settled, facts, true, &mut Suffixes::from_seed(1))
    });
    insta::assert_snapshot!(outline(&plan));
}
