//! The world that the deploy tests stand on does what they rely on, with no deploy tool in it.

use std::collections::BTreeSet;

use dhow_e2e::{Fleet, Host, Project, Registry, SshUse, World};

/// Pulls and starts an image of the private registry as container `name`, its port 80 as the host's.
async fn run(host: &Host, name: &str, image: &str) {
    let (user, password, server) = (Registry::USER, Registry::PASSWORD, Registry::SERVER);
    host.exec(&format!(
        "echo {password} | docker login --username {user} --password-stdin {server} 2>&1"
    ))
    .await;
    host.exec(&format!(
        "docker run --detach --name {name} --publish 80:80 --env SHOP_COLOUR=teal {server}/{image}"
    ))
    .await;
}

#[tokio::test]
async fn what_the_builder_pushes_runs_on_every_host() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    world.builder().push(&shop, "by-hand").await;

    assert_eq!(world.registry().tags("shop").await, ["by-hand"]);
    assert!(
        world
            .registry()
            .digest("shop", "by-hand")
            .await
            .unwrap()
            .starts_with("sha256:")
    );
    assert_eq!(world.registry().digest("shop", "unheard-of").await, None);

    for host in world.hosts() {
        run(host, "shop", "shop:by-hand").await;
    }
    let mut load = world.load(&["web1", "web2"]).start();
    load.until_everywhere("v1", &["web1", "web2"]).await;
    for host in world.hosts() {
        assert_eq!(host.get("/env/SHOP_COLOUR").await.unwrap().body, "teal");
        assert_eq!(host.get("/env/NOBODY").await.unwrap().status, 404);
        assert_eq!(host.running().await, ["shop"]);
        assert_eq!(
            host.images().await,
            BTreeSet::from(["registry:5000/shop:by-hand".to_string()])
        );
        assert_eq!(
            host.inspect("shop").await["Config"]["Image"],
            "registry:5000/shop:by-hand"
        );
        assert!(
            host.logs("shop")
                .await
                .starts_with("shop starts as web with version v1\n")
        );
    }
}

#[tokio::test]
async fn the_registry_asks_for_a_login_and_the_hub_does_not() {
    let world = World::start(Fleet::hosts(["web1"]).user("deploy").without_builder()).await;
    assert_eq!(world.registry().get_without_login("/v2/").await.status, 401);
    assert_eq!(world.registry().get("/v2/").await.status, 200);

    let host = &world["web1"];
    let wrong = host
        .run("echo wrong | docker login --username deployer --password-stdin registry:5000")
        .await;
    assert!(
        !wrong.succeeded() && wrong.stderr.contains("401 Unauthorized"),
        "{wrong:?}"
    );
    assert_eq!(
        host.exec("docker run --rm busybox echo from the hub 2>/dev/null")
            .await,
        "from the hub"
    );
    assert_eq!(
        host.images().await,
        BTreeSet::from(["busybox:latest".to_string()])
    );
}

#[tokio::test]
async fn ssh_counts_connections_and_exec_requests_and_knows_the_hosts() {
    let world = World::start(
        Fleet::hosts(["web1"])
            .refusing_host("gone")
            .silent_host("hung")
            .user("deploy")
            .without_builder(),
    )
    .await;
    let project = world.empty_project("shop");
    let config = world.ssh().config();
    let ssh = async |words: &[&str]| {
        let options = ["-F", config.to_str().unwrap(), "-o", "ConnectTimeout=2"];
        dhow_e2e::program("ssh", &[&options[..], words].concat(), project.folder()).await
    };

    let before = world["web1"].ssh_use().await;
    assert_eq!(ssh(&["web1", "id --user --name; docker version --format '{{.Server.Version}}' >/dev/null && echo engine"]).await.output(), "deploy\nengine");
    assert_eq!(ssh(&["web1", "exit 7"]).await.code, Some(7));
    assert_eq!(
        world["web1"].ssh_use().await - before,
        SshUse {
            connections: 2,
            exec_requests: 2
        }
    );

    let gone = ssh(&["gone", "true"]).await;
    assert!(
        gone.code == Some(255) && gone.stderr.contains("Connection refused"),
        "{gone:?}"
    );
    let hung = ssh(&["hung", "true"]).await;
    assert!(
        hung.code == Some(255) && hung.stderr.contains("timed out"),
        "{hung:?}"
    );
}

#[tokio::test]
async fn the_load_sees_a_change_of_version_and_every_failure() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    world.builder().push(&shop, "one").await;
    shop.release("v2").await;
    world.builder().push(&shop, "two").await;
    let host = &world["web1"];
    run(host, "one", "shop:one").await;
    assert!(host.get("/up").await.is_ok());

    let mut load = world.load(&["web1"]).start();
    load.until_asked(300).await;
    load.report().never_failed(95).answered(&["v1"]);

    host.exec("docker rm --force one").await;
    load.until_asked(20).await;
    assert!(
        load.report().failures().len() > 10,
        "nothing listened, so requests failed\n{}",
        load.report()
    );

    run(host, "two", "shop:two").await;
    load.until_everywhere("v2", &["web1"]).await;
    let report = load.stop().await;
    report.answered(&["v1", "v2"]);
    assert!(!report.failures().is_empty());
}

#[tokio::test]
async fn an_engine_stops_and_starts_while_the_host_stays() {
    let world = World::start(Fleet::hosts(["web1"]).without_builder()).await;
    let host = &world["web1"];
    host.stop_engine().await;
    let without = host.run("docker ps").await;
    assert!(
        !without.succeeded()
            && without
                .stderr
                .contains("Cannot connect to the Docker daemon"),
        "{without:?}"
    );
    host.start_engine().await;
    assert_eq!(host.containers().await, []);
}

/// What a deploy comes to in the end, by hand: this is what makes a request that fails in the tests of
/// the tool a fault of the tool.
#[tokio::test]
async fn a_switch_of_the_proxy_fails_no_request() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    let host = &world["web1"];
    host.exec("docker network create kamal").await;
    let proxy = "basecamp/kamal-proxy:v0.9.2 kamal-proxy run";
    host.exec(&format!(
        "docker run --detach --name kamal-proxy --network kamal --publish 80:80 {proxy} 2>&1"
    ))
    .await;
    start_behind_the_proxy(&world, &shop, "one").await;

    let mut load = world.load(&["web1"]).start();
    load.until_asked(100).await;
    shop.release("v2").await;
    start_behind_the_proxy(&world, &shop, "two").await;
    host.exec("docker stop one").await;
    load.until_asked(100).await;
    load.stop().await.never_failed(95).answered(&["v1", "v2"]);
}

async fn start_behind_the_proxy(world: &World, shop: &Project, name: &str) {
    world.builder().push(shop, name).await;
    let host = &world["web1"];
    let (user, password, server) = (Registry::USER, Registry::PASSWORD, Registry::SERVER);
    host.exec(&format!(
        "echo {password} | docker login --username {user} --password-stdin {server} 2>&1"
    ))
    .await;
    host.exec(&format!(
        "docker run --detach --name {name} --network kamal {server}/shop:{name} 2>&1"
    ))
    .await;
    let deploy = "docker exec kamal-proxy kamal-proxy deploy shop";
    host.exec(&format!("{deploy} --target {name}:80 2>&1"))
        .await;
}
