//! Deploying without any registry: the tool serves the image itself.

use std::{
    net::{TcpListener, TcpStream},
    path::PathBuf,
};

use dhow_e2e::{Fleet, Project, Transcript, World, program};

/// A host that has the base image is sent what was built on top of it, and no more: a layer with one line of
/// text and a configuration. All three hosts together get less than this, in bytes.
const A_SMALL_CHANGE: f64 = 20_000.0;

/// How many bytes were sent to hosts and in how many parts, as the tool tells.
fn sent(told: &Transcript) -> (f64, u32) {
    let line = told.lines.iter().find(|line| line.contains("sent "));
    let line = line.unwrap_or_else(|| panic!("nothing about what was sent\n{told}"));
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words
        .iter()
        .position(|word| *word == "sent")
        .expect("it was found");
    let unit = match words[at + 2] {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        other => panic!("a unit {other}: {line}"),
    };
    let number = |at: usize| words[at].parse::<f64>().expect("a number");
    let parts = words[at + 6].parse().expect("a number");
    (number(at + 1) * unit, parts)
}

fn listens_here(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

async fn nothing_listens(world: &World, port: u16) {
    assert!(!listens_here(port));
    for host in world.hosts() {
        host.until_closed(port).await;
    }
}

#[tokio::test]
async fn hosts_get_the_image_without_a_registry_and_later_only_what_changed() {
    let world = World::start(Fleet::hosts(["web1", "web2", "web3"])).await;
    let shop = world.app("shop").await;
    let port = world.free_port();
    shop.configure_without_registry(port, "servers: [web1, web2, web3]\n");
    let first = shop.commit("Say where to deploy").await;

    let told = shop.dhow(["setup"]).await.succeeds();
    told.shows(&format!("Pull localhost:{port}/shop:{first} on 3 hosts"))
        .hides("log in to");
    let (whole, _) = sent(&told);
    assert!(whole > 1e6, "{told}");
    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v1");
        let tags = host.tags(&format!("localhost:{port}/shop")).await;
        assert_eq!(tags, [first.clone(), "latest".into()].into());
        assert_eq!(
            host.file("~/.docker/config.json").await,
            None,
            "no login anywhere"
        );
    }
    nothing_listens(&world, port).await;

    let second = shop.release("v2").await;
    let told = shop.dhow(["deploy"]).await.succeeds();
    let (changed, parts) = sent(&told);
    assert!(changed < A_SMALL_CHANGE, "{changed} bytes\n{told}");
    assert_eq!(
        parts,
        3 * 2,
        "a layer and a configuration for each host\n{told}"
    );
    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v2");
    }

    // The image lies on the hosts, so that nobody is asked for it.
    let told = shop.dhow(["rollback"]).await.succeeds();
    told.shows(&format!("{second} -> {first}")).hides("sent ");
    for host in world.hosts() {
        assert_eq!(host.answer("/version").await, "v1");
    }
    let told = shop.dhow(["redeploy"]).await.succeeds();
    assert!(sent(&told).0 < 1.0, "it lies there already\n{told}");
    nothing_listens(&world, port).await;
    asks_for_what_is_here(&shop, &second).await;
}

/// What was built before is deployed without building, and what was never built is told at once.
async fn asks_for_what_is_here(shop: &Project, built: &str) {
    let _ = shop
        .dhow(["deploy", "--skip-push", "--version", built])
        .await
        .succeeds();
    let told = shop
        .dhow(["deploy", "--skip-push", "--version", "never-built"])
        .await
        .fails_with(1);
    told.shows("the registry has no image").shows(built);
}

