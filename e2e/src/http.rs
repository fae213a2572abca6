//! HTTP as the tests speak it: one connection, one request at a time, and errors told exactly.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

/// Longer than a proxy may hold a request while it switches, shorter than a test's patience.
const PATIENCE: Duration = Duration::from_secs(15);

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body, without the last newline.
    pub body: String,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
}

impl Response {
    /// The first header of that name, which is written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// A kept connection was closed before the first byte of an answer. Any client asks again on a
    /// new one, as RFC 9110 §9.2.2 lets it for a GET.
    Stale(String),
    /// Everything else is a failed request.
    Failed(String),
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: http1::SendRequest<Empty<Bytes>>,
    used: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Silence> {
        let opened = timeout(PATIENCE, async {
            let stream = TcpStream::connect(address)
                .await
                .map_err(|error| error.to_string())?;
            stream
                .set_nodelay(true)
                .map_err(|error| error.to_string())?;
            http1::handshake(TokioIo::new(stream))
                .await
                .map_err(|error| error.to_string())
        });
        let (sender, driver) = match opened.await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => {
                return Err(Silence::Failed(format!("connecting to {address}: {error}")));
            }
            Err(_) => {
                return Err(Silence::Failed(format!(
                    "no connection to {address} within {PATIENCE:?}"
                )));
            }
        };
        // What goes wrong while driving is told to the request that waits for its answer.
        tokio::spawn(async move { drop(driver.await) });
        Ok(Self {
            sender,
            used: false,
        })
    }

    /// Whether another request can be sent, as far as is known.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> Result<Response, Silence> {
        let reused = std::mem::replace(&mut self.used, true);
        let told = |error: &hyper::Error| {
            // Nothing came back at all, and the connection had served before.
            if reused && (error.is_canceled() || error.is_closed() || error.is_incomplete_message())
            {
                Silence::Stale(explained(error))
            } else {
                Silence::Failed(explained(error))
            }
        };
        let exchange = async {
            self.sender.ready().await.map_err(|error| told(&error))?;
            let response = self
                .sender
                .send_request(request)
                .await
                .map_err(|error| told(&error))?;
            let (head, body) = response.into_parts();
            // The answer began: from here on a loss is a loss.
            let body = body
                .collect()
                .await
                .map_err(|error| Silence::Failed(format!("in the body: {}", explained(&error))))?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(Response {
                status: head.status.as_u16(),
                body: text(&body.to_bytes()).trim_end_matches('\n').to_string(),
                headers: head
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                    .collect(),
            })
        };
        timeout(PATIENCE, exchange)
            .await
            .unwrap_or_else(|_| Err(Silence::Failed(format!("no answer within {PATIENCE:?}"))))
    }
}

/// A GET with this path and `Host` header, and more headers.
pub(crate) fn get(path: &str, host: &str, headers: &[(&str, &str)]) -> Request<Empty<Bytes>> {
    let request = Request::get(path).header(header::HOST, host);
    headers
        .iter()
        .fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
        .body(Empty::new())
        .expect("tests ask for valid paths and headers")
}

/// Asks once, on a connection of its own.
pub(crate) async fn ask(
    address: SocketAddr,
    request: Request<Empty<Bytes>>,
) -> Result<Response, Silence> {
    Connection::open(address).await?.send(request).await
}

fn explained(error: &hyper::Error) -> String {
    std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
