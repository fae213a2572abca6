//! Somebody else holds the deploy lock: nothing is touched, the holder is named, and waiting is possible.

use dhow_e2e::{Fleet, Listed, Project, World};

async fn running_shop(hosts: &[&str]) -> (World, Project, String) {
    let world = World::start(Fleet::hosts(hosts.iter().copied())).await;
    let shop = world.app("shop").await;
    shop.configure(&format!("servers: [{}]\n", hosts.join(", ")));
    let first = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();
    (world, shop, first)
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_respected_before_anything_is_built() {
    let (world, shop, first) = running_shop(&["web1", "web2", "web3"]).await;
    shop.git(&["config", "user.name", "Rosa Rollback"]).await;
    shop.dhow(["lock", "acquire", "-m", "the cellar is flooded"])
        .await
        .succeeds();
    shop.git(&["config", "--unset", "user.name"]).await;
    let before = containers(&world).await;

    let second = shop.release("v2").await;
    for command in ["deploy", "redeploy", "setup"] {
        shop.dhow([command])
            .await
            .fails_with(6)
            .shows("Deploy lock found")
            .shows("Locked by: Rosa Rollback at ")
            .shows(&format!("Version: {first}\nMessage: the cellar is flooded"))
            .shows("`dhow lock release -h web1` removes the lock")
            .hides("Build ");
    }
    // A lock that was taken by hand is not waited for: nobody knows when it ends.
    shop.dhow(["deploy", "--lock-wait"])
        .await
        .fails_with(6)
        .shows("the cellar is flooded");
    assert_eq!(containers(&world).await, before);
    assert_eq!(
        world.registry().tags("shop").await,
        [first.as_str(), "latest"]
    );

    shop.dhow(["lock", "release"]).await.succeeds();
    shop.dhow(["deploy"]).await.succeeds();
    for host in world.hosts() {
        assert_eq!(
            host.running().await,
            ["kamal-proxy".to_string(), format!("shop-web-{second}")]
        );
    }
}

/// Those of every host.
async fn containers(world: &World) -> Vec<Vec<Listed>> {
    let mut containers = Vec::new();
    for host in world.hosts() {
        containers.push(host.containers().await);
    }
    containers
}

#[tokio::test]
async fn a_deploy_waits_for_another_one_when_told_to() {
    let (world, shop, _) = running_shop(&["web1"]).await;
    shop.hook(
        "pre-deploy",
        "[ -z \"$SLOW\" ] || while [ ! -e go ]; do sleep 0.05; done",
    );
    let second = shop.release("v2").await;
    let mut one = shop.dhow(["deploy"]).env("SLOW", "yes").live();
    one.until_shows("Run the pre-deploy hook").await;
    // Out of patience.
    shop.dhow([
        "deploy",
        "--lock-wait",
        "--lock-wait-timeout",
        "1",
        "--lock-wait-interval",
        "1",
    ])
    .await
    .fails_with(6)
    .shows("Message: Automatic deploy lock")
    .shows("longer than --lock-wait-timeout");

    let mut other = shop
        .dhow(["deploy", "--lock-wait", "--lock-wait-interval", "1"])
        .live();
    other
        .until_shows("The deploy lock is held, trying again in 1 s")
        .await;
    shop.write("go", "");
    one.finished().await.succeeds();
    other.finished().await.succeeds();
    assert_eq!(
        world["web1"].running().await,
        ["kamal-proxy".to_string(), format!("shop-web-{second}")]
    );
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");
}
