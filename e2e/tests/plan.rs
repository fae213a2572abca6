//! `dhow plan` tells what a deploy would do, and does nothing.

use dhow_e2e::{Fleet, Host, World};

const SETTINGS: &str = "servers:
  web: [web1]
  jobs:
    hosts: [web2]
    proxy: false
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sleep 1000000
env:
  secret: [SHOP_KEY]
";

/// All that a deploy could change on a host.
async fn state(host: &Host) -> String {
    host.exec(
        "docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort
         docker image ls --all --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort
         docker network ls --format '{{.Name}}' | sort; docker volume ls --quiet
         find ~ /tmp -type f -exec sha256sum {} + 2>/dev/null | sort
         docker exec kamal-proxy kamal-proxy list 2>/dev/null || true",
    )
    .await
}

async fn states(world: &World) -> Vec<String> {
    futures_util::future::join_all(world.hosts().iter().map(state)).await
}

#[tokio::test]
async fn a_plan_names_every_host_and_phase_and_changes_nothing() {
    let fleet = Fleet::hosts(["web1", "web2"]).accessory_host("db1");
    let world = World::start(fleet).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nSHOP_KEY=lighthouse-key\n",
    );
    for hook in ["pre-connect", "pre-build", "pre-deploy"] {
        shop.hook(hook, "touch .git/a-hook-ran");
    }
    let first = shop.commit("Say where to deploy").await;

    let untouched = states(&world).await;
    let before = shop.dhow(["plan"]).await.succeeds();
    for text in [
        format!("Build {first}"),
        format!("Pull registry:5000/shop:{first} on 2 hosts"),
        "Take the deploy lock on web1".into(),
        "Run the pre-deploy hook".into(),
        "Make hosts ready".into(),
        format!("Boot {} on 2 hosts", &first[..7]),
        "Tag the image and prune".into(),
        "Release the deploy lock".into(),
        format!("docker run --detach --restart unless-stopped --name shop-jobs-{first}"),
    ] {
        before.shows(&text);
    }
    before.hides("lighthouse-key").hides("harbour-pass");
    // A deploy boots no accessory, and says that one is missing.
    let about_db1: Vec<&String> = before
        .lines
        .iter()
        .filter(|line| line.contains("db1"))
        .collect();
    assert_eq!(about_db1.len(), 1, "{before}");
    before.shows("the accessory cache on db1 differs: no container");
    assert_eq!(states(&world).await, untouched);
    assert!(world.registry().tags("shop").await.is_empty());
    assert!(!shop.folder().join(".git/a-hook-ran").exists());

    let _ = shop.dhow(["setup"]).await.succeeds();
    let second = shop.release("v2").await;
    let deployed = states(&world).await;
    let after = shop.dhow(["plan"]).await.succeeds();
    after
        .shows(&format!("stop web {}", &first[..7]))
        .shows(&format!("stop jobs {}", &first[..7]))
        .hides("start the proxy")
        .hides("lighthouse-key");
    assert_eq!(states(&world).await, deployed);
    assert!(!world.registry().tags("shop").await.contains(&second));
    let hand = shop
        .dhow(["plan", "-P", &format!("--version={first}")])
        .await
        .succeeds();
    hand.shows(&format!("registry:5000/shop:{first}"))
        .hides("Build");
    shop.dhow(["plan", "-P", "--version=1.2.3"])
        .await
        .fails_with(1)
        .shows("the registry has no image registry:5000/shop:1.2.3, nothing was changed");
}
