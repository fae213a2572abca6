//! `setup` on a server without Docker, for a person who is not root there.

use dhow_e2e::{Fleet, Host, World};

/// Takes Docker's command away, and the SSH user out of its group, as on a server that was just rented. What
/// stands for the installer of get.docker.com brings the command back; no network reaches the real one here.
async fn make_bare(host: &Host) {
    host.exec(
        "mv /usr/bin/docker /usr/bin/docker.away
         gpasswd --delete deploy docker
         printf '%s\\n' '#!/bin/sh' 'echo sudo -n mv /usr/bin/docker.away /usr/bin/docker' >/usr/local/bin/curl
         chmod +x /usr/local/bin/curl",
    )
    .await;
}

#[tokio::test]
async fn setup_installs_docker_where_it_is_missing_and_then_deploys() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).user("deploy")).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    shop.hook(
        "docker-setup",
        "echo docker-setup for $KAMAL_HOSTS >>../hooks",
    );
    shop.commit("Say where to deploy").await;
    make_bare(&world["web2"]).await;

    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("caused by: web2: Docker is not installed")
        .shows("hint: `dhow setup` installs Docker");

    shop.dhow(["setup"])
        .await
        .succeeds()
        .shows("Install Docker where it is missing");
    assert_eq!(shop.read("../hooks"), "docker-setup for web1,web2\n");
    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v1");
    }
    // Being let into the group counted without anybody logging in again by hand.
    assert!(world["web2"].exec("id -nG deploy").await.contains("docker"));
}
