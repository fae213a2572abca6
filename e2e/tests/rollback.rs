//! Back to a version that was deployed before, while the shop is open.

use dhow_e2e::{Fleet, World};

/// Three hosts, two of them with both roles, and a fourth that no version of the app is about.
const SERVERS: &str = "servers:
  web: [web1, web2, web3]
  jobs:
    hosts: [web1, web3]
    proxy: false
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sleep 1000000
";

#[tokio::test]
async fn a_rollback_goes_to_the_version_before_and_fails_no_request() {
    let fleet = Fleet::hosts(["web1", "web2", "web3"]).accessory_host("db1");
    let world = World::start(fleet).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let cache = world["db1"].inspect("shop-cache").await["State"]["StartedAt"].clone();
    let second = shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();

    // Ten engines and proxies share the machine with who visits them; `second_deploy` has the full rate.
    let mut load = world.load(&["web1", "web3"]).rate(80).start();
    load.until_asked(100).await;
    let told = shop.dhow(["rollback"]).await.succeeds();
    load.until_everywhere("v1", &["web1", "web3"]).await;
    load.until_asked(100).await;
    let report = load.stop().await;
    println!("{told}\n{report}");
    report.never_failed(60).answered(&["v2", "v1"]);

    told.shows(&format!("web2  web  {second} -> {first}"));
    let (web, jobs) = (format!("shop-web-{first}"), format!("shop-jobs-{first}"));
    for (host, runs) in [
        ("web1", ["kamal-proxy", &jobs, &web].as_slice()),
        ("web2", &["kamal-proxy", &web]),
        ("web3", &["kamal-proxy", &jobs, &web]),
    ] {
        let host = &world[host];
        assert_eq!(host.running().await, runs);
        assert_eq!(
            host.inspect("registry:5000/shop:latest").await["Id"],
            host.inspect(&format!("registry:5000/shop:{first}")).await["Id"],
            "latest is what runs"
        );
    }
    let untouched = world["db1"].inspect("shop-cache").await;
    assert_eq!(untouched["State"]["StartedAt"], cache);
    assert_eq!(untouched["State"]["Status"], "running");
}

#[tokio::test]
async fn a_rollback_goes_to_the_version_it_is_told_and_lists_what_there_is() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let second = shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    let third = shop.release("v3").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    let host = &world["web1"];

    let before = host.containers().await;
    let refused = shop.dhow(["rollback", "v7"]).await.fails_with(1);
    refused.shows("v7");
    let listed = [&third, &second, &first].map(|version| refused.stderr.find(version.as_str()));
    assert!(
        listed.iter().all(Option::is_some) && listed.is_sorted(),
        "all that can be gone back to, the newest first\n{refused}"
    );
    assert_eq!(host.containers().await, before, "nothing changed");
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");

    let _ = shop.dhow(["rollback", &first]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v1");
    let _ = shop.dhow(["rollback", &third]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v3");
    let _ = shop.dhow(["rollback"]).await.succeeds();
    assert_eq!(
        host.answer("/version").await,
        "v1",
        "that ran before this one"
    );
}

#[tokio::test]
async fn a_version_that_never_came_up_is_not_gone_back_to() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    let healthy = "servers: [web1]\n";
    shop.configure(healthy);
    shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();

    let broken = "deploy_timeout: 2\nenv:\n  clear: {SHOP_BROKEN: 'yes'}\n";
    shop.configure(&format!("{healthy}{broken}"));
    shop.release("v3").await;
    let _ = shop.dhow(["deploy"]).await.fails_with(1);
    shop.configure(healthy);

    let _ = shop.dhow(["rollback"]).await.succeeds();
    assert_eq!(world["web1"].answer("/version").await, "v1");
    let nothing_older = shop.dhow(["rollback", "--version=v0"]).await.fails_with(1);
    nothing_older.shows("'v0' is not available");
}
