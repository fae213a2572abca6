//! One version everywhere: what was built is what every tag, name, label, variable, hook and line tells.

use std::collections::BTreeMap;

use dhow_e2e::{Fleet, Host, Project, World};

const SETTINGS: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web1]
    proxy: false
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sleep 1000000
boot:
  limit: 1
env:
  secret: [SHOP_KEY]
";

/// What each call of a hook saw in its environment.
type Calls = Vec<BTreeMap<String, String>>;

const HOOKS: [&str; 7] = [
    "pre-connect",
    "docker-setup",
    "pre-build",
    "pre-deploy",
    "pre-app-boot",
    "post-app-boot",
    "post-deploy",
];

/// Makes every hook write down its variables, and the version that a dhow of its own would take, in `.git`, where they are no uncommitted change.
fn let_hooks_write_down(shop: &Project) {
    let script = "echo \"hello from $(basename \"$0\")\"; mkdir -p .git/told\n\
                  nested=$(/proc/$PPID/exe config --output yaml 2>/dev/null | grep ^:version:)\n\
                  { env | grep -E '^(KAMAL_|SHOP_|VERSION=)' | sort; echo \"NESTED=$nested\"; echo; } >> .git/told/$(basename \"$0\")";
    for hook in HOOKS {
        shop.hook(hook, script);
    }
}

fn calls(shop: &Project, hook: &str) -> Calls {
    let text = shop.read(&format!(".git/told/{hook}"));
    let variable = |line: &str| {
        let (name, value) = line.split_once('=').expect("env prints NAME=value");
        (name.to_string(), value.to_string())
    };
    text.split_terminator("\n\n")
        .map(|call| call.lines().map(variable).collect())
        .collect()
}

#[tokio::test]
async fn every_trace_of_a_deploy_tells_the_same_version() {
    let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nSHOP_KEY=lighthouse-key\n",
    );
    let_hooks_write_down(&shop);
    let version = shop.commit("Say where to deploy").await;

    let told = shop.dhow(["setup"]).await.succeeds();
    told.hides("lighthouse-key");

    assert!(world.registry().tags("shop").await.contains(&version));
    for (host, role) in [("web1", "web"), ("web2", "web"), ("web1", "jobs")] {
        the_container_tells_it(&world[host], role, &version).await;
    }
    for host in ["web1", "web2"] {
        let answer = world[host].answer("/env/KAMAL_VERSION").await;
        assert_eq!(answer, version);
    }
    the_audit_log_tells_it(&world["web1"], &version).await;
    every_hook_is_told_it(&shop, &version);
    for hook in HOOKS {
        told.shows(&format!("  | hello from {hook}\n"));
    }
    let shown = shop.dhow(["app", "version"]).await.succeeds();
    assert_eq!(
        shown.stdout,
        format!("App Host: web1\n{version}\n\nApp Host: web2\n{version}\n\n")
    );
}

async fn the_container_tells_it(host: &Host, role: &str, version: &str) {
    let container = host.inspect(&format!("shop-{role}-{version}")).await;
    let config = &container["Config"];
    assert_eq!(config["Image"], format!("registry:5000/shop:{version}"));
    let variables = config["Env"].as_array().expect("an app has variables");
    for variable in [
        format!("KAMAL_CONTAINER_NAME=shop-{role}-{version}"),
        format!("KAMAL_VERSION={version}"),
        format!("KAMAL_HOST={}", host.name()),
        "SHOP_KEY=lighthouse-key".into(),
    ] {
        assert!(
            variables.iter().any(|it| *it == variable),
            "{variable} is not among {variables:?}"
        );
    }
}

async fn the_audit_log_tells_it(host: &Host, version: &str) {
    let log = host.read("~/.kamal/shop-audit.log").await;
    let messages: Vec<&str> = log
        .lines()
        .map(|line| line.splitn(3, "] ").last().expect("a line has text"))
        .collect();
    let (pulled, rest) = messages.split_first().expect("a deploy is audited");
    let digest = pulled.strip_prefix(&format!("Pulled image with version {version}, sha256:"));
    assert_eq!(digest.map(str::len), Some(64), "{pulled}");
    assert_eq!(
        rest,
        [
            format!("[web] Booted app version {version}"),
            format!("[jobs] Booted app version {version}"),
            format!("Tagging registry:5000/shop:{version} as the latest image"),
            "Pruned containers".into(),
            "Pruned images".into(),
        ]
    );
}

