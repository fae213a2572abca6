//! Back to a version that was deployed before, while the shop is open.

use dhow_e2e::{Fleet, World};

#[tokio::test]
async fn a_rollback_goes_to_the_version_before_and_fails_no_request() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let second = shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();

    let mut load = world.load(&["web1", "web2"]).rate(120).start();
    load.until_asked(100).await;
    let told = shop.dhow(["rollback"]).await.succeeds();
    load.until_everywhere("v1", &["web1", "web2"]).await;
    load.until_asked(100).await;
    let report = load.stop().await;
    println!("{told}\n{report}");
    report.never_failed(100).answered(&["v2", "v1"]);

    told.shows(&format!("web2  web  {second} -> {first}"));
    for host in world.hosts() {
        let web = format!("shop-web-{first}");
        assert_eq!(host.running().await, ["kamal-proxy", web.as_str()]);
        assert_eq!(
            host.inspect("registry:5000/shop:latest").await["Id"],
            host.inspect(&format!("registry:5000/shop:{first}")).await["Id"],
            "latest is what runs"
        );
    }
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
