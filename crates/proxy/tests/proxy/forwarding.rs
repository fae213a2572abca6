//! What reaches a target, and what comes back: paths, headers, bodies, limits, pages, log lines.

use crate::app::App;
use crate::client::{Client, exchange, get};
use crate::process::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn an_escaped_slash_stays_what_it_was() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--path-prefix",
        "/api",
    ]);
    assert_eq!(
        get(proxy.port, "/api/a%2Fb?x=%2F;y").await.body,
        "/a%2Fb?x=%2F;y"
    );
    assert_eq!(
        get(proxy.port, "/%61pi/a%2Fb//..%2f").await.body,
        "/a%2Fb//..%2f"
    );
    assert_eq!(
        get(proxy.port, "/api%2Furi").await.status,
        404,
        "an escaped slash separates nothing"
    );
    assert_eq!(get(proxy.port, "/apiuri").await.status, 404);
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--path-prefix",
        "/uri",
        "--strip-path-prefix=false",
    ]);
    assert_eq!(get(proxy.port, "/uri").await.body, "/uri");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_choose_their_service() {
    let (one, two) = (App::start("one").await, App::start("two").await);
    let proxy = Proxy::start();
    proxy.done(&[
        "deploy",
        "one",
        "--target",
        &one.target(),
        "--host",
        "one.example.com",
    ]);
    proxy.done(&[
        "deploy",
        "two",
        "--target",
        &two.target(),
        "--host",
        "*.example.com",
    ]);
    let ask = async |host: &str| {
        exchange(
            proxy.port,
            &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        )
        .await
    };
    assert_eq!(ask("One.Example.com:8080").await.body, "one");
    assert_eq!(ask("other.example.com").await.body, "two");
    let none = ask("example.org").await;
    assert_eq!(none.status, 404);
    assert!(none.body.contains("404 Not Found") && none.head.contains("text/html; charset=utf-8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_leaves_its_host_in_doubt_is_refused() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target(), "--host", "a"]);
    let status = async |request: &str| exchange(proxy.port, request).await.status;
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await,
        400
    );
    assert_eq!(status("GET / HTTP/1.1\r\n\r\n").await, 400);
    assert_eq!(
        status("GET http://b@a/ HTTP/1.1\r\nHost: a\r\n\r\n").await,
        400
    );
    assert_eq!(
        status("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n").await,
        405
    );
    let seen = exchange(
        proxy.port,
        "GET http://a/headers HTTP/1.1\r\nHost: b\r\n\r\n",
    )
    .await;
    assert!(
        seen.body.contains("host: a\n"),
        "an absolute URL outweighs Host: {seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_any_size_and_form_arrive_whole() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let mut client = Client::connect(proxy.port).await;
    let large = "0123456789abcdef".repeat(200_000);
    let head = format!(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        large.len()
    );
    client.send(&format!("{head}{large}")).await;
    assert!(
        client
            .head()
            .await
            .unwrap()
            .contains(&format!("content-length: {}", large.len()))
    );
    assert!(
        client.read(large.len()).await == large,
        "3.2 MB came back changed"
    );
    client
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        .await;
    assert!(client.head().await.unwrap().starts_with("http/1.1 100"));
    client.send("ok").await;
    assert_eq!(client.answer().await.unwrap().body, "ok");
    client
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    client.send("2\r\nab\r\n").await;
    let head = client.head().await.unwrap();
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(
        client.read(7).await,
        "2\r\nab\r\n",
        "a part is passed on before the next has come"
    );
    client.send("1\r\nc\r\n0\r\n\r\n").await;
    assert_eq!(client.read(11).await, "1\r\nc\r\n0\r\n\r\n");
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = client.head().await.unwrap();
    assert!(head.contains("content-length: 3"), "{head}");
    assert_eq!(
        client.get("/").await.unwrap().body,
        "app",
        "HEAD has no body"
    );
    client
        .send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /uri HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert_eq!(client.answer().await.unwrap().body, "app");
    assert_eq!(client.answer().await.unwrap().body, "/uri");
}

#[tokio::test(flavor = "multi_thread")]
async fn header_names_are_written_as_the_original_writes_them() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let mut client = Client::connect(proxy.port).await;
    client
        .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    let answer = client.rest().await;
    assert!(
        answer.contains("\r\nContent-Length: 3\r\n") && answer.contains("\r\nX-App: app\r\n"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_learn_who_asks() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    let request = "GET /headers HTTP/1.1\r\nHost: a.b\r\nX-Forwarded-For: 192.0.2.1\r\nX-Request-ID: one\r\n\
                   Connection: keep-alive, X-Mine\r\nX-Mine: secret\r\nForwarded: for=x\r\n\r\n";
    proxy.done(&["deploy", "web", "--target", &app.target()]);
    let seen = exchange(proxy.port, request).await.body;
    for line in [
        "host: a.b",
        "x-forwarded-for: 192.0.2.1, 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: a.b",
        "x-request-id: one",
        &format!("x-kamal-target: {}", app.target()),
    ] {
        assert!(
            seen.lines().any(|found| found == line),
            "{line} is not in\n{seen}"
        );
    }
    assert!(
        !seen.contains("x-mine") && !seen.contains("forwarded: for"),
        "{seen}"
    );
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--forward-headers=false",
    ]);
    let seen = exchange(proxy.port, request).await.body;
    assert!(seen.contains("x-forwarded-for: 127.0.0.1\n"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_pass_up_to_the_limit() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    let limited = [
        "--buffer-requests",
        "--buffer-responses",
        "--max-request-body",
        "10",
    ];
    proxy.done(&[&["deploy", "web", "--target", &app.target()][..], &limited].concat());
    let declared = |body: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let chunked = |body: &str| {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
    };
    let answer = exchange(proxy.port, &declared("0123456789")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "0123456789"));
    assert_eq!(
        exchange(proxy.port, &chunked("0123456789")).await.status,
        200
    );
    assert_eq!(
        exchange(proxy.port, &declared("0123456789a")).await.status,
        413
    );
    assert_eq!(
        exchange(proxy.port, &chunked("0123456789a")).await.status,
        413
    );
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--buffer-responses",
        "--max-response-body",
        "2",
    ]);
    assert_eq!(get(proxy.port, "/").await.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_brings_its_own_error_pages() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    let pages = tempfile::tempdir().unwrap();
    let directory = pages.path().to_str().unwrap();
    let deploy = [
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--error-pages",
        directory,
    ];
    assert!(
        proxy
            .refused(&deploy)
            .starts_with("Error: unable to load error pages")
    );
    std::fs::write(pages.path().join("503.html"), "Closed. {{ .Message }}").unwrap();
    proxy.done(&deploy);
    proxy.done(&["stop", "web", "--message", "Back at <noon>"]);
    let answer = get(proxy.port, "/").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "Closed. Back at &lt;noon&gt;")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_one_log_line() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    let headers = [
        "--log-request-header",
        "Cache-Control",
        "--log-response-header",
        "Content-Length,X-App",
    ];
    proxy.done(&[&["deploy", "web", "--target", &app.target()][..], &headers].concat());
    let request = "GET /a%20b?c=d HTTP/1.1\r\nHost: h:1\r\nUser-Agent: t\"x\r\nX-Request-ID: r1\r\n\
                   Cache-Control: a\r\nCache-Control: b\r\n\r\n";
    exchange(proxy.port, request).await;
    let line = proxy.logged(|line| line["msg"] == "Request" && line["request_id"] == "r1");
    let fields: Vec<_> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for field in [
        "time",
        "level",
        "msg",
        "host",
        "port",
        "path",
        "request_id",
        "status",
        "service",
        "target",
        "duration",
        "method",
        "req_content_length",
        "req_content_type",
        "resp_content_length",
        "resp_content_type",
        "client_addr",
        "client_port",
        "remote_addr",
        "user_agent",
        "proto",
        "scheme",
        "query",
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    let told = |field: &str| line[field].to_string();
    assert_eq!(told("host"), r#""h:1""#);
    assert_eq!(told("path"), r#""/a%20b""#);
    assert_eq!(told("query"), r#""c=d""#);
    assert_eq!(told("status"), "200");
    assert_eq!(told("service"), r#""web""#);
    assert_eq!(told("resp_content_length"), "3");
    assert_eq!(told("user_agent"), r#""t\"x""#);
    assert_eq!(told("req_cache_control"), r#""a,b""#);
    assert_eq!(told("resp_x_app"), r#""app""#);
    let mut left = Client::connect(proxy.port).await;
    left.send("GET /hold HTTP/1.1\r\nHost: a\r\nX-Request-ID: r2\r\n\r\n")
        .await;
    app.holds(1).await;
    drop(left);
    let line = proxy.logged(|line| line["request_id"] == "r2");
    assert_eq!(
        line["status"], 499,
        "a client that leaves is logged as such"
    );
}
