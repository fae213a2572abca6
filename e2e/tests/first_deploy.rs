//! The first deploy: every host gets what its roles need, and nothing else.

use std::collections::BTreeSet;

use dhow_e2e::{Fleet, Host, World};

const SERVERS: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web1, web2]
    proxy: false
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sleep 1000000
";

const REPOSITORY: &str = "registry:5000/shop";

/// Tags as a set, to compare with what a host has.
fn set<const N: usize>(tags: [&str; N]) -> BTreeSet<String> {
    tags.map(String::from).into()
}

#[tokio::test]
async fn every_host_gets_what_its_roles_need() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    let version = shop.commit("Say where to deploy").await;

    let told = shop.dhow(["setup"]).await.succeeds();
    told.shows(&version);

    assert_eq!(
        world.registry().tags("shop").await,
        [version.as_str(), "latest"]
    );
    for host in [&world["web1"], &world["web2"]] {
        assert_eq!(
            host.tags(REPOSITORY).await,
            set([&version, "latest"]),
            "{}",
            host.name()
        );
        assert_eq!(host.answer("/version").await, "v1");
        serves_both_roles(host, &version).await;
    }
    runs_its_accessory_only(&world["db1"]).await;
}

async fn serves_both_roles(host: &Host, version: &str) {
    let (web, jobs) = (
        format!("shop-web-{version}"),
        format!("shop-jobs-{version}"),
    );
    assert_eq!(
        host.running().await,
        ["kamal-proxy", jobs.as_str(), web.as_str()]
    );
    for container in host.containers().await {
        if container.name == "kamal-proxy" {
            continue;
        }
        let role = if container.name == web { "web" } else { "jobs" };
        assert_eq!(container.image, format!("{REPOSITORY}:{version}"));
        assert_eq!(container.label("service"), Some("shop"));
        assert_eq!(container.label("role"), Some(role));
        assert_eq!(container.label("destination"), Some(""));
        assert!(
            host.logs(&container.name)
                .await
                .starts_with(&format!("shop starts as {role} with version v1"))
        );
    }
}

async fn runs_its_accessory_only(host: &Host) {
    assert_eq!(host.images().await, set(["busybox:latest"]));
    assert_eq!(
        host.exec("docker image ls --all --quiet | sort --unique | wc -l")
            .await,
        "1",
        "an image without a tag is an image too"
    );
    assert_eq!(host.running().await, ["shop-cache"]);
    assert_eq!(host.containers().await.len(), 1);
    assert_eq!(
        host.containers().await[0].label("service"),
        Some("shop-cache")
    );
    assert_eq!(
        host.exec("find ~/.kamal -type f | sort").await,
        "/root/.kamal/apps/shop/env/accessories/cache.booted\n/root/.kamal/apps/shop/env/accessories/cache.env\n/root/.kamal/shop-audit.log"
    );
    let audit = host.read("~/.kamal/shop-audit.log").await;
    assert!(
        audit
            .lines()
            .all(|line| line.ends_with("Booted cache accessory")),
        "{audit}"
    );
}
