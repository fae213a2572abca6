//! Pause, stop and resume, also across a restart.

use std::time::Duration;

use crate::app::App;
use crate::client::{Client, get};
use crate::process::Proxy;

async fn deployed() -> (App, Proxy) {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    (app, proxy)
}

/// Whether a request that was sent has got no answer for a while.
async fn is_held(client: &mut Client) -> bool {
    tokio::time::timeout(Duration::from_millis(150), client.head())
        .await
        .is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_requests_until_resume() {
    let (_app, proxy) = deployed().await;
    proxy.done(&["pause", "web"]);
    assert_eq!(proxy.list()[0]["state"], "paused");
    assert_eq!(
        get(proxy.port, "/up").await.status,
        200,
        "health is answered for the service"
    );
    let mut held = Client::connect(proxy.port).await;
    held.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(is_held(&mut held).await);
    proxy.done(&["resume", "web"]);
    assert_eq!(held.answer().await.unwrap().body, "app");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_a_restart_and_a_resume_go_together() {
    for (close, state) in [("pause", "paused"), ("stop", "stopped")] {
        let (_app, proxy) = deployed().await;
        proxy.done(&[close, "web"]);
        let proxy = proxy.restart();
        assert_eq!(proxy.list()[0]["state"], state);
        proxy.done(&["resume", "web"]);
        assert_eq!(get(proxy.port, "/").await.body, "app");
        proxy.done(&["pause", "web"]);
        let proxy = proxy.restart();
        proxy.done(&["stop", "web"]);
        assert_eq!(get(proxy.port, "/").await.status, 503);
        let proxy = proxy.restart();
        proxy.done(&["resume", "web"]);
        proxy.done(&["resume", "web"]);
        assert_eq!(get(proxy.port, "/").await.body, "app");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_held_no_longer_than_the_pause_allows() {
    let (_app, proxy) = deployed().await;
    proxy.done(&["pause", "web", "--max-pause", "100ms"]);
    assert_eq!(get(proxy.port, "/").await.status, 504);
    proxy.logged(|line| line["msg"] == "Rejecting request due to expired pause");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_turns_requests_away_with_its_message() {
    let (app, proxy) = deployed().await;
    proxy.done(&["stop", "web", "--message", "Back <soon>"]);
    let answer = get(proxy.port, "/").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("Back &lt;soon&gt;"), "{}", answer.body);
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    assert_eq!(
        get(proxy.port, "/").await.status,
        503,
        "a deploy leaves a stopped service stopped"
    );
    proxy.done(&["stop", "web", "--message", "other"]);
    assert!(get(proxy.port, "/").await.body.contains("other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_waits_for_requests_and_then_cuts_them() {
    let (app, proxy) = deployed().await;
    let mut slow = Client::connect(proxy.port).await;
    slow.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").await;
    app.holds(1).await;
    proxy.done(&["stop", "web", "--drain-timeout", "100ms"]);
    assert_eq!(slow.answer().await.unwrap().status, 504);
    assert_eq!(
        proxy.refused(&["pause", "other"]),
        "Error: service not found\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_in_the_middle_of_a_drain_opens_at_once() {
    let (app, proxy) = deployed().await;
    let mut slow = Client::connect(proxy.port).await;
    slow.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").await;
    app.holds(1).await;
    let mut pause = proxy.command_begun(&["pause", "web"]);
    proxy.logged(|line| line["msg"] == "Service paused");
    proxy.done(&["resume", "web"]);
    assert_eq!(get(proxy.port, "/").await.body, "app");
    app.release();
    assert_eq!(slow.answer().await.unwrap().body, "app");
    assert!(pause.wait().unwrap().success());
}
