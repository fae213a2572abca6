//! The commands that show what runs, and those that look after the proxy.

use dhow_e2e::{Fleet, Host, Live, Project, Transcript, World};

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
  clear: {SHOP_COLOUR: teal}
";

#[tokio::test]
async fn every_command_that_looks_shows_what_is_there() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let version = shop.release("v2").await;
    let told = shop.dhow(["deploy", "--timings"]).await.succeeds();
    a_page_shows_where_the_time_went(&told, &version);
    // What is deployed is not what is checked out from here on.
    shop.release("v3").await;

    the_app_is_shown(&shop, [&first, &version]).await;
    commands_run_in_the_app(&world, &shop, &version).await;
    the_proxy_is_shown_and_rebooted(&world, &shop).await;

    let all = shop.dhow(["details"]).await.succeeds();
    all.shows("Proxy Host: web1\n")
        .shows("App Host: web1\n")
        .shows("App Host: web2\n")
        .shows("Accessory cache Host: db1\n")
        .shows("shop-cache");
    one_table_shows_what_runs_where(&world, &shop, &version).await;
    let audit = shop.dhow(["audit"]).await.succeeds();
    audit
        .shows("App Host: db1\n")
        .shows("Booted cache accessory\n")
        .shows(&format!("[jobs] Booted app version {version}\n"))
        .shows("Rebooted proxy\n");
    a_host_that_is_gone_hides_no_other(&world, &shop).await;
}

async fn the_app_is_shown(shop: &Project, [first, version]: [&str; 2]) {
    let running = shop.dhow(["app", "details"]).await.succeeds();
    running
        .shows(&format!("shop-web-{version}"))
        .shows(&format!("shop-jobs-{version}"))
        .hides(first);
    let containers = shop.dhow(["app", "containers"]).await.succeeds();
    containers
        .shows("App Host: web1\n")
        .shows(&format!("shop-web-{first}"))
        .shows(&format!("shop-web-{version}"));
    let images = shop.dhow(["app", "images"]).await.succeeds();
    images.shows("latest").shows(first).shows(version);
    let quiet = shop.dhow(["app", "version", "-q"]).await.succeeds();
    assert_eq!(quiet.stdout, format!("{version}\n{version}\n"));
    let logs = shop
        .dhow(["app", "logs", "--roles", "web"])
        .await
        .succeeds();
    logs.shows("App Host: web1\n")
        .shows("shop starts as web with version v2\n")
        .shows("GET /up 200")
        .hides("web2");
    let found = [
        "app",
        "logs",
        "-T",
        "--grep",
        "starts as jobs",
        "-r",
        "jobs",
    ];
    assert_eq!(
        shop.dhow(found).await.succeeds().stdout,
        "App Host: web2\nshop starts as jobs with version v2\n\n"
    );
}

async fn commands_run_in_the_app(world: &World, shop: &Project, version: &str) {
    let there = shop
        .dhow([
            "app",
            "exec",
            "--reuse",
            "sh -c 'echo $KAMAL_HOST; echo $SHOP_COLOUR'",
        ])
        .await
        .succeeds();
    assert_eq!(
        there.stdout,
        "App Host: web1\nweb1\nteal\n\nApp Host: web2\nweb2\nteal\n\n"
    );
    let anew = shop
        .dhow([
            "app",
            "exec",
            "-r",
            "web",
            "-e",
            "SHOP_MOOD:calm",
            "sh",
            "-c",
            "'echo $SHOP_MOOD'",
        ])
        .await
        .succeeds();
    assert_eq!(anew.stdout, "App Host: web1\ncalm\n\n");
    assert_eq!(
        world["web1"].containers().await.len(),
        3,
        "two versions and the proxy: the container of the command is gone"
    );
    let failed = shop
        .dhow(["app", "exec", "--reuse", "-r", "web", "cat /nowhere"])
        .await
        .fails_with(1);
    failed
        .shows("web1 (role web): `cat /nowhere` ended with exit code 1")
        .shows("can't open '/nowhere'");

    let log = world["web1"].read("~/.kamal/shop-audit.log").await;
    assert!(
        log.contains(&format!(
            "[web] Executed cmd 'cat /nowhere' on app version {version}"
        )),
        "{log}"
    );
    assert!(
        log.contains("] Executed cmd 'sh -c 'echo $SHOP_MOOD'' on app version latest"),
        "{log}"
    );
}

