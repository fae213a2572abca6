//! Every command of `dhow app` that changes something, and logs that are followed on two hosts.

use std::time::Duration;

use dhow_e2e::{Fleet, Host, Project, World};

const SETTINGS: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web1]
    proxy: false
    cmd: shop-server jobs
boot: {parallel_roles: true}
drain_timeout: 20
error_pages_path: public
";

#[tokio::test]
async fn the_app_is_closed_stopped_started_booted_and_removed() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write("public/503.html", "<h1>{{ .Message }}</h1>");
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let version = shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();

    clients_are_turned_away_once_they_are_served(&world, &shop).await;
    a_stopped_app_starts_again(&world, &shop, &version).await;
    what_is_stale_is_found_and_stopped(&world["web2"], &shop, &first).await;
    output_comes_byte_for_byte(&shop).await;
    the_latest_is_booted_anew(&world, &shop).await;
    parts_are_removed(&world["web2"], &shop, &first).await;

    let _ = shop.dhow(["app", "remove"]).await.succeeds();
    for host in ["web1", "web2"] {
        let host = &world[host];
        assert_eq!(host.running().await, ["kamal-proxy"]);
        assert_eq!(host.tags("registry:5000/shop").await, [].into());
        assert_eq!(
            host.exec("ls ~/.kamal/apps ~/.kamal/proxy/apps-config")
                .await
                .matches("shop")
                .count(),
            0
        );
        assert_eq!(host.get("/").await.expect("the proxy answers").status, 404);
    }
    let _ = shop.dhow(["app", "remove"]).await.succeeds();
    let _ = shop.dhow(["deploy"]).await.succeeds();
    assert_eq!(world["web1"].answer("/version").await, "v3");
}

async fn clients_are_turned_away_once_they_are_served(world: &World, shop: &Project) {
    let (web1, web2) = (&world["web1"], &world["web2"]);
    let message = "back at ${noon}, it's <soon>";
    let closing = [
        "app",
        "maintenance",
        "--message",
        message,
        "--drain-timeout",
        "15",
    ];
    let closed = shop.dhow(closing).live();
    // A request under way when the door closes is answered.
    let (slow, closed) = tokio::join!(web1.answer("/slow/1500"), closed.finished());
    let _ = closed.succeeds();
    assert!(!slow.is_empty());
    for host in [web1, web2] {
        let refused = host.get("/").await.expect("the proxy answers");
        assert_eq!(
            (refused.status, refused.body.as_str()),
            (503, "<h1>back at ${noon}, it&#39;s &lt;soon&gt;</h1>")
        );
        assert_eq!(
            host.get("/up").await.expect("the proxy answers").status,
            200
        );
    }
    let _ = shop.dhow(["app", "live"]).await.succeeds();
    assert_eq!(web2.answer("/version").await, "v2");
}

async fn a_stopped_app_starts_again(world: &World, shop: &Project, version: &str) {
    let _ = shop.dhow(["app", "stop"]).await.succeeds();
    for host in ["web1", "web2"] {
        assert_eq!(world[host].running().await, ["kamal-proxy"]);
        assert_eq!(
            world[host]
                .get("/")
                .await
                .expect("the proxy answers")
                .status,
            404
        );
    }
    let _ = shop.dhow(["app", "stop"]).await.succeeds();
    let unknown = shop.dhow(["app", "start", "--version", "nowhere"]).await;
    unknown
        .fails_with(1)
        .shows("there is no container of version nowhere on web1 (role web)")
        .shows(&format!(
            "`dhow app start --version {version}` starts that one"
        ));
    let _ = shop.dhow(["app", "start"]).await.succeeds();
    assert_eq!(world["web1"].running().await.len(), 3);
    assert_eq!(world["web2"].answer("/version").await, "v2");
    let log = world["web1"].read("~/.kamal/shop-audit.log").await;
    assert!(log.contains("[web] Stopped app"), "{log}");
    assert!(
        log.contains(&format!("Started app version {version}")),
        "{log}"
    );
}

