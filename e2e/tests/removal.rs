//! `dhow remove` takes everything of the app off its hosts, and may be run again.

use dhow_e2e::{Fleet, Host, World};

const SETTINGS: &str = r#"servers:
  web: [web1, web3]
  jobs:
    hosts: [web1, web2]
    proxy: false
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sh -c "trap exit TERM; sleep 1000000 & wait"
    directories: [data:/data]
env:
  secret: [SHOP_KEY]
"#;

/// What was done stays written down, and the folder that apps share stays, as it does with Kamal.
const LEFT: &str = ".kamal/apps\n.kamal/shop-audit.log";

#[tokio::test]
async fn nothing_of_the_app_is_left_on_any_host() {
    let world = World::start(Fleet::hosts(["web1", "web2", "web3"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nSHOP_KEY=lighthouse-key\n",
    );
    shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    a_neighbour_runs_on(&world["web2"]).await;

    let asked = shop.dhow(["remove"]).await.fails();
    asked
        .shows("nobody is there to ask")
        .shows("This will remove all containers and images of shop from 4 hosts")
        .shows("add -y");
    assert_eq!(world["web1"].answer("/version").await, "v2");

    for _ in ["the first time", "again"] {
        let told = shop.dhow(["remove", "-y"]).await.succeeds();
        told.hides("FAILED");
        for host in ["web1", "web3", "db1"] {
            world[host].is_clean_but_for(LEFT).await;
        }
        assert_eq!(world["web2"].running().await, ["neighbour"]);
        assert_eq!(world["web2"].kept().await, LEFT);
    }
    shop.dhow(["app", "exec", "--reuse", "true"])
        .await
        .fails_with(1)
        .shows("the app does not run on web1");
    let _ = shop.dhow(["setup"]).await.succeeds();
    assert_eq!(world["web1"].answer("/version").await, "v2");
}

/// A container of somebody else, with an image of its own, that no removal may touch.
async fn a_neighbour_runs_on(host: &Host) {
    host.exec("docker run --detach --name neighbour busybox sleep 1000000 2>&1")
        .await;
}
