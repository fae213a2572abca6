//! `dhow accessory`: booting, renewing what differs, looking, running commands, removing.

use dhow_e2e::{Fleet, Host, Project, World};

const SETTINGS: &str = r#"servers: [web1]
accessories:
  cache:
    image: busybox
    hosts: [db1, db2]
    cmd: sh -c "echo cache-starts; trap exit TERM; sleep 1000000 & wait"
    env:
      clear: {COLOUR: teal}
      secret: [CACHE_KEY]
    files: [cache.conf:/etc/cache.conf]
    directories: [data:/data]
  page:
    image: busybox
    host: web1
    cmd: httpd -f -p 80 -h /www
    files: [page.html:/www/index.html, page.html:/www/up]
    options: {stop-signal: KILL}
    proxy: {host: page.shop.example}
"#;

#[tokio::test]
async fn accessories_are_booted_renewed_used_and_removed() {
    let world = World::start(
        Fleet::hosts(["web1"])
            .accessory_host("db1")
            .accessory_host("db2"),
    )
    .await;
    let shop = world.app("shop").await;
    shop.configure(SETTINGS);
    shop.write("cache.conf", "size=1\n");
    shop.write("page.html", "hello\n");
    shop.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nCACHE_KEY=$CACHE_KEY\n",
    );
    shop.commit("Say what runs beside the app").await;

    they_boot_once(&world, &shop).await;
    only_what_differs_is_renewed(&world, &shop).await;
    what_kamal_booted_is_compared_too(&world, &shop).await;
    commands_run_in_them(&world, &shop).await;
    the_proxy_knows_those_behind_it(&world, &shop).await;
    nothing_is_left_of_one_that_is_removed(&world, &shop).await;
}

async fn dhow(shop: &Project, words: &[&str]) -> dhow_e2e::Transcript {
    let run = shop.dhow(words.iter().copied());
    run.env("CACHE_KEY", "lighthouse-key").await.succeeds()
}

async fn id(host: &Host, name: &str) -> String {
    host.inspect(name).await["Id"].to_string()
}

async fn they_boot_once(world: &World, shop: &Project) {
    let none = dhow(shop, &["accessory", "details", "cache"]).await;
    none.shows("the accessory cache on db1 differs: no container");
    let _ = dhow(shop, &["accessory", "boot", "cache"]).await;
    for name in ["db1", "db2"] {
        let host = &world[name];
        let seen = host
            .exec("docker exec shop-cache sh -c 'cat /etc/cache.conf; echo $COLOUR $CACHE_KEY $KAMAL_HOST'")
            .await;
        assert_eq!(seen, format!("size=1\nteal lighthouse-key {name}"));
        let mode = host
            .exec("stat -c %a ~/.kamal/apps/shop/env/accessories/*")
            .await;
        assert_eq!(mode, "600\n600");
    }
    let before = id(&world["db1"], "shop-cache").await;
    dhow(shop, &["accessory", "boot", "cache"])
        .await
        .shows("Skipping booting `cache` on db1, db2, a container already exists");
    dhow(shop, &["accessory", "apply", "cache"])
        .await
        .shows("Every accessory is what the deploy file says");
    assert_eq!(id(&world["db1"], "shop-cache").await, before);
    shop.dhow(["accessory", "boot", "cash"])
        .await
        .fails_with(2)
        .shows("No accessory by the name of 'cash' (options: cache and page)");
}

async fn only_what_differs_is_renewed(world: &World, shop: &Project) {
    let host = &world["db1"];
    let before = id(host, "shop-cache").await;
    shop.write("cache.conf", "size=2\n");
    // Nothing that depends on secrets is needed to see it.
    shop.dhow(["details"])
        .await
        .succeeds()
        .shows("the accessory cache on db1 differs: file shop-cache/etc/cache.conf");
    let _ = dhow(shop, &["accessory", "apply"]).await;
    assert_eq!(
        id(host, "shop-cache").await,
        before,
        "it was only restarted"
    );
    assert_eq!(
        host.exec("docker exec shop-cache cat /etc/cache.conf")
            .await,
        "size=2"
    );

    let other_key = || async {
        let run = shop.dhow(["plan"]).env("CACHE_KEY", "other-key");
        run.await.succeeds()
    };
    let told = other_key().await;
    told.shows("the accessory cache on db2 differs: secrets")
        .hides("other-key")
        .hides("lighthouse-key");

    shop.configure(&SETTINGS.replace("COLOUR: teal", "COLOUR: red"));
    let _ = dhow(shop, &["accessory", "apply", "-h", "db1"]).await;
    assert_ne!(id(host, "shop-cache").await, before);
    assert_eq!(
        host.exec("docker exec shop-cache sh -c 'echo $COLOUR'")
            .await,
        "red"
    );
    let old = world["db2"]
        .exec("docker exec shop-cache sh -c 'echo $COLOUR'")
        .await;
    assert_eq!(old, "teal", "the other host was not asked for");
    let _ = dhow(shop, &["accessory", "reboot", "cache"]).await;
    let new = world["db2"]
        .exec("docker exec shop-cache sh -c 'echo $COLOUR'")
        .await;
    assert_eq!(new, "red");
}

