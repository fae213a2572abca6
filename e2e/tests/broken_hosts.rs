//! Hosts that cannot be reached, lose their engine, or vanish in the middle of a deploy.

use std::time::Duration;

use dhow_e2e::{Fleet, Host, World};

async fn apps(host: &Host) -> Vec<String> {
    let mut names = host.running().await;
    names.retain(|name| name != "kamal-proxy");
    names
}

#[tokio::test]
async fn all_hosts_that_cannot_be_reached_are_told_at_once_and_nothing_changes() {
    let fleet = Fleet::hosts(["web1"])
        .refusing_host("gone")
        .silent_host("hung");
    let world = World::start(fleet).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, gone, hung]\n");
    shop.commit("Say where to deploy").await;
    let told = shop.dhow(["deploy"]).await.fails_with(5);
    told.shows("error: 2 hosts cannot be reached, nothing was changed")
        .shows("cannot connect to gone (tried ")
        .shows("connection refused")
        .shows("cannot connect to hung (tried ")
        .shows("no answer within 30 s")
        .hides("Build ");
    assert!(
        told.elapsed < Duration::from_secs(40),
        "both were tried at the same time\n{told}"
    );

    // Nobody has to wait for a host that does not answer.
    shop.hook("pre-connect", "echo off we go");
    let mut live = shop.dhow(["deploy"]).live();
    live.until_shows("off we go").await;
    // The phase of the hook is over; connecting has begun.
    live.until_shows("done after").await;
    live.interrupt();
    let told = live.finished().await.fails_with(130);
    told.shows("error: interrupted, nothing was changed");
    assert!(told.elapsed < Duration::from_secs(10), "{told}");

    shop.configure("servers: [web1]\n");
    let as_stranger = shop
        .read("config/deploy.yml")
        .replace("ssh:\n", "ssh:\n  user: stranger\n");
    shop.write("config/deploy.yml", &as_stranger);
    shop.dhow(["deploy", "-H"])
        .await
        .fails_with(5)
        .shows("error: web1 cannot be reached, nothing was changed")
        .shows("cannot connect to web1 (tried stranger@web1): permission denied")
        .shows("add your key to the agent");
    assert_eq!(world.registry().tags("shop").await, [""; 0]);
    assert_eq!(world["web1"].containers().await, []);
    assert_eq!(world["web1"].file("~/.kamal/lock-shop/details").await, None);
}

#[tokio::test]
async fn a_host_whose_engine_stops_in_the_middle_is_told_of_and_the_next_deploy_repairs_it() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    let first = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    let second = shop.release("v2").await;
    let web2 = &world["web2"];
    web2.hold_docker("run --detach").await;
    let mut live = shop.dhow(["deploy"]).live();
    web2.until_held().await;
    live.until_shows("web1  stop web").await;
    web2.stop_engine().await;
    web2.let_go().await;
    live.finished()
        .await
        .fails_with(7)
        .shows("web2 did not finish")
        .shows("web2 (role web): `start web ")
        .shows("Cannot connect to the Docker daemon")
        .shows(&format!("web1  web  {second} serves\n"))
        .shows(&format!("web2  web  {first} serves as before"));
    assert_eq!(apps(&world["web1"]).await, [format!("shop-web-{second}")]);
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");

    web2.start_engine().await;
    shop.dhow(["deploy"]).await.succeeds();
    for host in world.hosts() {
        assert_eq!(apps(host).await, [format!("shop-web-{second}")]);
    }
}

#[tokio::test]
async fn a_host_that_vanishes_in_the_middle_holds_nobody_up() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    // One that does not hold the lock.
    let second = shop.release("v2").await;
    world["web2"].hold_docker("run --detach").await;
    let mut live = shop.dhow(["deploy"]).live();
    world["web2"].until_held().await;
    live.until_shows("web1  stop web").await;
    world["web2"].kill().await;
    live.finished()
        .await
        .fails_with(7)
        .shows("the connection to web2 was lost during step 2 (`start web ")
        .shows(&format!("web1  web  {second} serves\n"))
        .shows("web2  web  unknown, the host went away");
    shop.dhow(["lock", "status", "--hosts", "web1"])
        .await
        .succeeds()
        .shows("There is no deploy lock");

    // The one that does.
    shop.configure("servers: [web1]\n");
    shop.release("v3").await;
    world["web1"].hold_docker("run --detach").await;
    let live = shop.dhow(["deploy"]).live();
    world["web1"].until_held().await;
    world["web1"].kill().await;
    live.finished()
        .await
        .fails_with(1)
        .shows("the connection to web1 was lost")
        .shows("web1  web  unknown, the host went away")
        .shows("Then this failed too: failed to release the deploy lock")
        .shows("`dhow lock release -h web1` removes the lock .kamal/lock-shop");
}

#[tokio::test]
async fn who_cannot_be_reached_is_left_out_when_told_so_and_comes_after() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    let first = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();
    let [web1, web2] = ["web1", "web2"].map(|name| &world[name]);

    let second = shop.release("v2").await;
    web2.refuse_ssh().await;
    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("web2 cannot be reached, nothing was changed");
    shop.dhow(["plan", "--skip-unreachable"])
        .await
        .fails_with(7)
        .shows(&format!("Boot {} on 1 host", &second[..7]));
    shop.dhow(["deploy", "--skip-unreachable"])
        .await
        .fails_with(7)
        .shows("web2 is left out: cannot connect to web2")
        .shows("error: pending, because they cannot be reached: web2")
        .shows("`dhow deploy --pending` brings them to the version of the others");
    assert_eq!(apps(web1).await, [format!("shop-web-{second}")]);
    assert_eq!(apps(web2).await, [format!("shop-web-{first}")]);

    shop.dhow(["deploy", "--pending", "--version=1.2.3"])
        .await
        .fails_with(2);

    // What was committed since is not what the others run.
    shop.release("v3").await;
    web2.accept_ssh().await;
    shop.dhow(["deploy", "--pending"])
        .await
        .succeeds()
        .shows(&format!("Pending: web2 to {second}"))
        .hides("web1  start web");
    for host in world.hosts() {
        assert_eq!(apps(host).await, [format!("shop-web-{second}")]);
    }
    shop.dhow(["deploy", "--pending"])
        .await
        .succeeds()
        .shows(&format!("Nothing is pending: {second} serves everywhere"));

    // Without the host of the lock nothing is done.
    web1.refuse_ssh().await;
    shop.dhow(["rollback", "--skip-unreachable"])
        .await
        .fails_with(5)
        .shows("the deploy lock lies on web1, so nothing is done without it");
    web1.accept_ssh().await;
    for host in world.hosts() {
        assert_eq!(apps(host).await, [format!("shop-web-{second}")]);
    }
}
