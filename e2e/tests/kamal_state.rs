//! What lies on a host is what Kamal would have left there, so that either tool goes on from the other.

use dhow_e2e::{Fleet, Host, Project, Transcript, World};
use indoc::indoc;
use serde_json::json;

const SETTINGS: &str = "servers:
  web:
    hosts: [web1]
    labels: {tier: front}
    options: {memory: 64m}
  jobs:
    hosts: [web1]
    proxy: false
    cmd: shop-server jobs
env:
  clear: {SHOP_COLOUR: teal, SHOP_MOTTO: 'say \"ahoy\" for $5'}
  secret: [SHOP_KEY, SHOP_CODE:SHOP_KEY]
volumes: [shop-data:/data]
";

async fn configured(world: &World) -> Project {
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    let secrets =
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nSHOP_KEY='back\\slash \"q\" #1 = $x'\n";
    shop.write(".kamal/secrets", secrets);
    shop
}

#[tokio::test]
async fn files_containers_and_lines_are_kamals() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = configured(&world).await;
    let version = shop.commit("Say where to deploy").await;
    let told = shop.dhow(["setup", "--verbose"]).await.succeeds();
    told.hides("back\\slash").hides("harbour-pass");
    let host = &world["web1"];

    the_run_line_is_kamals(&told, &version);
    files_are_kamals(host).await;
    the_web_container_is_kamals(host, &version).await;
    let jobs = host.inspect(&format!("shop-jobs-{version}")).await;
    assert_eq!(jobs["Config"]["Cmd"], json!(["shop-server", "jobs"]));
    the_proxy_is_kamals(host).await;
    the_audit_log_is_kamals(host, &version).await;
}

