//! Deploying an image that lies in the registry already, under a version that somebody chose.

use std::collections::BTreeSet;

use dhow_e2e::{Fleet, SshUse, World};

#[tokio::test]
async fn an_image_that_was_pushed_by_hand_is_deployed_under_its_version() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let head = shop.commit("Say where to deploy").await;
    world.builder().push(&shop, "1.2.3").await;
    let host = &world["web1"];

    let told = shop
        .dhow(["setup", "--skip-push", "--version=1.2.3"])
        .await
        .succeeds();
    told.hides(&head);
    assert_eq!(world.registry().tags("shop").await, ["1.2.3", "latest"]);
    assert_eq!(
        host.tags("registry:5000/shop").await,
        BTreeSet::from(["1.2.3".into(), "latest".into()])
    );
    assert_eq!(host.running().await, ["kamal-proxy", "shop-web-1.2.3"]);
    assert_eq!(host.answer("/env/KAMAL_VERSION").await, "1.2.3");

    let missing = shop
        .dhow(["deploy", "-P", "--version=9.9.9"])
        .await
        .fails_with(1);
    missing.shows("registry:5000/shop:9.9.9").shows("1.2.3");

    // A host with nothing left; only `df` is a stand-in, for no test can fill a disk that others need.
    shop.release("v2").await;
    world.builder().push(&shop, "1.2.4").await;
    host.exec(
        "printf '%s\\n' '#!/bin/sh' 'echo /dev/vda 1000000 1000000 0 100% /var/lib/docker' >/usr/local/bin/df
         chmod +x /usr/local/bin/df",
    )
    .await;
    shop.dhow(["deploy", "-P", "--version=1.2.4"])
        .await
        .fails_with(5)
        .shows("error: there is no room for the image, nothing that runs was touched")
        .shows("web1")
        .shows("are free where images lie")
        .shows("`dhow prune all` removes old versions");
    assert_eq!(
        host.tags("registry:5000/shop").await,
        BTreeSet::from(["1.2.3".into(), "latest".into()])
    );
    assert_eq!(host.running().await, ["kamal-proxy", "shop-web-1.2.3"]);
    assert_eq!(host.file("~/.kamal/lock-shop/details").await, None);

    host.exec("rm /usr/local/bin/df").await;
    shop.dhow(["deploy", "-P", "--version=1.2.4"])
        .await
        .succeeds();
    assert_eq!(host.answer("/version").await, "v2");
}

#[tokio::test]
async fn a_version_that_cannot_be_a_tag_is_refused_before_anything_happens() {
    let world = World::start(Fleet::hosts(["web1"]).without_builder()).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.commit("Say where to deploy").await;
    let long = "9".repeat(129);
    let fits = &long[..128];
    for (version, valid) in [
        ("1.2.3~build", "1.2.3_build"),
        ("feature/till", "feature_till"),
        (".5", "_5"),
        (&long, fits),
    ] {
        let option = format!("--version={version}");
        for command in ["deploy", "setup", "redeploy", "plan"] {
            let refused = shop
                .dhow([command, "--skip-push", &option])
                .await
                .fails_with(2);
            refused
                .shows(version)
                .shows("1 to 128 ASCII letters")
                .shows(&format!("`{valid}` would do"));
        }
        let _ = shop.dhow(["rollback", "--", version]).await.fails_with(2);
    }
    for moving in ["latest", "latest-staging"] {
        let option = format!("--version={moving}");
        let refused = shop
            .dhow(["deploy", "--skip-push", &option])
            .await
            .fails_with(2);
        refused.shows(moving).shows("such as 1.2.3");
    }
    let untouched = SshUse {
        connections: 0,
        exec_requests: 0,
    };
    assert_eq!(world["web1"].ssh_use().await, untouched);
}
