//! What only hosts, the registry or a real engine can tell is wrong: each ends before anything that runs is touched.

use dhow_e2e::{Fleet, Host, Project, Registry, World};

/// One host with nothing on it, and a project to deploy to it.
async fn new_shop() -> (World, Project) {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.commit("Say where to deploy").await;
    (world, shop)
}

/// Neither container nor image nor lock is there.
async fn is_untouched(host: &Host) {
    assert_eq!(host.containers().await, []);
    assert_eq!(host.images().await, [].into());
    assert_eq!(host.file("~/.kamal/lock-shop/details").await, None);
}

/// Puts a program before the real `docker` of a host; its script falls through to the real one.
async fn pretend(host: &Host, script: &str) {
    host.exec(&format!(
        "printf '%s\n' '#!/bin/sh' {script} 'exec /usr/bin/docker \"$@\"' >/usr/local/bin/docker; chmod +x /usr/local/bin/docker"
    ))
    .await;
}

#[tokio::test]
async fn an_unfit_engine_is_told_before_anything_is_built() {
    let (world, shop) = new_shop().await;
    let web1 = &world["web1"];

    pretend(
        web1,
        "'[ \"$1\" != version ] || { echo \"19.03.15 amd64\"; exit; }'",
    )
    .await;
    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("error: web1 cannot be deployed to, nothing was changed\n  caused by: web1: Docker engine 19.03.15 is too old, at least 20.10 is needed")
        .shows("hint: upgrade Docker on the host")
        .hides("Build ");

    pretend(
        web1,
        "'[ \"$1\" != version ] || { echo \"26.1.5 arm64\"; exit; }'",
    )
    .await;
    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("the image would be built for amd64 only, nothing was changed\n  caused by: web1 is arm64")
        .shows("hint: write `builder: {arch: [amd64, arm64]}` in the deploy file")
        .hides("Build ");
    web1.exec("rm /usr/local/bin/docker").await;

    web1.stop_engine().await;
    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("web1: the Docker engine does not answer: Cannot connect to the Docker daemon")
        .shows("is the engine running");
    web1.start_engine().await;

    web1.exec("mv /usr/bin/docker /usr/bin/hidden").await;
    shop.dhow(["deploy"])
        .await
        .fails_with(5)
        .shows("web1: Docker is not installed")
        .shows("hint: `dhow setup` installs Docker");
    web1.exec("mv /usr/bin/hidden /usr/bin/docker").await;
    is_untouched(web1).await;
    assert_eq!(world.registry().tags("shop").await, [""; 0]);
}

#[tokio::test]
async fn an_image_for_another_architecture_or_service_never_starts() {
    let (world, shop) = new_shop().await;
    let web1 = &world["web1"];
    let builder = world.builder();
    let login = [
        "login",
        "--username",
        Registry::USER,
        "--password",
        Registry::PASSWORD,
        Registry::SERVER,
    ];
    builder.docker(&login, shop.folder()).await.output();
    shop.write(
        "Dockerfile.bare",
        "FROM scratch\nCOPY version.txt /version\n",
    );
    for (tag, platform, service) in [
        ("for-arm", "linux/arm64", "shop"),
        ("for-others", "linux/amd64", "bakery"),
    ] {
        let reference = format!("{}/shop:{tag}", Registry::SERVER);
        let label = format!("service={service}");
        let build = [
            "buildx",
            "build",
            "--push",
            "--platform",
            platform,
            "--provenance=false",
            "--label",
            &label,
            "--file",
            "Dockerfile.bare",
            "--tag",
            &reference,
            ".",
        ];
        builder.docker(&build, shop.folder()).await.output();
    }

    shop.dhow(["deploy", "--skip-push", "--version", "for-arm"])
        .await
        .fails_with(5)
        .shows("image registry:5000/shop:for-arm is built for arm64, this host is amd64")
        .shows("hint: build the image for that architecture too")
        .shows("nothing that runs was touched");
    shop.dhow(["deploy", "--skip-push", "--version", "for-others"])
        .await
        .fails_with(1)
        .shows("image registry:5000/shop:for-others is labelled for the service bakery, not shop")
        .shows("hint: is `image` in the deploy file right?");
    shop.dhow(["deploy", "--skip-push", "--version", "unheard-of"])
        .await
        .fails_with(1)
        .shows("the registry has no image registry:5000/shop:unheard-of, nothing was changed")
        .shows("The nearest it has: for-");
    assert_eq!(web1.containers().await, []);
    assert_eq!(web1.file("~/.kamal/lock-shop/details").await, None);
}

#[tokio::test]
async fn a_build_that_cannot_be_is_told_and_touches_no_host() {
    let (world, shop) = new_shop().await;
    let web1 = &world["web1"];

    shop.dhow(["deploy"])
        .env("KAMAL_REGISTRY_PASSWORD", "not-the-harbour-pass")
        .await
        .fails_with(1)
        .shows("error: logging in to registry:5000 failed, nothing was changed")
        .shows("hint: are the registry's username and password right?")
        .hides("not-the-harbour-pass");
    shop.dhow(["deploy", "--skip-push", "--version", "1.2.3"])
        .env("KAMAL_REGISTRY_PASSWORD", "not-the-harbour-pass")
        .await
        .fails_with(1)
        .shows("web1: `log in to registry:5000` ended with exit code 1")
        .shows("401 Unauthorized")
        .shows("hint: are the registry's username and password right?")
        .hides("not-the-harbour-pass");

    let empty = shop.folder().with_file_name("empty");
    std::fs::create_dir_all(&empty).unwrap();
    shop.dhow(["deploy"])
        .env("DOCKER_CONFIG", &empty.to_string_lossy())
        .await
        .fails_with(4)
        .shows("error: Docker buildx plugin is not installed locally")
        .shows("hint: install it");
    shop.dhow(["deploy"])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .await
        .fails_with(4)
        .shows("error: no Docker engine answers on this machine")
        .shows("unix:///nowhere/docker.sock");

    shop.write("Dockerfile", "FROM busybox\nCOPY no-such-file /\n");
    shop.commit("Forget a file").await;
    shop.dhow(["deploy"])
        .await
        .fails_with(1)
        .shows("error: the build failed at `[2/2] COPY no-such-file /`, nothing was changed on any host")
        .shows("Dockerfile:2\n")
        .shows("COPY no-such-file /\n")
        .shows("The whole log: ");

    shop.git(&["rm", "--quiet", "--cached", "Dockerfile"]).await;
    shop.git(&["commit", "--quiet", "--message", "Forget the Dockerfile"])
        .await;
    shop.dhow(["deploy"])
        .await
        .fails_with(3)
        .shows("error: Dockerfile is not committed");
    is_untouched(web1).await;
}
