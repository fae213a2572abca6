//! Every command of `dhow proxy` that changes something, for two apps behind one proxy.

use std::sync::Arc;

use dhow_e2e::{Fleet, Host, Project, World};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

async fn deployed(world: &World, name: &str, rest: &str) -> Project {
    let app = world.app(name).await;
    app.configure(&format!(
        "servers: [web1, web2]\nproxy: {{host: {name}.example.com}}\n{rest}"
    ));
    app.commit("Say where to deploy").await;
    let _ = app.dhow(["setup"]).await.succeeds();
    app
}

async fn serves_both(host: &Host) {
    for name in ["shop.example.com", "blog.example.com"] {
        assert_eq!(host.answer_as(name, "/version").await, "v1", "{name}");
    }
}

#[tokio::test]
async fn a_proxy_of_two_apps_is_replaced_stopped_and_kept() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = deployed(&world, "shop", "").await;
    let blog = deployed(&world, "blog", "").await;
    let (web1, web2) = (&world["web1"], &world["web2"]);

    every_route_is_back_after_a_reboot(&shop, [web1, web2]).await;
    a_proxy_that_cannot_run_changes_nothing(&blog, web1).await;
    it_is_stopped_and_started(&shop, web1).await;
    its_settings_are_written_and_forgotten(&shop, web1).await;

    let kept = shop.dhow(["proxy", "remove"]).await.succeeds();
    kept.shows("web1: Not removing the proxy, as other apps are installed");
    serves_both(web1).await;
    let _ = shop.dhow(["app", "remove"]).await.succeeds();
    assert_eq!(web1.answer_as("blog.example.com", "/version").await, "v1");
    shop.dhow(["proxy", "remove"])
        .await
        .succeeds()
        .shows("Not removing the proxy");
    let _ = blog.dhow(["app", "remove"]).await.succeeds();
    let _ = blog.dhow(["proxy", "remove"]).await.succeeds();
    for host in [web1, web2] {
        assert_eq!(host.containers().await, []);
    }
}

async fn every_route_is_back_after_a_reboot(shop: &Project, [web1, web2]: [&Host; 2]) {
    shop.hook("pre-proxy-reboot", "echo \"before $KAMAL_HOSTS\"");
    shop.hook("post-proxy-reboot", "echo \"after $KAMAL_HOSTS\"");
    let before = web1.inspect("kamal-proxy").await["Id"].clone();
    let told = shop
        .dhow(["proxy", "reboot", "--rolling", "-y"])
        .await
        .succeeds();
    let order = [
        "Fetch the proxy's image on 2 hosts",
        "before web1",
        "see that blog-web, shop-web are back",
        "after web1",
        "before web2",
        "after web2",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|text| {
            told.stderr
                .find(text)
                .unwrap_or_else(|| panic!("{text}\n{told}"))
        })
        .collect();
    assert!(places.is_sorted(), "{told}");
    assert_ne!(web1.inspect("kamal-proxy").await["Id"], before);
    for host in [web1, web2] {
        serves_both(host).await;
        let proxies = host
            .exec("docker ps -a --format '{{.Names}}' --filter name=kamal-proxy")
            .await;
        assert_eq!(proxies.trim(), "kamal-proxy", "nothing is left beside it");
        let list = host.exec("docker exec kamal-proxy kamal-proxy list").await;
        assert!(
            list.contains("shop-web") && list.contains("blog-web"),
            "{list}"
        );
    }
    // The app is deployed to the new proxy as to the old one.
    shop.release("v1").await;
    let _ = shop.dhow(["deploy"]).await.succeeds();
    serves_both(web1).await;
}

async fn a_proxy_that_cannot_run_changes_nothing(blog: &Project, web1: &Host) {
    let before = web1.inspect("kamal-proxy").await["Id"].clone();
    let settings = blog.read("config/deploy.yml");
    for (run, told) in [
        ("{version: v7.7.7}", "failed to fetch the proxy's image"),
        ("{options: {memory: nonsense}}", "make the new proxy"),
        ("{options: {entrypoint: /bin/false}}", "start the new proxy"),
        // It ends as soon as it runs.
        (
            "{options: {entrypoint: kamal-proxy}}",
            "wait until it answers",
        ),
    ] {
        let changed = settings.replace(
            "blog.example.com}",
            &format!("blog.example.com, run: {run}}}"),
        );
        blog.write("config/deploy.yml", &changed);
        blog.dhow(["proxy", "reboot", "-y", "-h", "web1"])
            .await
            .fails_with(1)
            .shows(told);
        assert_eq!(web1.inspect("kamal-proxy").await["Id"], before, "{run}");
        serves_both(web1).await;
    }
    blog.write("config/deploy.yml", &settings);
}

