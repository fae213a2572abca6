//! Deploying without any registry: the tool serves the image itself.

use dhow_e2e::{Fleet, World};

#[tokio::test]
async fn an_image_reaches_every_host_without_a_registry() {
    let world = World::start(Fleet::hosts(["web1", "web2", "web3"])).await;
    let shop = world.app("shop").await;
    shop.configure_without_registry(5555, "servers: [web1, web2, web3]\n");
    let version = shop.commit("Say where to deploy").await;

    let told = shop.dhow(["setup"]).await.succeeds();
    println!("{told}");

    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v1");
        assert!(host.tags("localhost:5555/shop").await.contains(&version));
    }
}
