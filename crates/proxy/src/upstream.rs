//! Sending one request to a target: over an idle connection or a new one, and again when that was stale.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::body::RequestBody;
use crate::pool::Connection;
use crate::target::Target;

/// How long a target may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Why a target gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No connection could be made.
    #[error("could not connect")]
    Connect(#[source] io::Error),
    /// The target did not accept within the limit.
    #[error("no connection within {CONNECT_LIMIT:?}")]
    ConnectTimeout,
    /// The connection broke, or what came over it was no HTTP.
    #[error("no valid answer")]
    Exchange(#[source] hyper::Error),
}

/// An answer whose body is still to be read, and the connection it comes over.
#[derive(Debug)]
pub struct Answer {
    /// Head and body.
    pub response: Response<Incoming>,
    /// To be put back once the body has been read.
    pub connection: Connection,
}

/// Sends a request to `target` over `worker`'s connections and waits for the head of the answer.
///
/// A request that a stale connection never carried is sent again over a new one; so is, once, a
/// bodyless idempotent one that such a connection took and lost.
pub async fn send(
    target: &Arc<Target>,
    worker: usize,
    request: Request<RequestBody>,
) -> Result<Answer, UpstreamError> {
    let Some(mut connection) = target.pool(worker).take() else {
        return send_anew(target, request).await;
    };
    let spare = Spare::of(&request);
    match connection.try_send_request(request).await {
        Ok(response) => Ok(Answer {
            response,
            connection,
        }),
        Err(mut failure) => {
            let again = failure.take_message().or_else(|| {
                spare
                    .filter(|_| is_stale(failure.error()))
                    .map(Spare::into_request)
            });
            match again {
                Some(request) => send_anew(target, request).await,
                None => Err(UpstreamError::Exchange(failure.into_error())),
            }
        }
    }
}

async fn send_anew(
    target: &Arc<Target>,
    request: Request<RequestBody>,
) -> Result<Answer, UpstreamError> {
    let mut connection = connect(target).await?;
    let response = connection
        .send_request(request)
        .await
        .map_err(UpstreamError::Exchange)?;
    Ok(Answer {
        response,
        connection,
    })
}

async fn connect(target: &Target) -> Result<Connection, UpstreamError> {
    let address = (target.address().host(), target.address().port());
    let stream = timeout(CONNECT_LIMIT, TcpStream::connect(address))
        .await
        .map_err(|_| UpstreamError::ConnectTimeout)?
        .map_err(UpstreamError::Connect)?;
    stream.set_nodelay(true).map_err(UpstreamError::Connect)?;
    let (sender, connection) = http1::Builder::new()
        // As the original writes them; some readers of headers do tell cases apart.
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(UpstreamError::Exchange)?;
    // What goes wrong on the connection reaches whoever waits for an answer over it.
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

/// Whether a connection that had been idle was closed before any answer came.
fn is_stale(error: &hyper::Error) -> bool {
    error.is_closed() || error.is_canceled() || error.is_incomplete_message() || is_reset(error)
}

fn is_reset(error: &hyper::Error) -> bool {
    let cause =
        std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| {
        matches!(
            cause.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        )
    })
}

/// The head of a request that may be sent twice: it has no body, and doing it twice does no harm.
struct Spare {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Spare {
    fn of(request: &Request<RequestBody>) -> Option<Self> {
        let may_repeat =
            request.method().is_idempotent() && matches!(request.body(), RequestBody::Empty);
        may_repeat.then(|| Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
        })
    }

    fn into_request(self) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::Empty);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        request
    }
}
