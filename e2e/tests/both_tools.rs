//! The real Kamal and dhow in turn on one host: each goes on from what the other left.
//!
//! `bin/parity both` runs these; everybody else leaves them out, since not every machine can have Kamal. Images are
//! built by dhow alone, because Kamal's own Debian has no Docker.

use dhow_e2e::{Fleet, Project, World};

async fn shop_on(world: &World) -> Project {
    let shop = world.app("shop").await;
    shop.configure_for_both(&world["web1"], "retain_containers: 2\n");
    shop
}

/// A new version of the app, with its image in the registry.
async fn built(shop: &Project, version: &str) -> String {
    let head = shop.release(version).await;
    let _ = shop.dhow(["build", "push"]).await.succeeds();
    head
}

#[tokio::test]
#[ignore = "needs the real Kamal; `bin/parity both` runs it"]
async fn each_goes_on_from_what_the_other_left() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = shop_on(&world).await;
    let host = &world["web1"];

    let first = built(&shop, "v1").await;
    let _ = shop.kamal(["setup", "--skip-push"]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v1");
    shop.dhow(["app", "version"]).await.succeeds().shows(&first);

    let second = built(&shop, "v2").await;
    shop.dhow(["deploy", "--skip-push"])
        .await
        .succeeds()
        .shows(&format!("{first} -> {second}"));
    assert_eq!(host.answer("/version").await, "v2");
    kamal_sees(&shop, &second).await;

    let _ = shop.kamal(["rollback", &first]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v1");
    shop.dhow(["app", "version"]).await.succeeds().shows(&first);
    shop.dhow(["audit"])
        .await
        .succeeds()
        .shows(&format!("[web] Renaming container {first}"));

    let third = built(&shop, "v3").await;
    let _ = shop.kamal(["deploy", "--skip-push"]).await.succeeds();
    let fourth = built(&shop, "v4").await;
    let _ = shop.dhow(["deploy", "--skip-push"]).await.succeeds();
    let fifth = built(&shop, "v5").await;
    let _ = shop.dhow(["redeploy", "--skip-push"]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v5");
    dhow_prunes_what_kamal_left(&world, &shop, &[&first, &second, &third, &fourth, &fifth]).await;

    let _ = shop.kamal(["rollback", &third]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v3");
    let _ = shop.dhow(["rollback", &fifth]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v5");
    let _ = shop.kamal(["remove", "-y"]).await.succeeds();
    assert_eq!(host.running().await, [""; 0]);
}

/// A deploy of dhow looks like one of its own to Kamal.
async fn kamal_sees(shop: &Project, version: &str) {
    let container = format!("shop-web-{version}");
    shop.kamal(["app", "version"])
        .await
        .succeeds()
        .shows(version);
    shop.kamal(["details"])
        .await
        .succeeds()
        .shows(&container)
        .shows("kamal-proxy");
    shop.kamal(["audit"])
        .await
        .succeeds()
        .shows(&format!("[web] Booted app version {version}"));
    shop.kamal(["app", "stale_containers"])
        .await
        .succeeds()
        .hides("Detected stale container");
}

/// With two kept beside the one that runs, whoever made them.
async fn dhow_prunes_what_kamal_left(world: &World, shop: &Project, versions: &[&str]) {
    let host = &world["web1"];
    let _ = shop.dhow(["prune", "all"]).await.succeeds();
    let containers = host.containers().await;
    let kept = |version: &str| {
        let name = format!("shop-web-{version}");
        containers.iter().any(|it| it.name == name)
    };
    let kept: Vec<bool> = versions.iter().map(|version| kept(version)).collect();
    assert_eq!(kept, [false, false, true, true, true], "{containers:?}");
    let tags = host.tags("registry:5000/shop").await;
    assert!(!tags.contains(versions[0]), "{tags:?}");
    assert!(!tags.contains(versions[1]), "{tags:?}");
}

#[tokio::test]
#[ignore = "needs the real Kamal; `bin/parity both` runs it"]
async fn each_is_stopped_by_the_others_lock() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = shop_on(&world).await;
    let host = &world["web1"];
    let first = built(&shop, "v1").await;
    let _ = shop.dhow(["setup", "--skip-push"]).await.succeeds();
    let before = host.containers().await;
    let _ = built(&shop, "v2").await;

    let take = ["lock", "acquire", "-m", "the cellar is flooded"];
    let _ = shop.dhow(take).await.succeeds();
    shop.kamal(["lock", "status"])
        .await
        .succeeds()
        .shows("the cellar is flooded");
    shop.kamal(["deploy", "--skip-push"])
        .await
        .fails()
        .shows("Deploy lock found");
    let _ = shop.kamal(["lock", "release"]).await.succeeds();

    let _ = shop.kamal(take).await.succeeds();
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("the cellar is flooded");
    shop.dhow(["deploy", "--skip-push"])
        .await
        .fails_with(6)
        .shows("the cellar is flooded");
    assert_eq!(host.containers().await, before);
    assert_eq!(host.answer("/version").await, "v1");
    let _ = shop.dhow(["lock", "release"]).await.succeeds();

    let _ = shop.kamal(["deploy", "--skip-push"]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v2");
    shop.kamal(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");
    let _ = shop.dhow(["rollback", &first]).await.succeeds();
    assert_eq!(host.answer("/version").await, "v1");
}
