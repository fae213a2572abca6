//! Files beside the containers: assets of two versions for both, and error pages of one's own.

use dhow_e2e::{Fleet, Host, Project, Registry, World};

const SERVERS: &str = "servers: [web1, web2]
asset_path: /assets:ro
error_pages_path: public
output: {file: {path: log}}
";

#[tokio::test]
async fn either_version_has_the_assets_of_both_and_the_proxy_has_our_pages() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    let dockerfile = shop.read("Dockerfile") + "COPY assets /assets\n";
    shop.write("Dockerfile", &dockerfile);
    shop.write("assets/one.css", "first");
    shop.write("assets/same.css", "first");
    shop.write("public/503.html", "<h1>Closed for today</h1>");
    shop.write("public/index.html", "no error page");
    let first = shop.commit("Show styles").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let log = only_log(&shop);
    assert!(
        log.contains("docker run --detach") && log.contains("Booted"),
        "{log}"
    );
    assert!(
        log.trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("# Completed in "),
        "{log}"
    );
    assert!(!log.contains(Registry::PASSWORD), "{log}");

    shop.git(&["rm", "--quiet", "assets/one.css"]).await;
    shop.write("assets/two.css", "second");
    shop.write("assets/same.css", "second");
    let second = shop.commit("Show other styles").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    for name in ["web1", "web2"] {
        let host = &world[name];
        let container = format!("shop-web-{second}");
        assert_eq!(inside(host, &container, "one.css").await, "first");
        assert_eq!(inside(host, &container, "two.css").await, "second");
        assert_eq!(inside(host, &container, "same.css").await, "second");
        assert_eq!(kept(host).await, format!("web-{second}"), "{first} is gone");
        let pages = host
            .exec("cd ~/.kamal/proxy/apps-config/shop/error_pages; find . -type f")
            .await;
        assert_eq!(pages.trim(), format!("./{second}/503.html"));
    }

    let closing = "docker exec kamal-proxy kamal-proxy stop shop-web";
    let _ = world["web1"].exec(closing).await;
    let answer = world["web1"].get("/").await.expect("the proxy answers");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "<h1>Closed for today</h1>")
    );

    let _ = shop.dhow(["remove", "-y"]).await.succeeds();
    let left = world["web1"].exec("find ~/.kamal -type f").await;
    assert_eq!(left.trim(), "/root/.kamal/shop-audit.log");
}

/// The story of the only run so far.
fn only_log(shop: &Project) -> String {
    let files = fs_err::read_dir(shop.folder().join("log")).expect("the folder is there");
    let files: Vec<_> = files
        .map(|file| file.expect("it can be read").path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("one run has one file: {files:?}");
    };
    fs_err::read_to_string(file).expect("it can be read")
}

/// A file as the container sees it.
async fn inside(host: &Host, container: &str, file: &str) -> String {
    host.exec(&format!("docker exec {container} cat /assets/{file}"))
        .await
}

/// The versions whose assets lie on the host.
async fn kept(host: &Host) -> String {
    let volumes = host.exec("ls ~/.kamal/apps/shop/assets/volumes").await;
    volumes.trim().to_owned()
}
