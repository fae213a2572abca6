//! The image that was built, or that the registry has, is the one that every host runs.

use dhow_e2e::{Fleet, World};

const REPOSITORY: &str = "registry:5000/shop";

#[tokio::test]
async fn hosts_run_what_was_built_and_the_latest_moves_when_it_is_deployed() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    let first = shop.commit("Say where to deploy").await;
    shop.dhow(["setup"]).await.succeeds();

    let registry = world.registry();
    let digest = registry.digest("shop", &first).await.unwrap();
    assert_eq!(
        registry.digest("shop", "latest").await.as_ref(),
        Some(&digest)
    );
    for host in world.hosts() {
        let container = host.inspect(&format!("shop-web-{first}")).await;
        let image = host.inspect(container["Image"].as_str().unwrap()).await;
        let pinned = format!("{REPOSITORY}@{digest}");
        assert_eq!(image["RepoDigests"][0], pinned.as_str());
        let audit = host.read("~/.kamal/shop-audit.log").await;
        assert!(
            audit.contains(&format!("Pulled image with version {first}, {digest}")),
            "{audit}"
        );
    }
    shop.dhow(["details"])
        .await
        .succeeds()
        .shows(&format!("web {first} {digest}"));

    // What does not come up is not the latest.
    let dockerfile = shop.read("Dockerfile");
    shop.write("Dockerfile", "FROM busybox\nCMD [\"false\"]\n");
    shop.commit("Break the shop").await;
    shop.dhow(["deploy"]).await.fails_with(1);
    assert_eq!(
        registry.digest("shop", "latest").await.as_ref(),
        Some(&digest)
    );

    shop.write("Dockerfile", &dockerfile);

    // A plan of what exists names the image.
    shop.dhow(["plan", "-P", &format!("--version={first}")])
        .await
        .succeeds()
        .shows(&format!("pull {digest}"));

    // Somebody gives the tag to another image on one host.
    let name = format!("{REPOSITORY}:{first}");
    let proxy = "$(docker inspect --format '{{.Image}}' kamal-proxy)";
    world["web2"]
        .exec(&format!("docker tag {proxy} {name}"))
        .await;
    shop.dhow(["details"]).await.succeeds().shows(&format!(
        "web2: web runs {first} from an image that is not called so any more"
    ));
    // The next deploy of the same version puts that right.
    shop.dhow(["deploy", "-P", &format!("--version={first}")])
        .await
        .succeeds();
    assert_eq!(world["web2"].answer("/version").await, "v1");
    shop.dhow(["details"])
        .await
        .succeeds()
        .hides("not called so any more");
}

#[tokio::test]
async fn an_image_built_elsewhere_is_deployed_and_gone_back_to_after_it_was_pruned() {
    let world = World::start(Fleet::hosts(["web1"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\naccessories: {cache: {image: busybox, host: db1}}\n");
    shop.commit("Say where to deploy").await;
    // Without the label that Kamal asks for.
    world.builder().push_unlabelled(&shop, "1.2.3").await;
    let host = &world["web1"];
    shop.dhow(["deploy", "-P", "--version=1.2.3"])
        .await
        .succeeds();
    let digest = world.registry().digest("shop", "1.2.3").await.unwrap();

    shop.release("v2").await;
    world.builder().push(&shop, "1.3.0").await;
    shop.dhow(["deploy", "-P", "--version=1.3.0"])
        .await
        .succeeds();
    assert_eq!(host.answer("/version").await, "v2");
    host.exec(&format!("docker rm shop-web-1.2.3 && docker rmi {REPOSITORY}:1.2.3 && docker image prune --all --force"))
        .await;
    assert!(!host.tags(REPOSITORY).await.contains("1.2.3"));

    shop.dhow(["rollback", "1.2.3"])
        .await
        .succeeds()
        .shows("the registry has it");
    assert_eq!(host.answer("/version").await, "v1");
    let container = host.inspect("shop-web-1.2.3").await;
    let image = host.inspect(container["Image"].as_str().unwrap()).await;
    assert_eq!(
        image["RepoDigests"][0],
        format!("{REPOSITORY}@{digest}").as_str()
    );

    let missing = shop
        .dhow(["deploy", "-P", "--version=1.3.1"])
        .await
        .fails_with(1);
    missing
        .shows("the registry has no image registry:5000/shop:1.3.1, nothing was changed")
        .shows("The nearest it has: 1.3.0");
    assert_eq!(
        world["db1"].images().await,
        [].into(),
        "it runs an accessory only"
    );
    assert_eq!(world["db1"].ssh_use().await.connections, 4);

    // It does not lie about for ever: neither when another version runs, nor when all of the app goes.
    shop.dhow(["rollback", "1.3.0"]).await.succeeds();
    host.exec("docker rm shop-web-1.2.3").await;
    shop.dhow(["prune", "images"]).await.succeeds();
    assert_eq!(
        host.tags(REPOSITORY).await,
        ["1.3.0", "latest"].map(str::to_owned).into()
    );
    shop.dhow(["rollback", "1.2.3"]).await.succeeds();
    shop.dhow(["remove", "--confirmed"]).await.succeeds();
    assert_eq!(host.tags(REPOSITORY).await, [].into());
}

#[tokio::test]
async fn a_login_that_ran_out_is_read_again() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.write(".kamal/secrets", "KAMAL_REGISTRY_PASSWORD=$(cat token)\n");
    shop.write(".gitignore", "token\n");
    shop.commit("Say where to deploy").await;
    world.builder().push(&shop, "1.2.3").await;
    let deploy = ["deploy", "-P", "--version=1.2.3"];

    shop.write("token", "ran-out\n");
    let refused = shop.dhow(deploy).await.fails_with(1);
    refused.shows("are the registry's username and password right?");
    // The hook runs after the secrets were read.
    shop.hook(
        "pre-connect",
        &format!("echo {} > token", dhow_e2e::Registry::PASSWORD),
    );
    shop.dhow(deploy)
        .await
        .succeeds()
        .shows("the secrets say another one now");
    assert_eq!(world["web1"].answer("/version").await, "v1");
}

#[tokio::test]
async fn a_version_that_was_given_away_is_not_built_again_from_something_else() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\nx-dhow: {version: describe}\n");
    let first = shop.commit("Say where to deploy").await;
    shop.git(&["tag", "v1.0.0"]).await;
    shop.dhow(["build", "push"]).await.succeeds();
    // The same commit again is no other content, though the builder's own notes beside the image carry times.
    shop.dhow(["build", "push"]).await.succeeds();
    let built = world.registry().digest("shop", "v1.0.0").await;
    assert!(built.is_some());

    shop.release("v2").await;
    shop.git(&["tag", "--force", "v1.0.0"]).await;
    for command in [&["deploy"][..], &["build", "push"]] {
        let run = shop.dhow(command.iter().copied()).await;
        // Only hosts can reach this registry, so a build without any cannot ask it.
        if command[0] == "deploy" {
            run.fails_with(3)
                .shows(&format!(
                    "v1.0.0 exists already and was built from the commit {first}, nothing was built"
                ))
                .shows("immutable: false");
            assert_eq!(world.registry().digest("shop", "v1.0.0").await, built);
        } else {
            run.succeeds()
                .shows("it is not known whether registry:5000/shop:v1.0.0 exists already");
        }
    }
}
