//! Upgraded connections, as browsers use them.

use std::time::{Duration, Instant};

use crate::app::App;
use crate::client::Client;
use crate::process::Proxy;

const UPGRADE: &str =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_connection_passes_and_is_cut_by_a_drain() {
    let (old, new) = (App::start("old").await, App::start("new").await);
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &old.target()]);
    let mut client = Client::connect(proxy.port).await;
    client.send(UPGRADE).await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(
        head.contains("upgrade: websocket") && head.contains("connection: upgrade"),
        "{head}"
    );
    for word in ["one", "two", "three"] {
        client.send(word).await;
        assert_eq!(client.read(word.len()).await, word);
    }
    let begun = Instant::now();
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &new.target(),
        "--drain-timeout",
        "15s",
    ]);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "a drain does not wait for upgraded connections"
    );
    assert_eq!(client.rest().await, "");
    let line = proxy.logged(|line| line["msg"] == "Request" && line["path"] == "/ws");
    assert_eq!(line["status"], 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_connection_survives_the_deploy_of_another_service() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let mut client = Client::connect(proxy.port).await;
    client.send(UPGRADE).await;
    client.head().await.unwrap();
    proxy.done(&[
        "deploy",
        "other",
        "--target",
        &app.target(),
        "--host",
        "other",
    ]);
    client.send("still here").await;
    assert_eq!(client.read(10).await, "still here");
}
