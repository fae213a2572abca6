//! Ctrl-C, TERM and HUP at every phase: what was started is ended, the lock is free, something always serves, and
//! the message says what.

use dhow_e2e::{Fleet, Host, Project, World, program};
use tokio::sync::Notify;

const HOSTS: [&str; 2] = ["web1", "web2"];

/// A world whose two hosts run the first version, and that version.
async fn running_shop() -> (World, Project, String) {
    running(&HOSTS, &servers("")).await
}

async fn running(hosts: &[&str], settings: &str) -> (World, Project, String) {
    let world = World::start(Fleet::hosts(hosts.iter().copied())).await;
    let shop = world.app("shop").await;
    shop.configure(settings);
    let first = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();
    (world, shop, first)
}

fn servers(rest: &str) -> String {
    format!("servers: [web1, web2]\ndeploy_timeout: 60\ndrain_timeout: 60\n{rest}")
}

/// The app's containers that run on a host.
async fn apps(host: &Host) -> Vec<String> {
    let mut names = host.running().await;
    names.retain(|name| name != "kamal-proxy");
    names
}

async fn only_runs(world: &World, version: &str) {
    for host in world.hosts() {
        assert_eq!(
            apps(host).await,
            [format!("shop-web-{version}")],
            "on {}",
            host.name()
        );
    }
}

async fn the_lock_is_free(shop: &Project) {
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");
}

/// No process of this machine has these words in its command line any more.
async fn nothing_is_left_of(words: &str, shop: &Project) {
    let found = program("pgrep", &["-a", "-f", words], shop.folder()).await;
    assert_eq!(found.stdout, "", "{words} should have ended");
}

#[tokio::test]
async fn before_anything_is_touched_nothing_is() {
    let (world, shop, first) = running_shop().await;

    // While the image is built.
    let dockerfile = shop.read("Dockerfile");
    shop.write(
        "Dockerfile",
        "FROM busybox\nRUN echo it builds; sleep 1000\n",
    );
    let never = shop.commit("Take long to build").await;
    let mut live = shop.dhow(["deploy", "-v"]).live();
    live.until_shows("| it builds").await;
    live.interrupt();
    live.finished()
        .await
        .fails_with(130)
        .shows("error: interrupted during: Build ")
        .shows("nothing that runs was touched");
    nothing_is_left_of(&never, &shop).await;
    only_runs(&world, &first).await;

    // While it is pulled: TERM, as a service manager sends it.
    shop.write("Dockerfile", &dockerfile);
    let second = shop.release("v2").await;
    world["web2"].hold_docker("pull registry:5000/shop").await;
    let mut live = shop.dhow(["deploy"]).live();
    live.until_shows("Pull ").await;
    world["web2"].until_held().await;
    live.terminate();
    live.finished()
        .await
        .fails_with(143)
        .shows("interrupted during: Pull")
        .shows("nothing that runs was touched");
    world["web2"].let_go().await;
    only_runs(&world, &first).await;
    the_lock_is_free(&shop).await;

    // Once the lock is taken, in a hook that takes long: HUP, as a terminal that is closed sends it.
    shop.hook("pre-deploy", "echo \"pid $$\"\nwhile :; do sleep 0.1; done");
    let mut live = shop.dhow(["deploy"]).live();
    let pid = live.until_shows("pid ").await;
    live.hang_up();
    live.finished()
        .await
        .fails_with(129)
        .shows("interrupted during: Run the pre-deploy hook")
        .shows("web1  web  ")
        .shows(&format!("{first} serves as before"));
    assert!(
        !program(
            "kill",
            &["-0", pid.rsplit(' ').next().unwrap()],
            shop.folder()
        )
        .await
        .succeeded(),
        "the hook ended"
    );
    only_runs(&world, &first).await;
    the_lock_is_free(&shop).await;

    shop.dhow(["deploy", "-H"]).await.succeeds();
    only_runs(&world, &second).await;
}

/// Three hosts, two of which run both roles.
fn wide_servers(rest: &str) -> String {
    format!(
        "servers:
  web: [web1, web2, web3]
  jobs:
    hosts: [web1, web3]
    proxy: false
    cmd: shop-server jobs
deploy_timeout: 60
{rest}"
    )
}

/// Each role of [`wide_servers`] runs in this version where it should, and nothing else does.
async fn every_role_runs(world: &World, version: &str) {
    let (web, jobs) = (
        format!("shop-web-{version}"),
        format!("shop-jobs-{version}"),
    );
    assert_eq!(apps(&world["web1"]).await, [jobs.as_str(), &web]);
    assert_eq!(apps(&world["web2"]).await, [web.as_str()]);
    assert_eq!(apps(&world["web3"]).await, [jobs, web]);
}