/// `--verbose` shows every command as the host gets it (host-commands §4.1).
fn the_run_line_is_kamals(told: &Transcript, version: &str) {
    let line = told
        .lines
        .iter()
        .find_map(|line| line.strip_prefix("  web1  $ docker run --detach "))
        .expect("the web container is started first");
    let (before, rest) = line
        .split_once("--hostname web1-")
        .expect("the host name begins with the host's");
    let name = format!("shop-web-{version}");
    assert_eq!(
        before,
        format!("--restart unless-stopped --name {name} --network kamal ")
    );
    assert_eq!(
        &rest[12..],
        [
            &format!(r#" --env KAMAL_CONTAINER_NAME="{name}""#),
            &format!(r#" --env KAMAL_VERSION="{version}" --env KAMAL_HOST="web1""#),
            r#" --env SHOP_COLOUR="teal" --env SHOP_MOTTO="say \"ahoy\" for \$5""#,
            r#" --env-file .kamal/apps/shop/env/roles/web.env --log-opt max-size="10m""#,
            r#" --volume shop-data:/data --label service="shop" --label role="web""#,
            r#" --label destination --label tier="front" --memory "64m""#,
            &format!(" registry:5000/shop:{version}"),
        ]
        .concat()
    );
}

async fn files_are_kamals(host: &Host) {
    let listing = host
        .exec("cd ~ && find .kamal -printf '%p %y %m\n' | sort")
        .await;
    assert_eq!(
        listing,
        indoc! {"
            .kamal d 755
            .kamal/apps d 755
            .kamal/apps/shop d 755
            .kamal/apps/shop/env d 755
            .kamal/apps/shop/env/roles d 755
            .kamal/apps/shop/env/roles/jobs.env f 600
            .kamal/apps/shop/env/roles/web.env f 600
            .kamal/proxy d 755
            .kamal/proxy/apps-config d 755
            .kamal/shop-audit.log f 644"}
    );
    for role in ["web", "jobs"] {
        let path = format!("~/.kamal/apps/shop/env/roles/{role}.env");
        assert_eq!(
            host.read(&path).await,
            "SHOP_KEY=back\\\\slash \"q\" #1 = $x\nSHOP_CODE=back\\\\slash \"q\" #1 = $x"
        );
    }
}

async fn the_web_container_is_kamals(host: &Host, version: &str) {
    let container = host.inspect(&format!("shop-web-{version}")).await;
    let (config, on_host) = (&container["Config"], &container["HostConfig"]);
    // What the image says of itself is shown with what the container is given.
    let mut labels = config["Labels"].as_object().cloned().unwrap_or_default();
    labels.retain(|name, _| !name.starts_with("org.opencontainers.image."));
    assert_eq!(
        serde_json::Value::from(labels),
        json!({"service": "shop", "role": "web", "destination": "", "tier": "front"})
    );
    let hostname = config["Hostname"].as_str().unwrap_or_default();
    let digits = hostname.strip_prefix("web1-").unwrap_or_default();
    assert!(
        digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{hostname}"
    );
    assert_eq!(on_host["RestartPolicy"]["Name"], "unless-stopped");
    assert_eq!(
        on_host["LogConfig"],
        json!({"Type": "json-file", "Config": {"max-size": "10m"}})
    );
    assert_eq!(on_host["NetworkMode"], "kamal");
    assert_eq!(on_host["Binds"], json!(["shop-data:/data"]));
    assert_eq!(on_host["Memory"], 64 << 20);
    for (name, value) in [
        ("SHOP_COLOUR", "teal"),
        ("SHOP_MOTTO", "say \"ahoy\" for $5"),
        ("SHOP_KEY", "back\\\\slash \"q\" #1 = $x"),
        ("KAMAL_HOST", "web1"),
    ] {
        let answer = host.answer(&format!("/env/{name}")).await;
        assert_eq!(answer, value);
    }
}

async fn the_proxy_is_kamals(host: &Host) {
    let proxy = host.inspect("kamal-proxy").await;
    let on_host = &proxy["HostConfig"];
    assert_eq!(proxy["Config"]["Image"], "basecamp/kamal-proxy:v0.9.2");
    // In any order: the engine keeps them as a set.
    let binds = on_host["Binds"].as_array().expect("a list");
    assert_eq!(binds.len(), 2);
    for bind in [
        "kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy",
        "/root/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config",
    ] {
        assert!(binds.contains(&json!(bind)), "{bind} in {binds:?}");
    }
    let everywhere = |port: &str| json!([{"HostIp": "", "HostPort": port}]);
    assert_eq!(
        on_host["PortBindings"],
        json!({"80/tcp": everywhere("80"), "443/tcp": everywhere("443")})
    );
    assert_eq!(on_host["RestartPolicy"]["Name"], "unless-stopped");
    assert_eq!(on_host["LogConfig"]["Config"], json!({"max-size": "10m"}));
    assert_eq!(on_host["NetworkMode"], "kamal");
    let networks = host
        .exec("docker network ls --filter name=^kamal$ --format '{{.Name}} {{.Driver}}'")
        .await;
    assert_eq!(networks, "kamal bridge");
    let services = host.exec("docker exec kamal-proxy kamal-proxy list").await;
    assert!(services.contains("shop-web"), "{services}");
}

/// `[2026-01-02T03:04:05Z] [performer] [role] message`, all of one run with the time it began.
async fn the_audit_log_is_kamals(host: &Host, version: &str) {
    let log = host.read("~/.kamal/shop-audit.log").await;
    let (time, _) = log
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .expect("a line begins with its time");
    let pattern = time.replace(|it: char| it.is_ascii_digit(), "0");
    assert_eq!(pattern, "0000-00-00T00:00:00Z");
    let start = format!("[{time}] [dorothea@example.com]");
    let image = host.inspect(&format!("registry:5000/shop:{version}")).await;
    let pinned = image["RepoDigests"][0].as_str().unwrap_or_default();
    let (_, digest) = pinned.split_once('@').expect("it was pulled by its digest");
    assert_eq!(
        log,
        [
            format!("{start} Pulled image with version {version}, {digest}"),
            format!("{start} [web] Booted app version {version}"),
            format!("{start} [jobs] Booted app version {version}"),
            format!("{start} Tagging registry:5000/shop:{version} as the latest image"),
            format!("{start} Pruned containers"),
            format!("{start} Pruned images"),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn a_lock_taken_by_hand_is_kamals_and_keeps_deploys_out() {
    let world = World::start(Fleet::hosts(["web1"]).without_builder()).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let version = shop.commit("Say where to deploy").await;
    let host = &world["web1"];
    let dhow = async |words: &[&str]| shop.dhow(words.iter().copied()).await;

    let none = dhow(&["lock", "status"]).await.succeeds();
    assert_eq!(none.stdout, "There is no deploy lock\n");
    let taken = dhow(&["lock", "acquire", "-m", "stocktaking, don't sell"])
        .await
        .succeeds();
    assert_eq!(taken.stdout, "Acquired the deploy lock\n");

    let details = host.exec("base64 -d < ~/.kamal/lock-shop/details").await;
    let [holder, rest @ ..] = &details.lines().collect::<Vec<_>>()[..] else {
        panic!("{details}");
    };
    let since = holder
        .strip_prefix("Locked by: Dorothea Deploys at ")
        .unwrap();
    assert!(since.len() == 20 && since.ends_with('Z'), "{since}");
    let version = format!("Version: {version}");
    assert_eq!(rest, [version.as_str(), "Message: stocktaking, don't sell"]);
    let raw = host.read("~/.kamal/lock-shop/details").await;
    let widths: Vec<usize> = raw.lines().map(str::len).collect();
    assert!(
        widths.len() > 1 && widths[..widths.len() - 1].iter().all(|width| *width == 60),
        "lines are broken as Ruby does: {raw}"
    );

    let held = dhow(&["lock", "status"]).await.succeeds();
    assert_eq!(held.stdout, format!("{details}\n"));
    for command in [&["lock", "acquire", "-m", "me too"][..], &["deploy", "-P"]] {
        let refused = dhow(command).await.fails_with(6);
        refused
            .shows(holder)
            .shows("Message: stocktaking, don't sell\n");
    }
    assert_eq!(host.containers().await, []);
    let released = dhow(&["lock", "release"]).await.succeeds();
    assert_eq!(released.stdout, "Released the deploy lock\n");
    let again = dhow(&["lock", "release"]).await.succeeds();
    assert_eq!(again.stdout, "There is no deploy lock\n");
    assert_eq!(host.exec("ls ~/.kamal").await, "");
}
