//! `server`, `registry`, `prune` and `upgrade`, as a person who is not root on the hosts.

use dhow_e2e::{Fleet, Host, Project, World};

const SETTINGS: &str = "servers: [web1, web2]
retain_containers: 1
aliases:
  disk: server exec -q \"df -h | head -n 1\"
";

#[tokio::test]
async fn servers_are_looked_after() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).user("deploy")).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.hook(
        "docker-setup",
        "echo docker-setup for $KAMAL_HOSTS >>../hooks",
    );
    shop.commit("Say where to deploy").await;

    docker_is_installed(&world["web2"], &shop).await;
    commands_run_on_hosts(&world, &shop).await;
    hosts_log_in_and_out(&world, &shop).await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    old_things_are_pruned(&world, &shop).await;
    traefik_gives_way(&world, &shop).await;
}

/// What stands for the installer of get.docker.com brings the command back; no network reaches the real one here.
async fn docker_is_installed(host: &Host, shop: &Project) {
    host.exec(
        "mv /usr/bin/docker /usr/bin/docker.away
         gpasswd --delete deploy docker
         printf '%s\\n' '#!/bin/sh' 'echo sudo -n mv /usr/bin/docker.away /usr/bin/docker' >/usr/local/bin/curl
         chmod +x /usr/local/bin/curl",
    )
    .await;
    let bootstrap = shop.dhow(["server", "bootstrap"]).await.succeeds();
    bootstrap.shows("Install Docker where it is missing");
    assert_eq!(shop.read("../hooks"), "docker-setup for web1,web2\n");
    let again = shop.dhow(["server", "bootstrap"]).await.succeeds();
    again.shows("Docker is there on every host");
    let status = shop.dhow(["lock", "status"]).await.succeeds();
    assert_eq!(status.stdout, "There is no deploy lock\n");
}

async fn commands_run_on_hosts(world: &World, shop: &Project) {
    let both = shop
        .dhow(["server", "exec", "hostname | tr a-z A-Z"])
        .await
        .succeeds();
    assert_eq!(
        both.stdout,
        "App Host: web1\nWEB1\n\nApp Host: web2\nWEB2\n\n"
    );
    let raw = [
        "server",
        "exec",
        "--raw",
        "printf '%s' \"$USER on $(hostname);\"",
    ];
    let raw = shop.dhow(raw).await.succeeds();
    assert_eq!(
        raw.stdout, "deploy on web1;deploy on web2;\n",
        "nothing is added, but for the end of the last line by this test's own reader"
    );
    let one = shop
        .dhow(["server", "exec", "test $(hostname) = web1 && echo here"])
        .await
        .fails_with(1);
    assert_eq!(
        one.stdout, "App Host: web1\nhere\n\n",
        "the others are shown"
    );
    one.shows("web2: `test $(hostname) = web1 && echo here` ended with exit code 1");
    shop.dhow(["server", "exec", "-i", "exit 7"])
        .await
        .fails_with(7);
    let alias = shop.dhow(["disk", "-p"]).await.succeeds();
    assert!(alias.stdout.starts_with("Filesystem"), "{}", alias.stdout);
    let audit = world["web2"]
        .exec("cat ~deploy/.kamal/shop-audit.log")
        .await;
    assert!(
        audit.contains("] Executed cmd 'hostname | tr a-z A-Z' on web2"),
        "{audit}"
    );
}

async fn hosts_log_in_and_out(world: &World, shop: &Project) {
    let logged_in = async |name: &str| {
        let config = world[name]
            .exec("cat ~deploy/.docker/config.json 2>/dev/null || true")
            .await;
        config.contains("registry:5000")
    };
    let _ = shop.dhow(["registry", "login", "-L"]).await.succeeds();
    assert!(logged_in("web1").await && logged_in("web2").await);
    let _ = shop
        .dhow(["registry", "logout", "-L", "-h", "web1"])
        .await
        .succeeds();
    assert!(!logged_in("web1").await && logged_in("web2").await);
    for _ in ["a first time", "again"] {
        let _ = shop.dhow(["registry", "remove"]).await.succeeds();
        assert!(!logged_in("web2").await);
    }
    let wrong = shop
        .dhow(["registry", "setup"])
        .env("KAMAL_REGISTRY_PASSWORD", "wrong-word");
    wrong
        .await
        .fails_with(1)
        .shows("logging in to registry:5000 failed")
        .hides("wrong-word");
}

async fn old_things_are_pruned(world: &World, shop: &Project) {
    for version in ["v2", "v3", "v4"] {
        shop.release(version).await;
        let _ = shop.dhow(["redeploy"]).await.succeeds();
    }
    let host = &world["web1"];
    let count = async || {
        let all = host
            .exec("docker ps --all --quiet --filter label=service=shop")
            .await;
        all.lines().count()
    };
    assert_eq!(count().await, 4);
    let _ = shop
        .dhow(["prune", "containers", "--retain", "2"])
        .await
        .succeeds();
    assert_eq!(count().await, 3);
    let _ = shop.dhow(["prune", "images"]).await.succeeds();
    let tags = host.tags("registry:5000/shop").await;
    assert_eq!(tags.len(), 4, "three with containers, and latest: {tags:?}");
    let _ = shop.dhow(["prune", "all"]).await.succeeds();
    assert_eq!(count().await, 2);
    assert_eq!(host.tags("registry:5000/shop").await.len(), 3);
    assert_eq!(host.answer("/version").await, "v4");
    shop.dhow(["prune", "containers", "--retain", "0"])
        .await
        .fails_with(2);
}

/// What stands for Kamal 1's proxy holds the ports, and there is no network.
async fn traefik_gives_way(world: &World, shop: &Project) {
    for host in world.hosts() {
        host.exec(
            "docker rm --force kamal-proxy
             docker run --detach --name traefik --label org.opencontainers.image.title=Traefik \
               --publish 80:80 busybox httpd -f -p 80",
        )
        .await;
    }
    shop.dhow(["upgrade"]).await.fails_with(2).shows("add -y");
    let _ = shop.dhow(["upgrade", "--rolling", "-y"]).await.succeeds();
    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v4");
        let running = host.running().await;
        assert_eq!(running, ["kamal-proxy", "shop-web-latest"]);
    }
    // A deploy goes on from there.
    shop.release("v5").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    assert_eq!(world["web2"].answer("/version").await, "v5");
}