async fn the_proxy_is_shown_and_rebooted(world: &World, shop: &Project) {
    let details = shop.dhow(["proxy", "details"]).await.succeeds();
    details
        .shows("Proxy Host: web1\n")
        .shows("kamal-proxy")
        .hides("web2");
    let host = &world["web1"];
    assert_eq!(host.answer("/version").await, "v2");
    let logs = shop.dhow(["proxy", "logs"]).await.succeeds();
    logs.shows("Proxy Host: web1\n").shows("/version");

    let before = host.inspect("kamal-proxy").await;
    let _ = shop.dhow(["proxy", "reboot", "-y"]).await.succeeds();
    assert_ne!(host.inspect("kamal-proxy").await["Id"], before["Id"]);
    let mut load = world.load(&["web1"]).start();
    load.until_everywhere("v2", &["web1"]).await;
    let _ = load.stop().await;
    shop.dhow(["proxy", "reboot"])
        .await
        .fails_with(2)
        .shows("add -y");
}

async fn one_table_shows_what_runs_where(world: &World, shop: &Project, version: &str) {
    let mut before = Vec::new();
    for host in ["web1", "web2", "db1"] {
        before.push((host, world[host].ssh_use().await));
    }
    let table = shop.dhow(["status"]).await.succeeds();
    for (host, before) in before {
        let used = world[host].ssh_use().await - before;
        assert_eq!((used.connections, used.exec_requests), (1, 1), "{host}");
    }
    let line = |service: &str, role: &str| {
        let mut lines = table.stdout.lines();
        let is_it = |line: &&str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.starts_with(&[service, role])
        };
        let found = lines.find(is_it);
        found.unwrap_or_else(|| panic!("no {service} {role}\n{table}"))
    };
    let web = line("shop", "web");
    for part in ["web1", version, "running", " 0 ", "http://"] {
        assert!(web.contains(part), "{part} in {web}");
    }
    assert!(line("shop", "jobs").contains("web2"), "{table}");
    assert!(line("kamal-proxy", "proxy").contains("web1"), "{table}");
    assert!(
        line("shop-cache", "accessory").contains("busybox"),
        "{table}"
    );
    table.shows("deploy lock: free\n");

    let _ = shop
        .dhow(["lock", "acquire", "-m", "not today"])
        .await
        .succeeds();
    let data = shop.dhow(["status", "--output", "json"]).await.succeeds();
    let _ = shop.dhow(["lock", "release"]).await.succeeds();
    let data: serde_json::Value = serde_json::from_str(&data.stdout).expect("it is JSON");
    assert_eq!(data["schema"], 1);
    assert_eq!(data["lock"]["message"], "not today");
    let web = &data["hosts"][0]["parts"][0];
    assert_eq!(web["container"]["name"], format!("shop-web-{version}"));
    assert_eq!(web["container"]["state"], "running");
    assert_eq!(web["routes"][0]["state"], "running");

    a_watched_table_finds_hosts_that_come_back(&world["db1"], shop).await;
}

async fn a_watched_table_finds_hosts_that_come_back(host: &Host, shop: &Project) {
    let is_unknown = |line: &str| line.contains(" db1 ") && line.contains(" unknown: ");
    let is_known = |line: &str| line.starts_with("shop-cache ") && line.contains(" running ");
    let is_whole = |line: &str| line == "deploy lock: free";

    host.refuse_ssh().await;
    let mut watched = shop.dhow(["status", "--watch"]).live();
    // The others are shown meanwhile, again and again.
    for _ in 0..2 {
        next(&mut watched, is_unknown).await;
        next(&mut watched, is_whole).await;
    }
    host.accept_ssh().await;
    next(&mut watched, is_known).await;

    host.exec("pkill -f 'sshd.*: root'").await;
    next(&mut watched, is_unknown).await;
    next(&mut watched, is_known).await;
    next(&mut watched, is_whole).await;
    watched.interrupt();
    let _ = watched.finished().await.succeeds();
}

/// Waits for a line of a table that goes on until it is interrupted.
async fn next(watched: &mut Live, is_it: impl Fn(&str) -> bool) {
    loop {
        let line = watched.next_line().await;
        if is_it(&line.expect("it goes on until it is interrupted")) {
            return;
        }
    }
}

/// The last part of the test: the host does not come back.
async fn a_host_that_is_gone_hides_no_other(world: &World, shop: &Project) {
    world["db1"].kill().await;
    let table = shop.dhow(["status"]).await.fails_with(5);
    table
        .shows("db1   unknown: ")
        .shows("error: what runs on db1 is not known")
        .shows(" web2 ")
        .hides("nothing was changed");
}

fn a_page_shows_where_the_time_went(told: &Transcript, version: &str) {
    let lines = told.stderr.lines();
    let mut places = lines.filter_map(|line| line.strip_prefix("Timings written to "));
    let page = places.next().unwrap_or_else(|| panic!("no page\n{told}"));
    let page = fs_err::read_to_string(page).expect("the page is there");
    for part in [
        "<div class=\"name\">build</div>",
        "<div class=\"name\">web1</div>",
        "<div class=\"name\">web2</div>",
        &format!(">start web {}</div>", &version[..7]),
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}
