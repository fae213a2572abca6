//! The image is made from the commit, and from nothing that was not committed.

use std::path::Path;

use dhow_e2e::{Fleet, Project, Registry, Transcript, World, program};

/// Pushes a base image that tells its name in `/base`.
async fn push_base(world: &World, name: &str) {
    let folder = world.empty_project(&format!("base-{name}"));
    folder.write("base", name);
    folder.write("Dockerfile", "FROM busybox\nCOPY base /base\n");
    let login = [
        "login",
        "--username",
        Registry::USER,
        "--password",
        Registry::PASSWORD,
        Registry::SERVER,
    ];
    let tag = format!("{}/{name}", Registry::SERVER);
    for words in [
        &login[..],
        &["buildx", "build", "--push", "--tag", &tag, "."],
    ] {
        world
            .builder()
            .docker(words, folder.folder())
            .await
            .output();
    }
}

fn dockerfile(base: &str) -> String {
    format!(
        "FROM {}/{base}\nCOPY shop-server /usr/local/bin/shop-server\nCOPY version.txt /version\nCMD [\"shop-server\"]\n",
        Registry::SERVER
    )
}

/// What the running container of this version is made of: its base and its baked version.
async fn made_of(world: &World, version: &str) -> String {
    world["web1"]
        .exec(&format!(
            "docker exec shop-web-{version} cat /base /version"
        ))
        .await
}

/// When the file was last changed in the clone that images are built from.
async fn changed_in_clone(cache: &Path, name: &str) -> String {
    program("find", &[".", "-name", name, "-printf", "%T@"], cache)
        .await
        .output()
}

async fn deploy(shop: &Project, command: &str, cache: &Path) -> Transcript {
    shop.dhow([command])
        .env("XDG_CACHE_HOME", &cache.to_string_lossy())
        .await
        .succeeds()
}

#[tokio::test]
async fn only_what_is_committed_is_built() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    tokio::join!(push_base(&world, "plain"), push_base(&world, "striped"));
    let shop = world.app("shop").await;
    let cache = shop.folder().with_file_name("cache");
    shop.configure("servers: [web1]\n");
    shop.write("Dockerfile", &dockerfile("plain"));
    let first = shop.commit("Build on the plain base").await;
    deploy(&shop, "setup", &cache).await.hides("uncommitted");
    assert_eq!(made_of(&world, &first).await, "plainv1");
    let stamp = changed_in_clone(&cache, "shop-server").await;

    shop.write("Dockerfile", &dockerfile("striped"));
    shop.write("version.txt", "v2\n");
    shop.write("notes/idea.txt", "sell stripes\n");
    let told = deploy(&shop, "deploy", &cache).await;
    told.shows(&format!(
        "building commit {first} (Build on the plain base), without 3 uncommitted changes; context: {}",
        cache.display()
    ))
    .shows(&format!("uncommitted changes are not built, the image is made from commit {first}:"))
    .shows("\n  modified: Dockerfile\n  untracked: notes/\n  modified: version.txt\n")
    .shows("THE BUILD DOES NOT SEE THESE: Dockerfile.");
    // An unchanged tree is not copied again.
    told.shows("  build  [2/3] COPY shop-server /usr/local/bin/shop-server  CACHED\n")
        .shows(", all steps cached (2), log in ");
    assert_eq!(
        world.registry().tags("shop").await,
        [first.as_str(), "latest"]
    );
    assert_eq!(made_of(&world, &first).await, "plainv1");

    let second = shop.commit("Build on the striped base").await;
    deploy(&shop, "deploy", &cache)
        .await
        .hides("uncommitted")
        .shows(&format!(
            "building commit {second} (Build on the striped base), clean; context: {}",
            cache.display()
        ));
    assert_eq!(made_of(&world, &second).await, "stripedv2");
    assert_eq!(world.registry().tags("shop").await.len(), 3, "one new tag");
    assert_eq!(
        changed_in_clone(&cache, "shop-server").await,
        stamp,
        "it is the same file, so it keeps its time"
    );
}
