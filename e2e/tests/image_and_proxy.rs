//! The image and the proxy on their own, and commands that a person is connected to.

use dhow_e2e::{Fleet, World};

#[tokio::test]
async fn the_image_is_pushed_pulled_and_delivered_without_a_deploy() {
    let world = World::start(Fleet::hosts(["web1"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\naccessories: {cache: {image: busybox, host: db1}}\n");
    let first = shop.commit("Say where to deploy").await;
    let (web1, db1) = (&world["web1"], &world["db1"]);
    let repository = "registry:5000/shop";

    shop.dhow(["build", "push"]).await.succeeds();
    assert_eq!(
        world.registry().tags("shop").await,
        [first.as_str()],
        "what nobody has deployed is not the latest"
    );
    assert_eq!(web1.images().await, [].into());

    shop.dhow(["build", "pull"]).await.succeeds();
    assert_eq!(web1.tags(repository).await, [first.clone()].into());

    let second = shop.release("v2").await;
    shop.dhow(["build", "deliver"]).await.succeeds();
    assert_eq!(web1.tags(repository).await, [first, second].into());
    assert_eq!(db1.images().await, [].into(), "it runs an accessory only");
    assert_eq!(web1.containers().await, []);
}

#[tokio::test]
async fn the_proxy_is_booted_once_and_removed_only_where_nothing_needs_it() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.commit("Say where to deploy").await;
    let web1 = &world["web1"];

    shop.dhow(["proxy", "boot"]).await.succeeds();
    let booted = web1.inspect("kamal-proxy").await["Id"].clone();
    shop.dhow(["proxy", "boot"]).await.succeeds();
    assert_eq!(web1.inspect("kamal-proxy").await["Id"], booted);
    shop.dhow(["proxy", "remove"]).await.succeeds();
    assert_eq!(web1.containers().await, []);

    shop.dhow(["setup"]).await.succeeds();
    shop.dhow(["proxy", "remove"])
        .await
        .succeeds()
        .shows("Not removing the proxy, as other apps are installed");
    assert_eq!(web1.answer("/version").await, "v1");
    shop.dhow(["proxy", "remove", "--force"]).await.succeeds();
    assert!(!web1.running().await.contains(&"kamal-proxy".to_string()));
}

#[tokio::test]
async fn a_person_is_connected_to_a_command_and_to_a_log() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    let answered = shop
        .dhow(["app", "exec", "-i", "--reuse", "cat /version"])
        .await
        .succeeds();
    assert_eq!(answered.stdout.trim(), "v1");
    shop.dhow(["app", "exec", "-i", "sh -c 'exit 3'"])
        .await
        .fails_with(3)
        .hides("error");

    let mut live = shop.dhow(["app", "logs", "-f"]).live();
    live.until_shows("shop starts as web with version v1").await;
    world["web1"].answer("/version").await;
    live.until_shows("GET /version 200").await;
    live.interrupt();
    live.finished().await.succeeds();
}
