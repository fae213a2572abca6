//! A version that does not come up: what ran before goes on serving, and the message says what to look at.

use dhow_e2e::{Fleet, Host, Project, Transcript, World};

/// Three hosts, of which one runs both roles; `env` is what the containers get.
fn servers(env: &str) -> String {
    format!(
        "servers:
  web: [web1, web2]
  jobs:
    hosts: [jobs1, web2]
    proxy: false
    cmd: shop-server jobs
deploy_timeout: 4
drain_timeout: 2
env:
  clear:
    COLOUR: teal
{env}"
    )
}

/// No container of another version runs, and those of `old` do.
async fn still_runs(host: &Host, roles: &[&str], old: &str) {
    let mut running = host.running().await;
    running.retain(|name| name != "kamal-proxy");
    let expected: Vec<String> = roles.iter().map(|it| format!("shop-{it}-{old}")).collect();
    assert_eq!(running, expected, "on {}", host.name());
}

async fn nobody_holds_the_lock(shop: &Project) {
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");
}

/// The message names host and role, what came back, and what the container said.
fn tells_of_a_container(told: &Transcript, host: &str, role: &str, version: &str, state: &str) {
    told.shows(&format!("{host} (role {role}): `wait for {role} {version}"))
        .shows(&format!("{host}, container:\n  | state {state}"))
        .shows(&format!("{host}, last 50 log lines:\n"));
}

#[tokio::test]
async fn an_unhealthy_version_never_gets_traffic_and_other_roles_are_not_begun() {
    let world = World::start(Fleet::hosts(["web1", "web2", "jobs1"])).await;
    let shop = world.app("shop").await;
    shop.configure(&servers(""));
    let old = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    let mut load = world.load(&["web1", "web2"]).start();
    load.until_asked(100).await;
    shop.configure(&servers("    SHOP_BROKEN: indeed\n"));
    let new = shop.release("v2").await;
    let told = shop.dhow(["deploy"]).await.fails_with(1);
    load.until_asked(100).await;
    load.stop().await.never_failed(95).answered(&["v1"]);

    for web in ["web1", "web2"] {
        tells_of_a_container(&told, web, "web", &new[..7], "running, exit code 0");
        told.shows(&format!("{web}, last health probe:\n"))
            .shows(&format!(
                "{web}: the new container was stopped, it never had traffic"
            ))
            .shows(&format!("{web}  web  {old} serves as before"));
    }
    told.shows("503")
        .shows("shop starts as web with version v2")
        .shows("jobs1: not begun, because no web container became healthy")
        .shows(&format!("jobs1  jobs  {old} serves as before"))
        .shows(&format!("web2  jobs  {old} serves as before"));
    still_runs(&world["web1"], &["web"], &old).await;
    still_runs(&world["web2"], &["jobs", "web"], &old).await;
    told.shows("hint: does the app listen on `proxy.app_port`");
    still_runs(&world["jobs1"], &["jobs"], &old).await;
    assert_eq!(
        world["jobs1"].containers().await.len(),
        1,
        "no new container was made"
    );
    nobody_holds_the_lock(&shop).await;
}

#[tokio::test]
async fn a_role_without_proxy_that_ends_or_crashes_again_and_again_is_told_of_and_stopped() {
    let world = World::start(Fleet::hosts(["jobs1"])).await;
    let shop = world.app("shop").await;
    let jobs = |env: &str, options: &str| {
        format!(
            "servers:
  jobs:
    hosts: [jobs1]
    proxy: false
    cmd: shop-server jobs
    options: {{{options}}}
primary_role: jobs
deploy_timeout: 4
env:
  clear:
    COLOUR: teal
{env}"
        )
    };
    shop.configure(&jobs("", ""));
    let old = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    let broken = "    SHOP_REFUSES_TO_START: the stock is empty\n";
    // One that is started again and again is between two ends when it is looked at, or running for a moment.
    for (options, end, state) in [
        (
            "restart: 'no'",
            "container not ready: it ended",
            "exit code 3",
        ),
        ("", "container not ready after 4 seconds", "restarts "),
    ] {
        shop.configure(&jobs(broken, options));
        let new = shop.commit("Break it").await;
        let told = shop.dhow(["deploy"]).await.fails_with(1);
        tells_of_a_container(&told, "jobs1", "jobs", &new[..7], "");
        if options.is_empty() {
            told.hides("restarts 0");
        }
        told.shows(state)
            .shows(end)
            .shows("shop refuses to start: the stock is empty")
            .shows("hint: the stopped container stays on jobs1")
            .shows(&format!("jobs1  jobs  {old} serves as before"));
        still_runs(&world["jobs1"], &["jobs"], &old).await;
        nobody_holds_the_lock(&shop).await;
    }
}