#[tokio::test]
async fn a_port_is_open_only_on_hosts_that_pull_and_only_while_they_do() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    let port = world.free_port();
    shop.configure_without_registry(
        port,
        "servers: [web1, web2]\naccessories: {cache: {image: busybox, host: db1, cmd: sleep 1000000}}\n",
    );
    shop.commit("Say where to deploy").await;
    let [slow, quick, other] = ["web1", "web2", "db1"].map(|name| &world[name]);
    slow.hold_docker("pull localhost").await;

    let mut live = shop.dhow(["setup"]).live();
    slow.until_held().await;
    assert!(slow.listens_on(port).await);
    assert!(!other.listens_on(port).await);
    let _ = live
        .until_shows("web2  check the image's architecture")
        .await;
    quick.until_closed(port).await;
    assert!(slow.listens_on(port).await);
    // Whoever is on the host can read this app's image there, and do nothing else.
    let answer = slow
        .exec(&format!(
            "curl -s -o /dev/null -w '%{{http_code}} ' http://localhost:{port}/v2/shop/tags/list; \
             curl -s -o /dev/null -w '%{{http_code}} ' http://localhost:{port}/v2/other/tags/list; \
             curl -s -o /dev/null -w '%{{http_code}}' -X POST http://localhost:{port}/v2/shop/blobs/uploads/"
        ))
        .await;
    assert_eq!(answer, "200 403 403");
    slow.let_go().await;
    let _ = live.finished().await.succeeds();
    nothing_listens(&world, port).await;
}

#[tokio::test]
async fn a_port_that_is_taken_or_forbidden_is_told_and_nothing_that_runs_is_touched() {
    let world = World::start(Fleet::hosts(["web1", "web2", "web3"])).await;
    let shop = world.app("shop").await;
    let port = world.free_port();
    shop.configure_without_registry(port, "servers: [web1, web2, web3]\n");
    shop.commit("Say where to deploy").await;
    world["web1"]
        .exec(&format!(
            "setsid perl -MIO::Socket::INET -e 'our $s = IO::Socket::INET->new(Listen => 1, LocalAddr => \"127.0.0.1:{port}\") \
             or die; sleep' >/dev/null 2>&1 & \
             timeout 20 sh -c \"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.05; done\""
        ))
        .await;
    world["web2"]
        .exec("sed -i 's/^/no-port-forwarding /' ~/.ssh/authorized_keys")
        .await;

    let told = shop.dhow(["setup"]).await.fails_with(5);
    told.shows(&format!(
        "Failed to establish port forward on web1: its port {port} is taken by `perl`"
    ))
    .shows(&format!(
        "Failed to establish port forward on web2: its sshd allows no forwarding of port {port}"
    ))
    .shows("AllowTcpForwarding")
    .shows("nothing that runs was touched");
    for host in world.hosts() {
        assert_eq!(host.running().await, [""; 0], "{}", host.name());
    }
    assert_eq!(
        world["web3"]
            .tags(&format!("localhost:{port}/shop"))
            .await
            .len(),
        1
    );
    world["web3"].until_closed(port).await;
    assert!(!listens_here(port));
}