#[tokio::test]
async fn a_container_that_waits_for_its_health_is_stopped_and_the_old_one_serves_on() {
    let hosts = ["web1", "web2", "web3"];
    let (world, shop, first) = running(&hosts, &wide_servers("")).await;
    shop.configure(&wide_servers("env:\n  clear:\n    SHOP_BROKEN: indeed\n"));
    let broken = shop.release("v2").await;
    let mut load = world.load(&hosts).start();
    let mut live = shop.dhow(["deploy"]).live();
    for host in hosts {
        live.until_shows(&format!("{host}  start web {}", &broken[..7]))
            .await;
    }
    live.interrupt();
    let told = live.finished().await.fails_with(130);
    load.until_asked(100).await;
    load.stop().await.never_failed(80).answered(&["v1"]);
    for host in hosts {
        told.shows(&format!("{host}  web  {first} serves as before"));
    }
    for host in ["web1", "web3"] {
        told.shows(&format!("{host}  jobs  {first} serves as before"));
    }
    every_role_runs(&world, &first).await;
    the_lock_is_free(&shop).await;

    shop.configure(&wide_servers(""));
    let mended = shop.commit("Mend it").await;
    shop.dhow(["deploy"]).await.succeeds();
    every_role_runs(&world, &mended).await;
}

#[tokio::test]
async fn where_the_new_version_has_traffic_it_keeps_it_and_the_next_deploy_puts_the_rest_right() {
    let (world, shop, first) = running_shop().await;
    let second = shop.release("v2").await;
    let web1 = &world["web1"];

    // The old container of web1 drains: a request that began before the switch is still being answered.
    let mut load = world.load(&HOSTS).start();
    let boots = Notify::new();
    let slow = async {
        boots.notified().await;
        web1.get("/slow/10000").await
    };
    let deploy = async {
        let mut live = shop.dhow(["deploy"]).live();
        live.until_shows("Boot ").await;
        boots.notify_one();
        load.until_everywhere("v2", &HOSTS).await;
        live.until_shows("web2  stop web").await;
        live.interrupt();
        live.finished().await.fails_with(130)
    };
    let (slow, told) = tokio::join!(slow, deploy);
    assert_eq!(
        slow.expect("a request that began is answered").body,
        "at last"
    );
    told.shows(&format!(
        "web1  web  {second} serves, {first} still runs beside it"
    ))
    .shows(&format!("web2  web  {second} serves"));
    the_lock_is_free(&shop).await;
    shop.dhow(["deploy", "--skip-push"]).await.succeeds();
    load.stop().await.never_failed(95).answered(&["v1", "v2"]);
    only_runs(&world, &second).await;

    // While an old container is stopped, and while old images are removed: what is short is let finish.
    for (words, during) in [
        ("stop ", "Boot"),
        ("image prune", "Tag the image and prune"),
    ] {
        let release = shop.release(words).await;
        web1.hold_docker(words).await;
        let mut live = shop.dhow(["deploy"]).live();
        web1.until_held().await;
        live.until_shows("web2  wait for web").await;
        live.interrupt();
        live.until_shows("Ending what was started").await;
        web1.let_go().await;
        let told = live.finished().await.fails_with(130);
        told.shows(&format!("interrupted during: {during}"));
        for host in HOSTS {
            told.shows(&format!("{host}  web  {release} serves\n"));
        }
        only_runs(&world, &release).await;
        the_lock_is_free(&shop).await;
    }
    shop.dhow(["deploy", "--skip-push"]).await.succeeds();
}

#[tokio::test]
async fn a_second_signal_ends_at_once_and_names_the_lock_that_is_left() {
    let (world, shop, _) = running_shop().await;
    shop.release("v2").await;
    world["web1"].hold_docker("stop ").await;
    let mut live = shop.dhow(["deploy"]).live();
    world["web1"].until_held().await;
    live.interrupt();
    live.until_shows("a second signal ends at once").await;
    live.interrupt();
    live.finished()
        .await
        .fails_with(130)
        .shows("still be held: `dhow lock release -h web1` removes the lock .kamal/lock-shop");
    world["web1"].let_go().await;

    shop.dhow(["deploy", "--skip-push"])
        .await
        .fails_with(6)
        .shows("Dorothea Deploys");
    shop.dhow(["lock", "release", "-h", "web1"])
        .await
        .succeeds();
    shop.dhow(["deploy", "--skip-push"]).await.succeeds();
}

#[tokio::test]
async fn between_two_groups_the_first_keeps_the_new_version_and_the_second_the_old_one() {
    let (world, shop, first) = running_shop().await;
    shop.configure(&servers("boot: {limit: 1, wait: 1000}\n"));
    let second = shop.release("v2").await;

    let mut live = shop.dhow(["deploy"]).live();
    live.until_shows("Wait 1000 s before the next group").await;
    live.interrupt();
    live.finished()
        .await
        .fails_with(130)
        .shows(&format!("web1  web  {second} serves"))
        .shows(&format!("web2  web  {first} serves as before"));
    assert_eq!(apps(&world["web1"]).await, [format!("shop-web-{second}")]);
    assert_eq!(apps(&world["web2"]).await, [format!("shop-web-{first}")]);
    the_lock_is_free(&shop).await;

    // Without a pause, the next deploy brings the rest along.
    shop.configure(&servers("boot: {limit: 1}\n"));
    let third = shop.commit("Do not wait").await;
    shop.dhow(["deploy"]).await.succeeds();
    only_runs(&world, &third).await;
}