async fn what_is_stale_is_found_and_stopped(host: &Host, shop: &Project, stale: &str) {
    host.exec(&format!("docker start shop-web-{stale}")).await;
    let found = shop.dhow(["app", "stale_containers"]).await.succeeds();
    assert_eq!(
        found.stdout,
        format!(
            "App Host: web2\nDetected stale container for role web with version {stale} (use `dhow app \
             stale_containers --stop` to stop)\n\n"
        )
    );
    let stopped = shop
        .dhow(["app", "stale-containers", "--stop"])
        .await
        .succeeds();
    stopped.shows(&format!(
        "Stopping stale container for role web with version {stale}\n"
    ));
    assert_eq!(host.running().await.len(), 2);
    let none = shop.dhow(["app", "stale_containers"]).await.succeeds();
    assert_eq!(none.stdout, "");
}

async fn output_comes_byte_for_byte(shop: &Project) {
    let raw = shop
        .dhow([
            "app",
            "exec",
            "--raw",
            "--reuse",
            "-r",
            "web",
            "-e",
            "A:x",
            "sh -c 'printf \"$A\\n\\n b\"'",
        ])
        .await
        .succeeds();
    // The harness ends the last line, the tool does not.
    assert_eq!(raw.stdout, "x\n\n bx\n\n b\n");
    let failed = shop
        .dhow(["app", "exec", "--raw", "-p", "sh -c 'exit 7'"])
        .await;
    failed.fails_with(1).shows("web1 (role web): exit code 7");
}

async fn the_latest_is_booted_anew(world: &World, shop: &Project) {
    // What is checked out was never built.
    shop.release("v3").await;
    let _ = shop.dhow(["app", "boot"]).await.succeeds();
    for host in ["web1", "web2"] {
        let running = world[host].running().await;
        assert!(
            running.contains(&"shop-web-latest".to_owned()),
            "{running:?}"
        );
        assert_eq!(world[host].answer("/version").await, "v2");
    }
    let quiet = shop.dhow(["app", "version", "-q"]).await.succeeds();
    assert_eq!(quiet.stdout, "latest\nlatest\n");
}

async fn parts_are_removed(host: &Host, shop: &Project, first: &str) {
    let named = ["app", "remove_container", first];
    let _ = shop.dhow(named).await.succeeds();
    shop.dhow(named).await.fails_with(1).shows(&format!(
        "no selected host has a container of version {first}"
    ));
    shop.dhow(["app", "remove_container", "latest"])
        .await
        .fails_with(1)
        .shows("running");
    let _ = shop.dhow(["app", "remove_containers"]).await.succeeds();
    assert_eq!(host.containers().await.len(), 2);
    let _ = shop.dhow(["app", "remove_images"]).await.succeeds();
    assert_eq!(host.tags("registry:5000/shop").await.len(), 1);
}

#[tokio::test]
async fn logs_of_all_hosts_are_followed_and_none_ends_the_others() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write("public/503.html", "closed");
    shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();

    let before = world["web1"].ssh_use().await;
    let follow = shop.dhow(["app", "logs", "-f", "-T", "--since", "1h"]);
    let mut live = follow.patience(Duration::from_mins(1)).live();
    live.until_shows("web1 web  | shop starts as web with version v1")
        .await;
    live.until_shows("web1 jobs | shop starts as jobs with version v1")
        .await;
    live.until_shows("web2 web  | shop starts as web with version v1")
        .await;
    world["web2"].answer("/version").await;
    live.until_shows("web2 web  | GET /version 200").await;
    let after = world["web1"].ssh_use().await;
    assert_eq!(after.connections - before.connections, 1);
    assert_eq!(after.exec_requests - before.exec_requests, 1);

    world["web1"].kill().await;
    live.until_shows("the others are followed on").await;
    world["web2"].answer("/host").await;
    live.until_shows("web2 web  | GET /host 200").await;
    live.interrupt();
    let told = live.finished().await.succeeds();
    told.shows("the connection to web1 was lost");
    assert!(!told.stdout.contains('\u{1b}'), "a pipe has no colours");

    // Nothing of it goes on there.
    let left = world["web2"].run("pgrep -fa 'docker logs'").await;
    assert_eq!(left.stdout, "", "{left:?}");
    let searching = [
        "app",
        "logs",
        "-f",
        "-h",
        "web2",
        "-T",
        "-g",
        "VERSION",
        "--grep-options",
        "-i",
    ];
    let mut live = shop.dhow(searching).live();
    live.until_shows("GET /version 200").await;
    world["web2"].answer("/env/KAMAL_VERSION").await;
    live.until_shows("GET /env/KAMAL_VERSION 200").await;
    live.interrupt();
    live.finished()
        .await
        .succeeds()
        .hides("web2 web")
        .hides("/host");
}
