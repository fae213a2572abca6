//! Builders: what a build leaves where, whichever machine makes it.

use dhow_e2e::{Fleet, Project, Registry, World};

/// Writes the builder's part of the deploy file anew.
fn build_with(shop: &Project, builder: &str) {
    let config = shop.read("config/deploy.yml");
    let config = config.replace("  arch: amd64\n  driver: docker\n", builder);
    shop.write("config/deploy.yml", &config);
}

const SERVERS: &str = "servers: [web1]\n";

/// The parts of the sample app on nothing, each of its own architecture.
const OF_TWO_PLATFORMS: &str = "FROM scratch
ARG TARGETARCH
COPY server-$TARGETARCH /usr/local/bin/shop-server
COPY version-$TARGETARCH.txt /version
EXPOSE 80
CMD [\"/usr/local/bin/shop-server\"]
";

#[tokio::test]
async fn two_platforms_are_one_index_and_a_host_runs_its_own() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    build_with(
        &shop,
        "  arch: [amd64, arm64]\n  driver: docker\n  cache: {type: registry, options: mode=max}\n",
    );
    shop.write("Dockerfile", OF_TWO_PLATFORMS);
    let server = shop.folder().join("shop-server");
    fs_err::copy(server, shop.folder().join("server-amd64")).expect("the server is there");
    shop.write("server-arm64", "not for this machine\n");
    shop.write("version-amd64.txt", "v1 for amd64\n");
    shop.write("version-arm64.txt", "v1 for arm64\n");
    let version = shop.commit("Build for two").await;

    shop.dhow(["setup"])
        .await
        .succeeds()
        .shows(", 0 of 4 steps cached");
    assert_eq!(world["web1"].answer("/version").await, "v1 for amd64");
    let manifest = world
        .registry()
        .get(&format!("/v2/shop/manifests/{version}"))
        .await;
    for platform in ["\"amd64\"", "\"arm64\""] {
        assert!(manifest.body.contains(platform), "{}", manifest.body);
    }

    // The cache in the registry is as good as the builder's own.
    let prune = ["buildx", "prune", "--all", "--force"];
    world.builder().docker(&prune, shop.folder()).await.output();
    shop.dhow(["build", "push"])
        .await
        .succeeds()
        .shows(", all steps cached (4)");
}

/// A base image whose tag moves, and what a build on it leaves.
async fn move_base(world: &World, name: &str) {
    let base = world.empty_project("base");
    base.write("Dockerfile", "FROM busybox\nCOPY name.txt /name\n");
    base.write("name.txt", &format!("{name}\n"));
    world.builder().push(&base, "1").await;
}

/// What the newest build of the app was made from, and when its second step was done.
async fn made_of(world: &World, shop: &Project) -> (String, String) {
    let version = shop.head().await;
    let image = format!("{}/shop:{version}", Registry::SERVER);
    let web1 = &world["web1"];
    web1.exec(&format!(
        "docker login --username {} --password {} {} >/dev/null 2>&1; docker rmi -f {image} >/dev/null 2>&1; \
         docker pull -q {image} >/dev/null",
        Registry::USER,
        Registry::PASSWORD,
        Registry::SERVER,
    ))
    .await;
    let cat = |file: &str| format!("docker run --rm {image} cat {file}");
    (
        web1.exec(&cat("/name")).await.trim().to_owned(),
        web1.exec(&cat("/stamp")).await.trim().to_owned(),
    )
}

#[tokio::test]
async fn a_base_that_has_moved_is_taken_when_asked_for_and_no_cache_does_everything_anew() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    let base = format!("{}/base:1", Registry::SERVER);
    shop.write(
        "Dockerfile",
        &format!("FROM {base}\nRUN head -c 8 /dev/urandom | od -An -tx1 >/stamp\n"),
    );
    shop.commit("Stamp the image").await;
    move_base(&world, "old").await;

    let push = async |options: &[&str]| {
        let words = ["build", "push"].iter().chain(options).copied();
        shop.dhow(words.collect::<Vec<_>>()).await.succeeds()
    };
    push(&[]).await;
    let (name, stamp) = made_of(&world, &shop).await;
    assert_eq!(name, "old");
    push(&[]).await.shows("all steps cached (1)");
    assert_eq!(made_of(&world, &shop).await, (name, stamp.clone()));
    push(&["--no-cache"]).await.shows("0 of 1 steps cached");
    let (name, anew) = made_of(&world, &shop).await;
    assert_eq!(name, "old");
    assert_ne!(anew, stamp);

    move_base(&world, "new").await;
    push(&["--pull"]).await;
    let (name, after) = made_of(&world, &shop).await;
    assert_eq!(name, "new");
    assert_ne!(after, anew);
}

