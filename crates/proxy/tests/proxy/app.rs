//! A little HTTP application, as a target for the proxy.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// An application that answers with its name, and knows a few paths that do more.
///
/// `/up` health; `/hold` waits until `release`; `/uri` the URI as it came; `/headers` the headers, a line
/// each; `/drip` a body that never ends; `/echo` the body that was sent; `/ws` an upgrade that echoes.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    name: &'static str,
    port: u16,
    healthy: AtomicBool,
    checks: AtomicUsize,
    connections: AtomicUsize,
    held: watch::Sender<usize>,
    released: Semaphore,
    served_per_connection: usize,
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

impl App {
    pub(crate) async fn start(name: &'static str) -> Self {
        Self::start_with(name, usize::MAX).await
    }

    /// An application that closes each connection after so many requests, without a word.
    pub(crate) async fn start_with(name: &'static str, served_per_connection: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app = Self(Arc::new(Inner {
            name,
            port: listener.local_addr().unwrap().port(),
            healthy: AtomicBool::new(true),
            checks: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            held: watch::Sender::new(0),
            released: Semaphore::new(0),
            served_per_connection,
        }));
        tokio::spawn(app.clone().serve(listener));
        app
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            self.0.connections.fetch_add(1, Ordering::SeqCst);
            let app = self.clone();
            let served = Arc::new(AtomicUsize::new(0));
            tokio::spawn(async move {
                let (service_app, count) = (app.clone(), served.clone());
                let service = service_fn(move |request| {
                    let (app, count) = (service_app.clone(), count.clone());
                    async move {
                        if count.fetch_add(1, Ordering::SeqCst) >= app.0.served_per_connection {
                            return Err(std::io::Error::other("this connection has served enough"));
                        }
                        Ok(app.answer(request).await)
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades()
                    .await;
                app.0.connections.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        match request.uri().path() {
            "/up" => self.health(),
            "/hold" => self.hold().await,
            "/uri" => text(request.uri().to_string()),
            "/headers" => text(headers(&request)),
            "/drip" => drip(),
            "/echo" => Response::new(request.into_body().map_err(|_| unreachable!()).boxed()),
            "/ws" => upgrade(request),
            path if path.starts_with("/a%2Fb") => text(request.uri().to_string()),
            _ => self.name(),
        }
    }

    fn health(&self) -> Answer {
        self.0.checks.fetch_add(1, Ordering::SeqCst);
        let status = if self.0.healthy.load(Ordering::SeqCst) {
            StatusCode::OK
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        let mut answer = text("");
        *answer.status_mut() = status;
        answer
    }

    fn name(&self) -> Answer {
        let mut answer = text(self.0.name);
        answer
            .headers_mut()
            .insert("x-app", self.0.name.parse().unwrap());
        answer
    }

    async fn hold(&self) -> Answer {
        self.0.held.send_modify(|held| *held += 1);
        self.0.released.acquire().await.unwrap().forget();
        text(self.0.name)
    }

    /// `localhost:port`, for `--target`.
    pub(crate) fn target(&self) -> String {
        format!("localhost:{}", self.0.port)
    }

    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.0.healthy.store(healthy, Ordering::SeqCst);
    }

    /// How often it was asked for its health.
    pub(crate) fn checks(&self) -> usize {
        self.0.checks.load(Ordering::SeqCst)
    }

    /// How many connections are open to it.
    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come to `/hold`.
    pub(crate) async fn holds(&self, count: usize) {
        self.0
            .held
            .subscribe()
            .wait_for(|held| *held >= count)
            .await
            .unwrap();
    }

    /// Lets one request to `/hold` go.
    pub(crate) fn release(&self) {
        self.0.released.add_permits(1);
    }
}

fn text(text: impl Into<Bytes>) -> Answer {
    Response::new(Full::new(text.into()).boxed())
}

fn headers(request: &Request<Incoming>) -> String {
    let line = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        format!("{name}: {}\n", value.to_str().unwrap())
    };
    request.headers().iter().map(line).collect()
}

/// A byte now, and another every moment, for ever.
fn drip() -> Answer {
    let drops = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok(Frame::data(Bytes::from_static(b"."))), ()))
    });
    Response::new(BodyExt::boxed(StreamBody::new(SyncStream(Box::pin(drops)))))
}

/// A boxed body must be `Sync`, and a stream behind a mutable reference always is.
struct SyncStream<S>(std::pin::Pin<Box<S>>);

impl<S: stream::Stream> stream::Stream for SyncStream<S> {
    type Item = S::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<S::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

fn upgrade(mut request: Request<Incoming>) -> Answer {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgraded.await.unwrap());
        let mut buffer = [0; 256];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            if stream.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    });
    let mut answer = text("");
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer
        .headers_mut()
        .insert("connection", "upgrade".parse().unwrap());
    answer
        .headers_mut()
        .insert("upgrade", "websocket".parse().unwrap());
    answer
}
