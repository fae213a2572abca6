//! Deploying over what runs: nobody who visits the shop notices.

use dhow_e2e::{Fleet, Host, World};

const SERVERS: &str = "servers:
  web: [web1, web2, web3]
  jobs:
    hosts: [web1, web3]
    proxy: false
    cmd: shop-server jobs
";

#[tokio::test]
async fn a_second_deploy_changes_the_version_and_fails_no_request() {
    let world = World::start(Fleet::hosts(["web1", "web2", "web3"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let second = shop.release("v2").await;

    // On the hosts with two roles each: their proxy switches while the other role boots.
    let mut load = world.load(&["web1", "web3"]).rate(120).start();
    load.until_asked(100).await;
    let told = shop.dhow(["deploy"]).await.succeeds();
    load.until_everywhere("v2", &["web1", "web3"]).await;
    load.until_asked(100).await;
    let report = load.stop().await;
    println!("{told}\n{report}");
    report.never_failed(100).answered(&["v1", "v2"]);

    told.shows(&format!("web1  web  {first} -> {second}"));
    assert_eq!(world["web2"].answer("/version").await, "v2");
    for (host, role) in [
        ("web1", "web"),
        ("web1", "jobs"),
        ("web2", "web"),
        ("web3", "web"),
        ("web3", "jobs"),
    ] {
        stopped_one_and_runs_the_other(&world[host], role, [&first, &second]).await;
    }
}

/// The old container ended by itself when asked to, and is kept for a rollback.
async fn stopped_one_and_runs_the_other(host: &Host, role: &str, [old, new]: [&str; 2]) {
    let old = host.inspect(&format!("shop-{role}-{old}")).await;
    assert_eq!(old["State"]["Status"], "exited");
    assert_eq!(old["State"]["ExitCode"], 0);
    let new = host.inspect(&format!("shop-{role}-{new}")).await;
    assert_eq!(new["State"]["Status"], "running");
}

#[tokio::test]
async fn the_same_version_again_replaces_its_container_and_fails_no_request() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let version = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let host = &world["web1"];
    let name = format!("shop-web-{version}");
    let before = host.inspect(&name).await;

    let mut load = world.load(&["web1"]).rate(120).start();
    load.until_asked(50).await;
    let told = shop.dhow(["redeploy"]).await.succeeds();
    load.until_asked(100).await;
    let report = load.stop().await;
    println!("{told}\n{report}");
    report.never_failed(100).answered(&["v1"]);

    assert_ne!(host.inspect(&name).await["Id"], before["Id"]);
    assert_eq!(host.running().await, ["kamal-proxy", name.as_str()]);
    let containers = host.containers().await;
    let replaced = containers
        .iter()
        .find_map(|it| it.name.strip_prefix(&format!("{name}_replaced_")))
        .expect("the container from before is kept under another name");
    assert!(
        replaced.len() == 16 && replaced.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{replaced}"
    );
    let audit = host.read("~/.kamal/shop-audit.log").await;
    assert!(
        audit.contains(&format!(
            "[web] Renaming container {version} to {version}_replaced_{replaced}"
        )),
        "{audit}"
    );
}
