//! A registry that wants tokens, as the large ones do.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use dhow_registry_client::{Login, Place, RegistryClient, Route};
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::AUTHORIZATION,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

const MANIFEST: &str = r#"{"schemaVersion":2,"layers":[],"config":{"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#;

#[derive(Default)]
struct Book {
    /// Scope and credentials of each request for a token.
    asked: Vec<String>,
    /// Tokens that still hold.
    valid: Vec<String>,
}

pub(crate) struct Guarded {
    port: u16,
    book: Arc<Mutex<Book>>,
}

impl Guarded {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Mutex::new(Book::default()));
        let kept = Arc::clone(&book);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let book = Arc::clone(&kept);
                let service = service_fn(move |request| {
                    let answer = answer(&request, port, &mut book.lock().unwrap());
                    async { Ok::<_, Infallible>(answer) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { port, book }
    }

    pub(crate) fn client(&self, login: Option<Login>) -> RegistryClient {
        let place = Place::new(Some(&format!("localhost:{}", self.port)), "acme/shop").unwrap();
        RegistryClient::new(place, login, true, Route::Direct, &[]).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.book.lock().unwrap().asked.clone()
    }

    pub(crate) fn forget_tokens(&self) {
        self.book.lock().unwrap().valid.clear();
    }
}

fn answer(request: &Request<Incoming>, port: u16, book: &mut Book) -> Response<Full<Bytes>> {
    let shown = request
        .headers()
        .get(AUTHORIZATION)
        .map(|it| it.to_str().unwrap());
    if request.uri().path() == "/token" {
        return give_token(request.uri().query().unwrap(), shown, book);
    }
    let token = shown.and_then(|it| it.strip_prefix("Bearer "));
    if token.is_some_and(|it| book.valid.iter().any(|valid| valid == it)) {
        return Response::new(MANIFEST.into());
    }
    let challenge = format!(
        r#"Bearer realm="http://localhost:{port}/token",service="test",scope="repository:acme/shop:pull""#
    );
    Response::builder()
        .status(401)
        .header("www-authenticate", challenge)
        .body(Full::default())
        .unwrap()
}

fn give_token(query: &str, shown: Option<&str>, book: &mut Book) -> Response<Full<Bytes>> {
    assert!(query.starts_with("service=test&scope="), "{query}");
    let scope = query
        .rsplit_once('=')
        .unwrap()
        .1
        .replace("%3A", ":")
        .replace("%2F", "/");
    let login = shown.and_then(|it| it.strip_prefix("Basic ")).unwrap();
    let login = String::from_utf8(BASE64_STANDARD.decode(login).unwrap()).unwrap();
    if login != "deployer:harbour-pass" {
        let said =
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}"#;
        return Response::builder().status(401).body(said.into()).unwrap();
    }
    book.asked.push(format!("{scope} as {login}"));
    let token = format!("token-{}", book.asked.len());
    book.valid.push(token.clone());
    Response::new(format!(r#"{{"token":"{token}"}}"#).into())
}
