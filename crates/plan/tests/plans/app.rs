//! What the app's own commands ask of hosts (flows §4.7, §5.1).

use std::time::Duration;

use dhow_plan::{
    Plan, Suffixes,
    recipe::app::{self, Stale},
};

use crate::scenario::{Scenario, outline, plan};

const SHOP: &str = "
servers:
  web: [10.0.0.1, 10.0.0.2]
  jobs: {hosts: [10.0.0.2, 10.0.0.3], stop_timeout: 50}
drain_timeout: 20
accessories:
  db: {image: 'mysql:8', host: 10.0.0.3}
";

fn shop() -> Scenario {
    plan(SHOP)
        .running("web", "10.0.0.1", "1111111")
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .container("jobs", "10.0.0.3", "1111111", "running")
}

/// Every host's part with its commands, without what is said to the audit log on the way there.
fn in_full(plan: &Plan) -> String {
    let said = format!("{plan:#}");
    said.replace(
        "mkdir -p .kamal && printf '%s\\n' '[2026-01-02T03:04:05Z] [dee@example.com] ",
        "… '",
    )
}

#[test]
fn stopping_turns_clients_away_before_the_container_ends() {
    let plan = shop().settled(app::stop);
    insta::assert_snapshot!(in_full(&plan));
}

#[test]
fn what_does_not_run_need_not_be_stopped() {
    let plan = plan(SHOP).select(Some("10.0.0.1"), None).settled(app::stop);
    insta::assert_snapshot!(outline(&plan), @r"
    Stop the app on 1 host
      10.0.0.1
        write the audit log
    ");
}

#[test]
fn starting_gives_containers_their_traffic_back() {
    let scenario = plan(SHOP)
        .proxy("10.0.0.2", "v0.9.2")
        .container("web", "10.0.0.2", "2222222", "exited")
        .container("jobs", "10.0.0.2", "2222222", "exited")
        .select(Some("10.0.0.2"), None);
    let plan = scenario.settled(|settled, facts| app::start(settled, facts).unwrap());
    insta::assert_snapshot!(in_full(&plan));
}

#[test]
fn starting_an_old_version_beside_one_that_serves_leaves_it_the_traffic() {
    let scenario = shop()
        .container("web", "10.0.0.1", "0000000", "exited")
        .to("0000000")
        .select(Some("10.0.0.1"), Some("web"));
    let plan = scenario.settled(|settled, facts| app::start(settled, facts).unwrap());
    let text = in_full(&plan);
    assert!(text.contains("docker start shop-web-0000000"), "{text}");
    assert!(text.contains("name=^shop-web-1111111$"), "{text}");
    assert!(!text.contains("name=^shop-web-0000000$"), "{text}");
}

#[test]
fn nothing_is_started_unless_every_container_is_there() {
    let scenario = shop().container("web", "10.0.0.1", "2222222", "exited");
    let error = scenario.settled(|settled, facts| app::start(settled, facts).unwrap_err());
    insta::assert_snapshot!(error, @"there is no container of version 2222222 on 10.0.0.2 (role web), 10.0.0.2 (role jobs), 10.0.0.3 (role jobs)");
    assert_eq!(error.there, ["1111111"]);
}

#[test]
fn booting_neither_builds_nor_pulls_nor_looks_after_the_proxy() {
    let scenario = shop()
        .to("latest")
        .error_page("503.html", "closed")
        .select(Some("10.0.0.2"), None);
    let plan =
        scenario.settled(|settled, facts| app::boot(settled, facts, &mut Suffixes::from_seed(1)));
    insta::assert_snapshot!(in_full(&plan));
}

#[test]
fn clients_are_turned_away_and_let_in_again() {
    let (closed, silent, open) = shop().settled(|settled, _| {
        let message = Some("back at ${noon}, it's \"soon\"");
        (
            app::close_to_clients(settled, Some(Duration::from_secs(5)), message),
            app::close_to_clients(settled, None, Some("")),
            app::open_to_clients(settled),
        )
    });
    insta::assert_snapshot!(in_full(&closed), @r#"
    Turn clients away on 2 hosts
      10.0.0.2
        turn clients of web away
          $ docker exec kamal-proxy kamal-proxy stop shop-web --drain-timeout="5s" '--message=back at ${noon}, it'\''s "soon"'
      10.0.0.1
        turn clients of web away
          $ docker exec kamal-proxy kamal-proxy stop shop-web --drain-timeout="5s" '--message=back at ${noon}, it'\''s "soon"'
    "#);
    let text = in_full(&silent);
    assert!(
        text.contains("stop shop-web --drain-timeout=\"20s\"\n"),
        "{text}"
    );
    insta::assert_snapshot!(in_full(&open), @r"
    Let clients in again on 2 hosts
      10.0.0.2
        let clients of web in
          $ docker exec kamal-proxy kamal-proxy resume shop-web
      10.0.0.1
        let clients of web in
          $ docker exec kamal-proxy kamal-proxy resume shop-web
    ");
}

#[test]
fn stale_containers_are_those_beside_the_current_one() {
    let scenario = shop()
        .container("web", "10.0.0.1", "0000000", "running")
        .container("web", "10.0.0.1", "3333333", "exited")
        .container(
            "jobs",
            "10.0.0.3",
            "0000000_replaced_0123456789abcdef",
            "restarting",
        );
    let mut scenario = scenario;
    for (host, role) in [("10.0.0.1", "web"), ("10.0.0.3", "jobs")] {
        let current = format!("shop-{role}-1111111");
        scenario
            .host(host)
            .current
            .insert(role.parse().unwrap(), current);
    }
    let (found, plan) = scenario.settled(|settled, facts| {
        (
            app::stale_containers(settled, facts),
            app::stop_stale(settled, facts),
        )
    });
    let stale = |host: &str, role: &str, version: &str| Stale {
        host: host.parse().unwrap(),
        role: role.parse().unwrap(),
        version: version.to_owned(),
    };
    assert_eq!(
        found,
        [
            stale("10.0.0.1", "web", "0000000"),
            stale("10.0.0.3", "jobs", "0000000_replaced_0123456789abcdef"),
        ]
    );
    insta::assert_snapshot!(in_full(&plan), @r#"
    Stop stale containers
      10.0.0.1
        stop stale shop-web-0000000
          $ id="$(docker container ls --all --filter 'name=^shop-web-0000000$' --quiet)" && { test -z "$id" || docker stop "$id" ; }
      10.0.0.3
        stop stale shop-jobs-0000000_replaced_0123456789abcdef
          $ id="$(docker container ls --all --filter 'name=^shop-jobs-0000000_replaced_0123456789abcdef$' --quiet)" && { test -z "$id" || docker stop -t 50 "$id" ; }
    "#);
}

#[test]
fn removing_the_app_leaves_its_accessories_and_the_proxy() {
    let plan = shop().accessory("db", "10.0.0.3").settled(app::remove);
    insta::assert_snapshot!(in_full(&plan));
}

#[test]
fn removing_a_role_leaves_what_its_hosts_share() {
    let scenario = shop().select(None, Some("jobs"));
    let plan = scenario.settled(app::remove);
    insta::assert_snapshot!(outline(&plan), @r"
    Remove the app on 2 hosts
      10.0.0.2
        write the audit log
        stop jobs
        write the audit log
        remove jobs
      10.0.0.3
        write the audit log
        stop jobs
        write the audit log
        remove jobs
        write the audit log
        remove the app's images
        write the audit log
        remove the app's folder
        remove the app's files for the proxy
    ");
}

#[test]
fn parts_are_removed_one_by_one() {
    let scenario = shop().container("web", "10.0.0.1", "0000000", "exited");
    let mut told = String::new();
    scenario.settled(|settled, facts| {
        let version = "0000000".parse().unwrap();
        for plan in [
            app::remove_container(settled, facts, &version).unwrap(),
            app::remove_containers(settled),
            app::remove_images(settled),
            app::remove_app_directories(settled, facts),
        ] {
            told.push_str(&in_full(&plan));
        }
        let unknown = "9999999".parse().unwrap();
        let error = app::remove_container(settled, facts, &unknown).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no selected host has a container of version 9999999"
        );
    });
    insta::assert_snapshot!(told);
}

#[test]
fn roles_of_a_host_are_stopped_at_once_where_the_file_says_so() {
    let text = format!("{SHOP}boot: {{parallel_roles: true}}\n");
    let scenario = plan(&text)
        .running("web", "10.0.0.2", "1111111")
        .container("jobs", "10.0.0.2", "1111111", "running")
        .select(Some("10.0.0.2"), None);
    insta::assert_snapshot!(outline(&scenario.settled(app::stop)), @r"
    Stop the app on 1 host
      10.0.0.2
        write the audit log
        let requests to web finish
        take web out of the proxy
        stop web 1111111
      10.0.0.2
        write the audit log
        stop jobs 1111111
    ");
    // Two prunes at the same time are one too many for an engine.
    let removed = scenario.settled(|settled, _| app::remove_containers(settled));
    insta::assert_snapshot!(outline(&removed), @r"
    Remove stopped containers on 1 host
      10.0.0.2
        write the audit log
        remove stopped containers of web
        write the audit log
        remove stopped containers of jobs
    ");
}
