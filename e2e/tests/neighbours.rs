//! Two apps and a destination of one of them behind the same proxies: whatever is done to one of the three, who visits
//! the others does not notice.

use dhow_e2e::{Fleet, Project, RunningLoad, World};

const HOSTS: [&str; 2] = ["web1", "web2"];

const SHOP: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web1]
    proxy: false
    cmd: shop-server jobs
proxy: {host: shop.example}
";

const STAGING: &str = "proxy: {host: staging.example}\n";

const BLOG: &str = r#"servers: [web1, web2]
proxy: {host: blog.example}
deploy_timeout: 4
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sh -c "trap exit TERM; sleep 1000000 & wait"
"#;

/// What was done stays written down, and the folder that apps share stays.
const LEFT: &str =
    ".kamal/apps\n.kamal/blog-audit.log\n.kamal/shop-audit.log\n.kamal/shop-staging-audit.log";

#[tokio::test]
async fn what_is_done_to_one_is_not_noticed_by_who_visits_the_others() {
    let world = World::start(Fleet::hosts(HOSTS).accessory_host("db1")).await;
    let (shop, blog) = (world.app("shop").await, world.app("blog").await);
    shop.configure(SHOP);
    shop.write("config/deploy.staging.yml", STAGING);
    shop.write(".kamal/secrets-common", &shop.read(".kamal/secrets"));
    shop.commit("Say where to deploy").await;
    blog.configure(BLOG);
    let old_blog = blog.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    // Each has a lock of its own, so the others may come at the same time.
    let (staging, setup) =
        tokio::join!(shop.dhow(["deploy", "-d", "staging"]), blog.dhow(["setup"]));
    let _ = (staging.succeeds(), setup.succeeds());
    let cache = world["db1"].inspect("blog-cache").await["Id"].clone();

    let of_blog = visitors(&world, "blog.example");
    let mut of_staging = visitors(&world, "staging.example");
    let mut of_shop = visitors(&world, "shop.example");
    let second = shop.release("v2").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    of_shop.until_everywhere("v2", &HOSTS).await;
    of_shop
        .stop()
        .await
        .never_failed(30)
        .answered(&["v1", "v2"]);

    one_that_does_not_come_up_is_stopped(&world, &blog, &old_blog).await;
    one_goes_back_while_the_other_is_interrupted(&world, &shop, &second).await;

    let _ = shop.dhow(["deploy", "-d", "staging"]).await.succeeds();
    of_staging.until_everywhere("v3", &HOSTS).await;
    of_staging
        .stop()
        .await
        .never_failed(30)
        .answered(&["v1", "v3"]);
    of_blog.stop().await.never_failed(30).answered(&["v1"]);
    assert_eq!(world["db1"].inspect("blog-cache").await["Id"], cache);
    they_leave_one_after_the_other(&world, &shop, &blog).await;
}

/// Visitors of the app behind this name, on every host.
fn visitors(world: &World, name: &str) -> RunningLoad {
    world.load(&HOSTS).host_header(name).rate(40).start()
}

async fn one_that_does_not_come_up_is_stopped(world: &World, blog: &Project, old: &str) {
    blog.configure(&format!("{BLOG}env: {{clear: {{SHOP_BROKEN: indeed}}}}\n"));
    blog.release("v2").await;
    let told = blog.dhow(["deploy"]).await.fails_with(1);
    told.shows("the new container was stopped, it never had traffic");
    for host in HOSTS {
        let mut running = world[host].running().await;
        running.retain(|name| name.starts_with("blog-"));
        assert_eq!(running, [format!("blog-web-{old}")], "{host}");
    }
}

/// The destination is between its two hosts when the app itself goes back, and Ctrl-C comes.
async fn one_goes_back_while_the_other_is_interrupted(world: &World, shop: &Project, new: &str) {
    let slowly = format!("{STAGING}boot: {{limit: 1, wait: 1000}}\n");
    shop.write("config/deploy.staging.yml", &slowly);
    let staging = shop.release("v3").await;
    let mut live = shop.dhow(["deploy", "-d", "staging"]).live();
    live.until_shows("Wait 1000 s before the next group").await;
    let second_one = shop.dhow(["deploy", "-d", "staging"]).await;
    second_one.fails_with(6).shows("Deploy lock found");

    let mut of_shop = visitors(world, "shop.example");
    of_shop.until_everywhere("v2", &HOSTS).await;
    let told = shop.dhow(["rollback"]).await.succeeds();
    of_shop.until_everywhere("v1", &HOSTS).await;
    of_shop
        .stop()
        .await
        .never_failed(30)
        .answered(&["v2", "v1"]);
    for row in ["web1  web", "web1  jobs", "web2  web"] {
        told.shows(&format!("{row}  {new} -> "));
    }

    live.interrupt();
    let told = live.finished().await.fails_with(130);
    told.shows(&format!("web1  web  {staging} serves"))
        .shows("web2  web  ")
        .shows(" serves as before");
    let at = async |host: &str| world[host].answer_as("staging.example", "/version").await;
    assert_eq!(
        (at("web1").await.as_str(), at("web2").await.as_str()),
        ("v3", "v1")
    );
    let status = shop
        .dhow(["lock", "status", "-d", "staging"])
        .await
        .succeeds();
    status.shows("There is no deploy lock");
    shop.write("config/deploy.staging.yml", STAGING);
    shop.commit("Do not wait").await;
}

async fn they_leave_one_after_the_other(world: &World, shop: &Project, blog: &Project) {
    let at = async |host: &str, name: &str| {
        let answer = world[host]
            .get_as(name, "/version")
            .await
            .expect("the proxy answers");
        (answer.status, answer.body)
    };
    let v1 = (200, "v1".to_owned());

    let _ = shop
        .dhow(["remove", "-y", "-d", "staging"])
        .await
        .succeeds();
    for host in HOSTS {
        assert_eq!(at(host, "staging.example").await.0, 404, "{host}");
        assert_eq!(at(host, "shop.example").await, v1, "{host}");
        assert_eq!(at(host, "blog.example").await, v1, "{host}");
        assert_eq!(world[host].exec("ls ~/.kamal/apps").await, "blog\nshop");
    }
    let _ = blog.dhow(["remove", "-y"]).await.succeeds();
    for host in HOSTS {
        assert_eq!(at(host, "blog.example").await.0, 404, "{host}");
        assert_eq!(at(host, "shop.example").await, v1, "{host}");
    }
    let of_the_accessory = ".kamal/apps\n.kamal/blog-audit.log";
    world["db1"].is_clean_but_for(of_the_accessory).await;
    let _ = shop.dhow(["remove", "-y"]).await.succeeds();
    for host in HOSTS {
        world[host].is_clean_but_for(LEFT).await;
    }
}
