//! Connections on both sides: kept, limited in time, retried, and ended with the server.

use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::app::App;
use crate::client::{Client, get};
use crate::deploying::wait_until;
use crate::process::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_on_both_sides() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    wait_until(
        || app.connections() == 0,
        "the health check's connection is closed",
    )
    .await;
    let mut client = Client::connect(proxy.port).await;
    for _ in 0..20 {
        assert_eq!(client.get("/").await.unwrap().body, "app");
    }
    assert_eq!(app.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_on_a_stale_connection_is_sent_again() {
    let app = App::start_with("app", 2).await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let mut client = Client::connect(proxy.port).await;
    for _ in 0..20 {
        assert_eq!(client.get("/").await.unwrap().status, 200);
    }
    // The third request on a connection dies with it, and one that may have had effects is not repeated.
    let statuses = [
        post(&mut client).await,
        post(&mut client).await,
        post(&mut client).await,
    ];
    assert!(statuses.contains(&502), "{statuses:?}");
}

async fn post(client: &mut Client) -> u16 {
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        .await;
    client.answer().await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_in_time_is_given_up() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--target-timeout",
        "150ms",
    ]);
    assert_eq!(get(proxy.port, "/hold").await.status, 504);
    assert_eq!(get(proxy.port, "/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_refuses_or_talks_nonsense_is_a_bad_gateway() {
    let proxy = Proxy::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let state = format!(r#"[{{"name": "web", "active_targets": ["localhost:{port}"]}}]"#);
    std::fs::write(proxy.state_file("kamal-proxy.state"), state).unwrap();
    let proxy = proxy.restart();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example.com ESMTP\r\n")
            .await
            .unwrap();
    });
    assert_eq!(get(proxy.port, "/").await.status, 502);
    wait_until(
        || std::net::TcpStream::connect(("127.0.0.1", port)).is_err(),
        "the target is gone",
    )
    .await;
    assert_eq!(get(proxy.port, "/").await.status, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_accept_is_given_up() {
    // A listener that accepts nothing and whose queue is full drops what else is tried.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
    {
        queued.push(stream);
    }
    let state = format!(
        r#"[{{"name": "web", "active_targets": ["localhost:{}"]}}]"#,
        address.port()
    );
    let proxy = Proxy::start_from(&state);
    let begun = Instant::now();
    assert_eq!(get(proxy.port, "/").await.status, 504);
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "well before the target timeout of 30 s"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_say_nothing_are_dropped() {
    let proxy = Proxy::start_with(&["--client-timeout", "200ms"]);
    assert_eq!(
        Client::connect(proxy.port).await.rest().await,
        "",
        "nothing at all"
    );
    let mut half = Client::connect(proxy.port).await;
    half.send("GET / HTTP/1.1\r\nHost: a\r\nX-").await;
    half.rest().await;
    let mut idle = Client::connect(proxy.port).await;
    assert_eq!(idle.get("/").await.unwrap().status, 404);
    assert_eq!(idle.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_ends_after_its_requests() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let mut idle = Client::connect(proxy.port).await;
    idle.get("/").await.unwrap();
    let mut slow = Client::connect(proxy.port).await;
    slow.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").await;
    app.holds(1).await;
    proxy.terminate();
    assert_eq!(idle.rest().await, "", "idle connections are closed at once");
    assert!(
        TcpStream::connect(("127.0.0.1", proxy.port)).await.is_err(),
        "nobody listens any more"
    );
    app.release();
    assert_eq!(slow.answer().await.unwrap().body, "app");
    assert_eq!(proxy.exit_code(), Some(0));
}