/// The sample app on no other image: the engine of this machine has none to build on. The label marks what may
/// go from it one day, should a test not come to its end.
const FROM_NOTHING: &str = "FROM scratch
LABEL dhow.e2e.passing=yes
COPY shop-server /usr/local/bin/shop-server
COPY version.txt /version
EXPOSE 80
CMD [\"/usr/local/bin/shop-server\"]
";

/// Images that the engine of this machine has built.
struct BuiltHere(String);

impl BuiltHere {
    async fn remove(&self) {
        let list = ["image", "ls", "--quiet", &self.0];
        let ids = program("docker", &list, "/".as_ref()).await.output();
        for id in ids.lines() {
            let remove = ["image", "rm", "--force", id];
            let _ = program("docker", &remove, "/".as_ref()).await;
        }
    }
}

#[tokio::test]
async fn an_engine_of_this_machine_pushes_to_the_tool() {
    let world = World::start(Fleet::hosts(["web1"]).without_builder()).await;
    let shop = world.app("shop").await;
    let port = world.free_port();
    let built = BuiltHere(format!("localhost:{port}/shop"));
    shop.write("Dockerfile", FROM_NOTHING);
    shop.configure_without_registry(port, "servers: [web1]\n");
    shop.commit("Say where to deploy").await;

    // Nothing of ours may be where somebody else listens.
    let stranger = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let told = shop.dhow(["build", "push"]).await.fails_with(4);
    told.shows(&format!(
        "port {port} of this machine cannot be listened on"
    ));
    drop(stranger);

    let told = shop.dhow(["setup"]).await.succeeds();
    told.hides("hands the image over");
    assert!(sent(&told).0 > 100e3, "{told}");
    assert_eq!(world["web1"].answer("/version").await, "v1");

    shop.release("v2").await;
    let told = shop.dhow(["deploy"]).await.succeeds();
    assert!(sent(&told).0 < A_SMALL_CHANGE, "{told}");
    assert_eq!(world["web1"].answer("/version").await, "v2");
    nothing_listens(&world, port).await;
    built.remove().await;
}

#[tokio::test]
async fn the_registry_that_kamal_keeps_is_used_while_it_runs() {
    let world = World::start(Fleet::hosts(["web1"]).without_builder()).await;
    let shop = world.app("shop").await;
    let port = world.open_registry().await;
    let built = BuiltHere(format!("localhost:{port}/shop"));
    // The container has another name than Kamal's, which no two tests could have at once.
    let docker = world.stand_in(
        "docker",
        &format!(
            "case \"$*\" in *kamal-docker-registry*) echo 127.0.0.1:{port}-\\>5000/tcp ;; \
             *) exec /usr/bin/docker \"$@\" ;; esac"
        ),
    );
    shop.write("Dockerfile", FROM_NOTHING);
    shop.configure_without_registry(port, "servers: [web1]\n");
    let version = shop.commit("Say where to deploy").await;

    let setup = shop.dhow(["setup"]).programs_first_from(&docker);
    let told = setup.await.succeeds();
    told.shows("Using the registry in kamal-docker-registry")
        .hides("sent ");
    assert_eq!(world["web1"].answer("/version").await, "v1");
    let tags = world["web1"].tags(&format!("localhost:{port}/shop")).await;
    assert!(tags.contains(&version), "{tags:?}");
    world["web1"].until_closed(port).await;
    assert!(listens_here(port), "it is Kamal's, and stays");
    built.remove().await;
}

/// Plays a `docker` whose builder is another machine: what it is to build, that machine's own engine builds and
/// pushes, with the registry's port on its own loopback.
fn docker_with_a_builder_elsewhere(world: &World) -> PathBuf {
    let script = format!(
        "case \"$1 $2\" in 'buildx inspect') exit 1 ;; 'buildx build') ;; *) exit 0 ;; esac\n\
         words=; while [ $# -gt 0 ]; do\n  case $1 in --builder) shift ;; \
         --metadata-file) shift; told=$1; words=\"$words --metadata-file /told\" ;; \
         *) words=\"$words '$1'\" ;; esac; shift\ndone\n\
         tar cf - . | ssh -F {config} web2 \"mkdir /build && cd /build && tar xf - && docker $words\" && \
         ssh -F {config} web2 cat /told >\"$told\"",
        config = world.ssh().config().display()
    );
    world.stand_in("docker", &script)
}

#[tokio::test]
async fn another_machine_that_builds_reaches_the_tool_through_a_port_of_its_own() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).without_builder()).await;
    let shop = world.app("shop").await;
    let port = world.free_port();
    shop.configure_without_registry(port, "servers: [web1]\n");
    let config = shop.read("config/deploy.yml");
    let config = config.replace("driver: docker", "remote: ssh://web2");
    shop.write("config/deploy.yml", &config);
    shop.commit("Say where to deploy").await;

    let docker = docker_with_a_builder_elsewhere(&world);
    let setup = shop.dhow(["setup"]).programs_first_from(&docker);
    let told = setup.await.succeeds();
    assert!(sent(&told).0 > 1e6, "{told}");
    assert_eq!(world["web1"].answer("/version").await, "v1");
    nothing_listens(&world, port).await;
}