/// A container as Kamal makes it, which leaves no record.
async fn what_kamal_booted_is_compared_too(world: &World, shop: &Project) {
    let host = &world["db1"];
    host.exec(
        "docker rm --force shop-cache && cd ~ && docker run --name shop-cache --detach --restart unless-stopped \
         --network kamal --log-opt max-size=10m --env KAMAL_HOST=db1 --env COLOUR=blue \
         --env-file .kamal/apps/shop/env/accessories/cache.env --volume $PWD/shop-cache/etc/cache.conf:/etc/cache.conf \
         --volume $PWD/shop-cache/data:/data --label service=shop-cache busybox \
         sh -c 'trap exit TERM; sleep 1000000 & wait'",
    )
    .await;
    shop.dhow(["accessory", "details", "all"])
        .await
        .succeeds()
        .shows("the accessory cache on db1 differs: env COLOUR")
        .hides("db2 differs");
    let _ = dhow(shop, &["accessory", "apply", "cache"]).await;
    assert_eq!(
        host.exec("docker exec shop-cache sh -c 'echo $COLOUR'")
            .await,
        "red"
    );
}

async fn commands_run_in_them(world: &World, shop: &Project) {
    let there = shop
        .dhow([
            "accessory",
            "exec",
            "--reuse",
            "cache",
            "cat",
            "/etc/cache.conf",
        ])
        .await
        .succeeds();
    assert_eq!(
        there.stdout,
        "App Host: db1\nsize=2\n\nApp Host: db2\nsize=2\n\n"
    );
    let anew = dhow(
        shop,
        &[
            "accessory",
            "exec",
            "--raw",
            "-h",
            "db2",
            "cache",
            "sh -c 'printf %s $CACHE_KEY'",
        ],
    )
    .await;
    assert_eq!(anew.stdout, "lighthouse-key\n");
    shop.dhow(["accessory", "exec", "--reuse", "cache", "test -e /nowhere"])
        .await
        .fails_with(1)
        .shows("db1: `test -e /nowhere` ended with exit code 1");
    shop.dhow([
        "accessory",
        "exec",
        "-i",
        "--reuse",
        "cache",
        "sh -c 'exit 9'",
    ])
    .await
    .fails_with(9);
    let audit = world["db2"].read("~/.kamal/shop-audit.log").await;
    assert!(
        audit.contains("] Executed cmd 'sh -c 'printf %s $CACHE_KEY'' on cache accessory"),
        "{audit}"
    );
    let logs = [
        "accessory",
        "logs",
        "cache",
        "-T",
        "--grep",
        "cache-starts",
        "-h",
        "db2",
    ];
    let logs = shop.dhow(logs).await.succeeds();
    assert_eq!(logs.stdout, "Accessory cache Host: db2\ncache-starts\n\n");
}

async fn the_proxy_knows_those_behind_it(world: &World, shop: &Project) {
    let host = &world["web1"];
    let _ = dhow(shop, &["accessory", "boot", "all"]).await;
    assert_eq!(host.answer_as("page.shop.example", "/").await, "hello");
    let status = async || {
        host.get_as("page.shop.example", "/")
            .await
            .expect("it answers")
            .status
    };
    for _ in ["a first time", "again"] {
        let _ = dhow(shop, &["accessory", "stop", "page"]).await;
        assert_eq!(status().await, 404, "the proxy knows it no more");
    }
    shop.dhow(["accessory", "details", "page"])
        .await
        .succeeds()
        .shows("the accessory page on web1 differs: does not run (exited)");
    let _ = dhow(shop, &["accessory", "start", "page"]).await;
    assert_eq!(host.answer_as("page.shop.example", "/").await, "hello");
    let before = id(host, "shop-page").await;
    let _ = dhow(shop, &["accessory", "restart", "page"]).await;
    let changed = SETTINGS.replace("page.shop.example", "side.shop.example");
    shop.configure(&changed.replace("COLOUR: teal", "COLOUR: red"));
    dhow(shop, &["accessory", "apply"])
        .await
        .shows("the accessory page on web1 differs: proxy");
    assert_eq!(host.answer_as("side.shop.example", "/").await, "hello");
    assert_eq!(
        id(host, "shop-page").await,
        before,
        "only the proxy was told"
    );
    let upgraded = ["accessory", "upgrade", "all", "--rolling", "-y"];
    let _ = dhow(shop, &upgraded).await;
    assert_eq!(host.answer_as("side.shop.example", "/").await, "hello");
    assert_ne!(id(host, "shop-page").await, before);
}

async fn nothing_is_left_of_one_that_is_removed(world: &World, shop: &Project) {
    shop.dhow(["accessory", "remove", "all"])
        .await
        .fails_with(2)
        .shows("This will remove all containers, images and data directories for all.")
        .shows("add -y");
    for _ in ["a first time", "again"] {
        let _ = dhow(shop, &["accessory", "remove", "all", "-y"]).await;
        for name in ["db1", "db2"] {
            let host = &world[name];
            assert_eq!(host.containers().await, [], "{name}");
            assert!(host.images().await.is_empty(), "{name}");
            let left = host
                .exec("cd ~ && find * .kamal -mindepth 1 2>/dev/null | sort")
                .await;
            assert_eq!(left, ".kamal/apps\n.kamal/shop-audit.log", "{name}");
        }
        assert_eq!(world["web1"].running().await, ["kamal-proxy"]);
    }
    let _ = dhow(shop, &["remove", "-y"]).await;
    assert_eq!(world["web1"].containers().await, []);
}
