//! Deploys: the switch, what comes before it and what after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::client::{Client, get};
use crate::process::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn alternating_deploys_under_load_fail_no_request() {
    let apps = [App::start("one").await, App::start("two").await];
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &apps[0].target()]);
    let ended = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|_| tokio::spawn(ask_until(ended.clone(), proxy.port)))
        .collect();
    let proxy = tokio::task::spawn_blocking(move || {
        for round in 1..=20 {
            proxy.done(&[
                "deploy",
                "web",
                "--target",
                &apps[round % 2].target(),
                "--drain-timeout",
                "5s",
            ]);
        }
        proxy
    })
    .await
    .unwrap();
    ended.store(true, Ordering::Relaxed);
    let mut names: Vec<String> = Vec::new();
    for client in clients {
        names.extend(client.await.unwrap());
    }
    assert!(
        names.len() > 200,
        "only {} requests, which proves nothing",
        names.len()
    );
    assert!(names.contains(&"one".to_owned()) && names.contains(&"two".to_owned()));
    drop(proxy);
}

/// Asks over one connection until told to end; anything but a complete 200 fails.
async fn ask_until(ended: Arc<AtomicBool>, port: u16) -> Vec<String> {
    let mut client = Client::connect(port).await;
    let mut names = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let answer = client.get("/").await.expect("no connection is lost");
        assert_eq!(answer.status, 200, "{answer:?}");
        names.push(answer.body);
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_stays_sick_changes_nothing_and_tells_why() {
    let (good, sick) = (App::start("good").await, App::start("sick").await);
    sick.set_healthy(false);
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &good.target()]);
    let target = sick.target();
    let text = proxy.refused(&[
        "deploy",
        "web",
        "--target",
        &target,
        "--deploy-timeout",
        "500ms",
    ]);
    assert_eq!(
        text,
        format!(
            "Error: target failed to become healthy within configured timeout (500ms)\n\
             last check of {target}: unexpected status (500)\n"
        )
    );
    assert_eq!(get(proxy.port, "/").await.body, "good");
    let text = proxy.refused(&[
        "deploy",
        "web",
        "--target",
        "localhost:1",
        "--deploy-timeout",
        "500ms",
    ]);
    assert!(
        text.contains("last check of localhost:1: Connection refused"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_returns_when_the_last_old_request_has_ended() {
    let (old, new) = (App::start("old").await, App::start("new").await);
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &old.target()]);
    let mut slow = Client::connect(proxy.port).await;
    slow.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").await;
    old.holds(1).await;
    assert_eq!(get(proxy.port, "/").await.body, "old");
    assert_eq!(old.connections(), 2, "one is busy and one idle");
    let mut deploy = proxy.command_begun(&["deploy", "web", "--target", &new.target()]);
    while get(proxy.port, "/").await.body != "new" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        deploy.try_wait().unwrap(),
        None,
        "the old target still has a request"
    );
    wait_until(
        || old.connections() == 1,
        "idle connections to the old target are closed",
    )
    .await;
    old.release();
    assert_eq!(slow.answer().await.unwrap().body, "old");
    assert!(deploy.wait().unwrap().success());
    wait_until(|| old.connections() == 0, "the last one is not kept").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_requests_are_cut_at_the_drain_timeout() {
    let (old, new) = (App::start("old").await, App::start("new").await);
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &old.target()]);
    let mut unanswered = Client::connect(proxy.port).await;
    unanswered
        .send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    old.holds(1).await;
    let mut streaming = Client::connect(proxy.port).await;
    streaming
        .send("GET /drip HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert!(streaming.head().await.unwrap().starts_with("http/1.1 200"));
    let begun = Instant::now();
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &new.target(),
        "--drain-timeout",
        "400ms",
    ]);
    assert!(
        begun.elapsed() >= Duration::from_millis(400),
        "they had their time"
    );
    assert_eq!(unanswered.answer().await.unwrap().status, 504);
    let body = streaming.rest().await;
    assert!(
        !body.ends_with("0\r\n\r\n"),
        "a body that is cut must not look complete"
    );
    let drained = proxy.logged(|line| line["msg"] == "Service drained" && line["cut"] != 0);
    assert_eq!(drained["cut"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_ends_with_its_client() {
    let (good, sick) = (App::start("good").await, App::start("sick").await);
    sick.set_healthy(false);
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &good.target()]);
    let mut deploy = proxy.command_begun(&[
        "deploy",
        "web",
        "--target",
        &sick.target(),
        "--health-check-interval",
        "20ms",
    ]);
    wait_until(|| sick.checks() > 0, "the deploy has begun").await;
    deploy.kill().unwrap();
    deploy.wait().unwrap();
    proxy.logged(|line| line["msg"] == "Deploy cancelled because its client left");
    sick.set_healthy(true);
    let checks = sick.checks();
    // Fifteen intervals in which a deploy that was still alive would have noticed and switched.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        sick.checks() <= checks + 1,
        "nobody asks the sick target any more"
    );
    assert_eq!(get(proxy.port, "/").await.body, "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_and_prefix_belong_to_one_service() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&[
        "deploy",
        "one",
        "--target",
        &app.target(),
        "--host",
        "a.example.com,b.example.com",
    ]);
    let conflict = [
        "deploy",
        "two",
        "--target",
        &app.target(),
        "--host",
        "B.example.com",
    ];
    assert_eq!(
        proxy.refused(&conflict),
        "Error: host settings conflict with another service\n"
    );
    proxy.done(&[
        "deploy",
        "two",
        "--target",
        &app.target(),
        "--host",
        "b.example.com",
        "--path-prefix",
        "/x",
    ]);
    let services = proxy.list();
    assert_eq!(services[1]["paths"][0], "/x");
    assert_eq!(
        services[0]["hosts"],
        serde_json::json!(["a.example.com", "b.example.com"])
    );
    proxy.done(&["rm", "one"]);
    assert_eq!(
        proxy.refused(&["remove", "one"]),
        "Error: service not found\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_targets_share_the_requests_of_the_healthy() {
    let (one, two) = (App::start("one").await, App::start("two").await);
    let proxy = Proxy::start();
    let targets = format!("{},{}", one.target(), two.target());
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &targets,
        "--health-check-interval",
        "20ms",
    ]);
    let mut client = Client::connect(proxy.port).await;
    let mut names = Vec::new();
    for _ in 0..4 {
        names.push(client.get("/").await.unwrap().body);
    }
    names.sort();
    assert_eq!(names, ["one", "one", "two", "two"]);
    one.set_healthy(false);
    proxy.logged(|line| line["msg"] == "Target health updated" && line["state"] == "unhealthy");
    for _ in 0..4 {
        assert_eq!(client.get("/").await.unwrap().body, "two");
    }
    two.set_healthy(false);
    let sick = two.target();
    proxy.logged(|line| line["state"] == "unhealthy" && line["target"] == sick.as_str());
    assert_eq!(client.get("/").await.unwrap().status, 503);
}

/// Waits for a condition that others bring about.
pub(crate) async fn wait_until(condition: impl Fn() -> bool, what: &str) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .is_ok(),
        "in vain: {what}"
    );
}