fn every_hook_is_told_it(shop: &Project, version: &str) {
    for hook in HOOKS {
        let calls = calls(shop, hook);
        let hosts: Vec<&str> = calls
            .iter()
            .map(|call| call["KAMAL_HOSTS"].as_str())
            .collect();
        match hook {
            "pre-app-boot" | "post-app-boot" => assert_eq!(hosts, ["web1", "web2"], "{hook}"),
            _ => assert_eq!(hosts, ["web1,web2,db1"], "{hook}"),
        }
        for call in calls {
            assert_eq!(call["KAMAL_VERSION"], version, "{hook}");
            assert_eq!(call["VERSION"], version, "{hook}");
            // A dhow that the hook calls is about the same one.
            assert_eq!(call["NESTED"], format!(":version: {version}"), "{hook}");
            let short = format!("shop@{}", &version[..7]);
            assert_eq!(call["KAMAL_SERVICE_VERSION"], short, "{hook}");
            assert_eq!(call["KAMAL_COMMAND"], "setup", "{hook}");
            assert_eq!(call.get("KAMAL_DESTINATION"), None, "{hook}");
            let is_last = hook == "post-deploy";
            let runtime = call
                .get("KAMAL_RUNTIME")
                .map(|seconds| seconds.parse::<u32>());
            assert!(
                if is_last {
                    matches!(runtime, Some(Ok(1..60)))
                } else {
                    runtime.is_none()
                },
                "{hook}: {runtime:?}"
            );
            let sees_secrets = ["pre-connect", "pre-deploy", "post-deploy"].contains(&hook);
            let secret = call.get("SHOP_KEY").map(String::as_str);
            assert_eq!(secret, sees_secrets.then_some("lighthouse-key"), "{hook}");
        }
    }
}

/// A project whose files are built as they lie there, with one that was changed.
async fn changed_context(world: &World) -> (Project, String) {
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let settings = shop.read("config/deploy.yml");
    shop.write(
        "config/deploy.yml",
        &settings.replace("driver: docker\n", "driver: docker\n  context: .\n"),
    );
    shop.write(".dockerignore", "notes\n");
    let commit = shop.commit("Say where to deploy").await;
    shop.write("version.txt", "v2\n");
    (shop, commit)
}

#[tokio::test]
async fn a_changed_context_is_named_after_its_content_everywhere() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let (shop, commit) = changed_context(&world).await;
    let_hooks_write_down(&shop);
    // Hooks are part of the context, and new.
    let told = shop.dhow(["setup"]).await.succeeds();
    told.shows("uncommitted changes are built too:")
        .shows("\n  modified: version.txt\n");

    let version = calls(&shop, "post-deploy")[0]["VERSION"].clone();
    let digits = version.strip_prefix(&format!("{commit}_uncommitted_"));
    assert_eq!(digits.map(str::len), Some(16), "{version}");
    assert_eq!(
        calls(&shop, "pre-build")[0]["NESTED"],
        format!(":version: {version}")
    );
    assert!(world.registry().tags("shop").await.contains(&version));
    assert_eq!(world["web1"].answer("/env/KAMAL_VERSION").await, version);
    assert_eq!(world["web1"].answer("/version").await.trim(), "v2");

    // The same files, and a file that Docker does not see: no new version.
    shop.write("notes/idea", "sell stripes\n");
    let again = shop.dhow(["deploy"]).await.succeeds();
    again.shows(&format!("{version} -> {version}"));
    // Another byte: another one.
    shop.write("version.txt", "v3\n");
    let other = shop.dhow(["deploy"]).await.succeeds();
    other.hides(&format!("{version} -> {version}"));
    assert_eq!(world["web1"].answer("/version").await.trim(), "v3");
    let tags = world.registry().tags("shop").await;
    let of_commit = tags.iter().filter(|tag| tag.starts_with(&commit));
    assert_eq!(of_commit.count(), 2, "{tags:?}");
}

#[tokio::test]
async fn versions_come_from_tags_where_the_deploy_file_says_so() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\nx-dhow: {version: describe}\n");
    shop.commit("Name versions after tags").await;
    shop.git(&["tag", "v1.0+rc1"]).await;
    shop.dhow(["setup"])
        .await
        .succeeds()
        .shows("the version v1.0+rc1 is called v1.0_rc1");
    assert_eq!(world["web1"].answer("/env/KAMAL_VERSION").await, "v1.0_rc1");
    assert!(
        world
            .registry()
            .tags("shop")
            .await
            .contains(&"v1.0_rc1".to_owned())
    );

    let refused = shop.dhow(["deploy", "--version=2.0"]).await.fails_with(2);
    refused.shows("which would be built as v1.0_rc1");
    shop.dhow(["deploy", "--version=2.0", "--build-as"])
        .await
        .succeeds();
    assert_eq!(world["web1"].answer("/env/KAMAL_VERSION").await, "2.0");
    assert!(
        world
            .registry()
            .tags("shop")
            .await
            .contains(&"2.0".to_owned())
    );
}