async fn it_is_stopped_and_started(shop: &Project, web1: &Host) {
    let _ = shop.dhow(["proxy", "stop"]).await.succeeds();
    assert!(web1.get("/").await.is_err());
    let _ = shop.dhow(["proxy", "stop"]).await.succeeds();
    let _ = shop.dhow(["proxy", "start"]).await.succeeds();
    serves_both(web1).await;
    let _ = shop.dhow(["proxy", "restart"]).await.succeeds();
    serves_both(web1).await;
    let log = web1.read("~/.kamal/shop-audit.log").await;
    assert!(
        log.contains("Stopped proxy") && log.contains("Started proxy"),
        "{log}"
    );
}

async fn its_settings_are_written_and_forgotten(shop: &Project, web1: &Host) {
    let set = [
        "proxy",
        "boot_config",
        "set",
        "--log-max-size",
        "3m",
        "--debug",
        "--docker-options",
        "label=shelf=top",
        "memory=300m",
    ];
    shop.dhow(set).await.succeeds().shows("deprecated");
    let shown = shop.dhow(["proxy", "boot_config", "get"]).await.succeeds();
    let line = "--publish 80:80 --publish 443:443 --log-opt max-size=3m --label=shelf=top --memory=300m \
                basecamp/kamal-proxy:v0.9.2 kamal-proxy run --debug";
    assert_eq!(
        shown.stdout,
        format!("Host web1: {line}\nHost web2: {line}\n")
    );
    let _ = shop.dhow(["proxy", "reboot", "-y"]).await.succeeds();
    let proxy = web1.inspect("kamal-proxy").await;
    assert_eq!(proxy["Config"]["Labels"]["shelf"], "top");
    assert_eq!(proxy["Config"]["Cmd"][2], "--debug");
    assert_eq!(
        proxy["HostConfig"]["RestartPolicy"]["Name"],
        "unless-stopped"
    );
    serves_both(web1).await;
    let _ = shop
        .dhow(["proxy", "boot_config", "reset"])
        .await
        .succeeds();
    assert_eq!(web1.exec("ls ~/.kamal/proxy").await.trim(), "apps-config");
}

#[tokio::test]
async fn a_role_with_its_own_certificate_is_served_over_tls() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    let web1 = &world["web1"];
    let issued = rcgen::generate_simple_self_signed(["shop.example.com".to_owned()])
        .expect("a certificate can be made");
    shop.configure(
        "servers: [web1]\nproxy:\n  host: shop.example.com\n  ssl: {certificate_pem: CERT, private_key_pem: KEY}\n",
    );
    let secrets = format!(
        "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\nCERT=\"{}\"\nKEY=\"{}\"\n",
        issued.cert.pem().trim_end(),
        issued.signing_key.serialize_pem().trim_end()
    );
    shop.write(".kamal/secrets", &secrets);
    shop.commit("Say where to deploy").await;
    let told = shop.dhow(["setup", "-v"]).await.succeeds();
    told.hides("PRIVATE KEY");

    let plain = web1
        .get_as("shop.example.com", "/version?a=b")
        .await
        .expect("the proxy answers");
    assert_eq!(plain.status, 301);
    assert_eq!(
        plain.header("location"),
        Some("https://shop.example.com/version?a=b")
    );
    let answer = over_tls(web1, issued.cert.der().clone(), "/version").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.trim_end().ends_with("v1"), "{answer}");

    // The certificate lies in a file, so it is there after a reboot too.
    let _ = shop.dhow(["proxy", "reboot", "-y"]).await.succeeds();
    let answer = over_tls(web1, issued.cert.der().clone(), "/version").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// The whole answer to a request over TLS from a client that trusts this certificate alone.
async fn over_tls(host: &Host, trusted: CertificateDer<'static>, path: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(host.tls())
        .await
        .expect("the proxy listens");
    let name = ServerName::try_from("shop.example.com").expect("it is a name");
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let mut stream = connecting.await.expect("the certificate is the right one");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.expect("the proxy listens");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer).await;
    read.expect("the answer is complete");
    answer
}