#[tokio::test]
async fn a_folder_as_it_is_goes_into_the_engine_and_nowhere_else() {
    let world = World::start(Fleet::hosts([])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    build_with(&shop, "  arch: [arm64, amd64]\n  driver: docker\n");
    shop.hook("pre-build", "echo no hook runs; exit 1");
    shop.write(".dockerignore", "notes\n");
    let version = shop.commit("Leave notes out").await;
    shop.write("version.txt", "not committed\n");
    shop.write("loose.txt", "x\n");
    shop.write("notes/todo.txt", "x\n");

    let told = shop.dhow(["build", "dev"]).await.succeeds();
    told.shows(
        "Files with uncommitted changes will be present in the dev container:\n  version.txt\n",
    )
    .shows("Untracked files will be present in the dev container:\n")
    .shows("  loose.txt\n")
    .hides("todo.txt")
    .hides("no hook runs");
    let image = format!("{}/shop:{version}-dirty", Registry::SERVER);
    let print = ["run", "--rm", &image, "cat", "/version"];
    let shown = world.builder().docker(&print, shop.folder()).await.output();
    assert_eq!(shown.trim(), "not committed");
    assert_eq!(world.registry().tags("shop").await, [""; 0]);
}

/// Docker, but the first push meets a registry that is ill for a moment, as BuildKit tells of it.
const ILL_AT_FIRST: &str = r#"if [ "$1 $2" = "buildx build" ] && mkdir "$HOME/ill" 2>/dev/null; then
  error='unexpected status from HEAD request to http://registry:5000/v2/shop/manifests/1: 500 Internal Server Error'
  echo '{"vertexes":[{"digest":"sha256:ab","name":"pushing registry:5000/shop:1 with docker",'\
'"started":"2026-01-02T03:04:05Z","completed":"2026-01-02T03:04:06Z","error":"'"$error"'"}]}' >&2
  echo "ERROR: failed to solve: $error" >&2
  exit 1
fi
exec /usr/bin/docker "$@""#;

#[tokio::test]
async fn a_registry_that_is_ill_for_a_moment_ends_no_build() {
    let world = World::start(Fleet::hosts([])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    let version = shop.commit("Say where to deploy").await;
    let docker = world.stand_in("docker", ILL_AT_FIRST);
    let push = shop.dhow(["build", "push"]).programs_first_from(&docker);
    push.await
        .succeeds()
        .shows("pushing registry:5000/shop:1 with docker")
        .shows("the registry answered with 500 Internal Server Error, so it is tried again");
    assert!(world.registry().tags("shop").await.contains(&version));
}

#[tokio::test]
async fn a_build_is_explained_without_being_made() {
    let world = World::start(Fleet::hosts([]).without_builder()).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    build_with(
        &shop,
        "  arch: [amd64, arm64]\n  args: {TOOLS: busybox, KEY: s3cret-value}\n  secrets: [TOKEN]\n",
    );
    let hub = format!("localhost:{}/library", world.open_registry().await);
    shop.write(
        "Dockerfile",
        &format!(
            "ARG TOOLS\nFROM {hub}/$TOOLS AS tools\nFROM {hub}/no-such-image AS unused\nFROM scratch\n\
             COPY --from=tools /bin/busybox /\n"
        ),
    );
    shop.write(".dockerignore", "*\n!shop-server\n");
    let commit = shop.commit("Stand on tools").await;
    let without_docker = world.stand_in("docker", NO_DOCKER);
    for run in [
        shop.dhow(["build", "explain"]),
        shop.dhow(["build", "explain"])
            .programs_first_from(&without_docker),
    ] {
        let told = run.await.succeeds();
        told.shows(&format!("Commit      {commit} (Stand on tools)\n"))
            .shows("Platforms   linux/amd64, linux/arm64\n")
            .shows(&format!("  Dockerfile:2  {hub}/busybox  sha256:"))
            .shows("Arguments   TOOLS, KEY\n")
            .shows("Secrets     TOKEN\n")
            .shows("Files       1, ")
            .shows("--build-arg KEY=[REDACTED]")
            .hides("s3cret-value")
            .hides("no-such-image");
    }
}

/// No Docker at all on this machine.
const NO_DOCKER: &str = "echo 'sh: docker: not found' >&2; exit 127";

#[tokio::test]
async fn a_machine_without_docker_builds_on_another_over_ssh_alone() {
    let world = World::start(Fleet::hosts(["web1", "maker"]).without_builder()).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    build_with(
        &shop,
        "  arch: amd64\n  remote: ssh://maker\n  args: {COLOUR: '${COLOUR}', BARE: ''}\n  secrets: [BUILD_TOKEN]\n",
    );
    shop.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nBUILD_TOKEN=hunter2-token\n",
    );
    let dockerfile = shop.read("Dockerfile");
    shop.write(
        "Dockerfile",
        &format!(
            "{dockerfile}ARG COLOUR\nARG BARE\n\
             RUN --mount=type=secret,id=BUILD_TOKEN wc -c </run/secrets/BUILD_TOKEN >/length; echo $COLOUR $BARE >/colours; \
             cat /run/secrets/BUILD_TOKEN\n"
        ),
    );
    shop.write(".dockerignore", "secret-plans\n");
    shop.write("secret-plans", "x\n");
    shop.commit("Build elsewhere").await;
    let docker = world.stand_in("docker", NO_DOCKER);
    let dhow = |command: &'static str| {
        let run = shop.dhow([command, "-v"]).programs_first_from(&docker);
        run.env("COLOUR", "teal").env("BARE", "plain")
    };

    let told = dhow("setup").await.succeeds();
    told.shows("this machine has no Docker, so maker builds")
        .hides("hunter2-token");
    let web1 = &world["web1"];
    assert_eq!(web1.answer("/version").await, "v1");
    let container = format!("shop-web-{}", shop.head().await);
    let inside = web1
        .exec(&format!("docker exec {container} cat /length /colours"))
        .await;
    assert_eq!(inside.trim(), "13\nteal plain");

    let left =
        "ls -d ~/.dhow-build* ~/.docker 2>/dev/null; pgrep -a '^(docker-buildx|tar|cat)$'; true";
    let maker = &world["maker"];
    assert_eq!(maker.exec(left).await, "", "nothing is left");
    dhow("redeploy").await.succeeds().shows("all steps cached");

    // A build that fails leaves nothing either.
    shop.write("Dockerfile", "FROM busybox\nRUN echo so far; exit 7\n");
    shop.commit("Break it").await;
    dhow("deploy")
        .await
        .fails_with(1)
        .shows("the build failed at `[2/2] RUN echo so far; exit 7`")
        .shows("Dockerfile:2\n")
        .shows("It printed last:\n  so far\n");
    assert_eq!(maker.exec(left).await, "", "nothing is left");
    assert_eq!(web1.answer("/version").await, "v1");

    // Nor does one that is cut off, whether it is told so or not.
    shop.write("Dockerfile", "FROM busybox\nRUN echo dug in; sleep 1000\n");
    shop.commit("Take for ever").await;
    let until_gone =
        "timeout 20 sh -c 'while [ -e ~/.dhow-build* ] || pgrep docker-buildx; do sleep 0.1; done'";
    let mut live = dhow("deploy").live();
    let _ = live.until_shows("dug in").await;
    live.interrupt();
    let _ = live.finished().await.fails_with(130);
    maker.exec(until_gone).await;
    let mut live = dhow("deploy").live();
    let _ = live.until_shows("dug in").await;
    live.kill();
    let _ = live.finished().await;
    maker.exec(until_gone).await;
    assert_eq!(maker.exec(left).await, "", "nothing is left");
}
