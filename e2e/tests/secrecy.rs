//! Secrets come to where they are needed, and nowhere else: no argument list, no output, no log, no label.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use dhow_e2e::{Fleet, Host, Project, Registry, Run, World};

const DATABASE: &str = "marker-of-the-database";
const CACHE: &str = "marker-of-the-cache";
const BUILD: &str = "marker-of-the-build\nits-second-line-of-text";

/// What must not be seen: each line of each secret, and the registry's password.
fn markers() -> impl Iterator<Item = &'static str> {
    [DATABASE, CACHE, BUILD, Registry::PASSWORD]
        .into_iter()
        .flat_map(str::lines)
}

#[track_caller]
fn holds_no_marker(what: &str, text: &str) {
    for marker in markers() {
        let line = text.lines().find(|line| line.contains(marker));
        assert_eq!(line, None, "{marker} is in {what}");
    }
}

const REST: &str = "
servers: [web1]
env:
  secret: [DATABASE_PASSWORD]
accessories:
  cache:
    image: busybox
    host: web1
    cmd: sleep 1000000
    env:
      secret: [CACHE_PASSWORD]
";

/// The shop with secrets of every kind, which its hooks and its build tell to everybody who listens.
async fn talkative_shop(world: &World) -> Project {
    let shop = world.app("shop").await;
    shop.configure(REST);
    let with_secrets = shop.read("config/deploy.yml").replace(
        "  driver: docker\n",
        "  driver: docker\n  secrets: [BUILD_TOKEN]\n",
    );
    shop.write("config/deploy.yml", &with_secrets);
    let names = [
        "KAMAL_REGISTRY_PASSWORD",
        "DATABASE_PASSWORD",
        "CACHE_PASSWORD",
        "BUILD_TOKEN",
    ];
    shop.write(
        ".kamal/secrets",
        &names.map(|name| format!("{name}=${name}\n")).concat(),
    );
    let dockerfile = shop.read("Dockerfile");
    shop.write("Dockerfile", &format!("{dockerfile}RUN --mount=type=secret,id=BUILD_TOKEN cat /run/secrets/BUILD_TOKEN && sha256sum /run/secrets/BUILD_TOKEN > /token\n"));
    shop.hook(
        "pre-deploy",
        "echo \"the database opens with $DATABASE_PASSWORD\"; env >&2",
    );
    shop.commit("Say too much").await;
    shop
}

fn dhow<'a>(shop: &Project, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    shop.dhow(arguments)
        .env("DATABASE_PASSWORD", DATABASE)
        .env("CACHE_PASSWORD", CACHE)
        .env("BUILD_TOKEN", BUILD)
}

/// Looks at the command lines of this machine's processes that belong to a world, over and over.
struct Onlooker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<String>>,
}

impl Onlooker {
    /// Another test's world has other folders, by which its processes are told apart.
    fn watch(project: &Project) -> Self {
        let world = project
            .folder()
            .ancestors()
            .nth(2)
            .expect("a project lies two folders below its world's")
            .to_string_lossy()
            .into_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = thread::spawn(move || {
            let mut lines = BTreeSet::new();
            while !seen.load(Ordering::Relaxed) {
                for process in std::fs::read_dir("/proc")
                    .expect("processes can be listed")
                    .flatten()
                {
                    // One that has ended meanwhile cannot be read.
                    let read = |name| std::fs::read(process.path().join(name)).unwrap_or_default();
                    if String::from_utf8_lossy(&read("environ")).contains(&world) {
                        lines.insert(String::from_utf8_lossy(&read("cmdline")).replace('\0', " "));
                    }
                }
            }
            lines
        });
        Self { stop, thread }
    }

    fn command_lines(self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .expect("looking does not panic")
            .into_iter()
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The same on a host, in the background, for two minutes at most.
async fn watch_host(host: &Host) {
    host.exec(
        "(for each in $(seq 6000); do [ ! -e /run/seen-enough ] || break; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' >>/run/seen; sleep 0.02; done) >/dev/null 2>&1 &",
    )
    .await;
}

#[tokio::test]
async fn secrets_reach_containers_and_builds_and_are_seen_nowhere_else() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let (shop, web1) = (talkative_shop(&world).await, &world["web1"]);
    let onlooker = Onlooker::watch(&shop);
    watch_host(web1).await;

    for arguments in [
        &["plan"][..],
        &["setup", "--verbose"],
        &["deploy"],
        &["plan", "--verbose"],
        &["config"],
        &["audit"],
        &["details"],
        &["app", "logs"],
    ] {
        let told = dhow(&shop, arguments.iter().copied()).await.succeeds();
        holds_no_marker(&told.title, &told.to_string());
    }
    // A container that does not start says why, and dhow quotes it.
    shop.configure(&REST.replace(
        "env:\n  secret: [DATABASE_PASSWORD]",
        "deploy_timeout: 2\nenv:\n  secret: ['SHOP_REFUSES_TO_START:DATABASE_PASSWORD']",
    ));
    shop.commit("Break it").await;
    let told = dhow(&shop, ["deploy"]).await.fails_with(1);
    told.shows("shop refuses to start: [REDACTED]");
    holds_no_marker("the quoted log", &told.to_string());

    let here = onlooker.command_lines();
    assert!(
        here.contains("docker login registry:5000"),
        "the onlooker saw what ran here\n{here}"
    );
    holds_no_marker("a command line on this machine", &here);
    let there = web1
        .exec("touch /run/seen-enough; cat /run/seen | sort -u")
        .await;
    assert!(
        there.contains("shop-web-"),
        "the onlooker saw what ran on the host"
    );
    holds_no_marker("a command line on the host", &there);
    lies_only_where_it_belongs(web1).await;
}

/// Files, labels and images of the host after a deploy.
async fn lies_only_where_it_belongs(web1: &Host) {
    let container = web1
        .exec("docker ps --all --filter label=role=web --format '{{.Names}}' | tail -n 1")
        .await;
    let inspected = web1.inspect(&container).await;
    assert!(
        inspected["Config"]["Env"].to_string().contains(DATABASE),
        "the container has its secret"
    );
    holds_no_marker(
        "the container's labels",
        &inspected["Config"]["Labels"].to_string(),
    );
    holds_no_marker(
        "the container's command",
        &inspected["Config"]["Cmd"].to_string(),
    );
    holds_no_marker("the image", &web1.exec("docker image inspect $(docker image ls -q); docker history --no-trunc --format json registry:5000/shop:latest").await);
    holds_no_marker("an audit log", &web1.exec("cat ~/.kamal/*-audit.log").await);

    for (marker, file) in [
        (DATABASE, ".kamal/apps/shop/env/roles/web.env"),
        (CACHE, ".kamal/apps/shop/env/accessories/cache.env"),
    ] {
        let found = web1
            .exec(&format!(
                "cd ~; grep -rlF {marker} . /etc /tmp /home /usr/local /var/log"
            ))
            .await;
        assert_eq!(found, format!("./{file}"));
        assert_eq!(web1.exec(&format!("stat -c %a ~/{file}")).await, "600");
    }
    for marker in BUILD.lines().chain([Registry::PASSWORD]) {
        let found = web1
            .run(&format!(
                "cd ~; grep -rlF {marker} . /etc /tmp /home /usr/local /var/log"
            ))
            .await;
        assert_eq!(found.stdout, "", "{marker} has nothing to do on the host");
    }
}
