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

/// Makes every hook write down its variables, in `.git`, where they are no uncommitted change.
fn let_hooks_write_down(shop: &Project) {
    let script = "echo \"hello from $(basename \"$0\")\"; mkdir -p .git/told\n\
                  { env | grep -E '^(KAMAL|SHOP)_' | sort; echo; } >> .git/told/$(basename \"$0\")";
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
    assert_eq!(
        messages,
        [
            format!("Pulled image with version {version}"),
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
