//! TLS with certificates from files, HTTP/2, and the way from plain to encrypted.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::app::App;
use crate::client::{Client, exchange};
use crate::process::Proxy;

/// A certificate for some names, as files.
struct Issued {
    folder: TempDir,
    certificate: rcgen::Certificate,
}

fn issued(names: &[&str]) -> Issued {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    Issued {
        folder,
        certificate: cert,
    }
}

impl Issued {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The flags of a deploy that uses it.
    fn flags(&self) -> Vec<String> {
        vec![
            "--tls".to_owned(),
            format!("--tls-certificate-path={}", self.path("cert.pem").display()),
            format!("--tls-private-key-path={}", self.path("key.pem").display()),
        ]
    }

    /// A client that trusts it alone, speaks these protocols, and asks for `name`.
    async fn connect(
        &self,
        port: u16,
        name: &str,
        protocols: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    /// Asks for a path over HTTP/1.1.
    async fn get(&self, port: u16, host: &str, path: &str) -> (u16, String) {
        let mut stream = self.connect(port, host, &[b"http/1.1"]).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// Sends a request over HTTP/2.
    async fn over_http2(&self, port: u16, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let host = request.uri().host().unwrap().to_owned();
        let stream = self
            .connect(port, &host, &[b"h2", b"http/1.1"])
            .await
            .unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let handshake =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }
}

fn deploy(proxy: &Proxy, name: &str, app: &App, more: &[&str], issued: Option<&Issued>) {
    let target = app.target();
    let mut words = vec!["deploy", name, "--target", &target];
    words.extend(more);
    let flags = issued.map(Issued::flags).unwrap_or_default();
    words.extend(flags.iter().map(String::as_str));
    proxy.done(&words);
}

/// A proxy that serves the shop with a certificate for these names, and the app behind it.
async fn shop_over_tls(names: &[&str]) -> (Issued, App, Proxy) {
    let shop = issued(names);
    let app = App::start("shop").await;
    let proxy = Proxy::start();
    let host = ["--host=shop.example.com"];
    deploy(&proxy, "shop", &app, &host, Some(&shop));
    (shop, app, proxy)
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_shows_its_own_certificate() {
    let (shop, blog) = (
        issued(&["shop.example.com"]),
        issued(&["*.blog.example.com"]),
    );
    let (shop_app, blog_app) = (App::start("shop").await, App::start("blog").await);
    let proxy = Proxy::start();
    deploy(
        &proxy,
        "shop",
        &shop_app,
        &["--host=shop.example.com"],
        Some(&shop),
    );
    deploy(
        &proxy,
        "blog",
        &blog_app,
        &["--host=*.blog.example.com"],
        Some(&blog),
    );
    let port = proxy.tls_port;
    assert_eq!(shop.get(port, "shop.example.com", "/").await.1, "shop");
    assert_eq!(blog.get(port, "a.blog.example.com", "/").await.1, "blog");
    assert_eq!(proxy.list()[1]["tls"], true);

    let other = shop.connect(port, "a.blog.example.com", &[]).await;
    assert!(
        other.is_err(),
        "the client sees the certificate of the blog"
    );
    let unknown = shop.connect(port, "elsewhere.example.com", &[]).await;
    assert!(unknown.is_err(), "nobody serves that name");
    proxy.logged(|line| {
        let message = line["msg"].as_str().unwrap();
        message.starts_with("http: TLS handshake error from 127.0.0.1")
            || message.starts_with("http: TLS handshake error from [::ffff:127.0.0.1]")
    });

    // What is restored after a restart is encrypted as before.
    let proxy = proxy.restart();
    assert_eq!(
        shop.get(proxy.tls_port, "shop.example.com", "/").await.1,
        "shop"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_requests_are_sent_to_where_tls_is() {
    let (shop, app, proxy) = shop_over_tls(&["shop.example.com"]).await;
    let api = App::start("api").await;
    deploy(
        &proxy,
        "api",
        &api,
        &["--host=shop.example.com", "--path-prefix=/api"],
        None,
    );
    for path in ["/a%2Fb?c=d", "/api/x", "/up"] {
        let request = format!("POST {path} HTTP/1.1\r\nHost: shop.example.com:8080\r\n\r\n");
        let mut client = Client::connect(proxy.port).await;
        client.send(&request).await;
        let head = client.head().await.unwrap();
        assert!(head.starts_with("http/1.1 301 "), "{head}");
        let location = format!(
            "location: https://shop.example.com{}\r\n",
            path.to_lowercase()
        );
        assert!(head.contains(&location), "{head}");
        assert!(head.contains("connection: close\r\n"), "{head}");
    }
    // Another prefix of the host is as encrypted as its root.
    assert_eq!(
        shop.get(proxy.tls_port, "shop.example.com", "/api/x")
            .await
            .1,
        "api"
    );

    deploy(
        &proxy,
        "shop",
        &app,
        &["--host=shop.example.com", "--tls-redirect=false"],
        Some(&shop),
    );
    let plain = "GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n";
    assert_eq!(exchange(proxy.port, plain).await.body, "shop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_tls_is_not_served_encrypted() {
    let names = ["shop.example.com", "plain.example.com"];
    let (shop, _app, proxy) = shop_over_tls(&names).await;
    let plain = App::start("plain").await;
    deploy(&proxy, "plain", &plain, &["--host=plain.example.com"], None);
    let connection = shop.connect(proxy.tls_port, "shop.example.com", &[]).await;
    let mut connection = connection.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: plain.example.com\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_reaches_the_app_as_http1() {
    let (shop, _app, proxy) = shop_over_tls(&["shop.example.com"]).await;
    let request = Request::get("https://shop.example.com/headers?x=1")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .header("x-forwarded-proto", "http")
        .body(Full::default())
        .unwrap();
    let answer = shop.over_http2(proxy.tls_port, request).await;
    assert_eq!(answer.version(), hyper::Version::HTTP_2);
    let headers = text(answer).await;
    for line in [
        "host: shop.example.com\n",
        "cookie: a=1; b=2\n",
        // Over TLS the client is not trusted unless it is said.
        "x-forwarded-proto: https\n",
        "x-forwarded-host: shop.example.com\n",
    ] {
        assert!(headers.contains(line), "{line} in {headers}");
    }
    let logged = proxy.logged(|line| line["path"] == "/headers");
    assert_eq!(
        [
            &logged["proto"],
            &logged["scheme"],
            &logged["host"],
            &logged["query"]
        ],
        ["HTTP/2.0", "https", "shop.example.com", "x=1"]
    );
    assert_eq!(logged["port"], proxy.tls_port);

    let sent = Bytes::from(vec![b'x'; 300_000]);
    let request = Request::post("https://shop.example.com/echo")
        .body(Full::new(sent.clone()))
        .unwrap();
    let echoed = text(shop.over_http2(proxy.tls_port, request).await).await;
    assert_eq!(echoed.len(), sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_over_http2_finish_when_the_proxy_ends() {
    let (shop, app, proxy) = shop_over_tls(&["shop.example.com"]).await;
    let request = Request::get("https://shop.example.com/hold")
        .body(Full::default())
        .unwrap();
    let port = proxy.tls_port;
    let held = tokio::spawn(async move { text(shop.over_http2(port, request).await).await });
    app.holds(1).await;
    proxy.terminate();
    app.release();
    assert_eq!(held.await.unwrap(), "shop");
    assert_eq!(proxy.exit_code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn http_where_tls_is_spoken_is_told_so() {
    let proxy = Proxy::start();
    let mut client = Client::connect(proxy.tls_port).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.0 400 "), "{answer}");
    assert!(
        answer.ends_with("Client sent an HTTP request to an HTTPS server.\n"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_served_change_nothing() {
    let (shop, app, proxy) = shop_over_tls(&["shop.example.com"]).await;
    let other_key = KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(shop.path("other.pem"), other_key).unwrap();
    std::fs::write(shop.path("empty.pem"), "").unwrap();
    let target = app.target();
    for (certificate, key) in [
        ("cert.pem", "other.pem"),
        ("empty.pem", "key.pem"),
        ("cert.pem", "empty.pem"),
        ("missing.pem", "key.pem"),
    ] {
        let refused = proxy.refused(&[
            "deploy",
            "shop",
            "--target",
            &target,
            "--host=shop.example.com",
            "--tls",
            &format!(
                "--tls-certificate-path={}",
                shop.path(certificate).display()
            ),
            &format!("--tls-private-key-path={}", shop.path(key).display()),
        ]);
        assert!(
            refused.starts_with("Error: unable to load certificate: "),
            "{refused}"
        );
        assert!(!refused.contains("PRIVATE"), "{refused}");
    }
    assert_eq!(
        shop.get(proxy.tls_port, "shop.example.com", "/").await.1,
        "shop"
    );
}
