//! The threads that carry requests: each has a runtime of its own, and a connection stays where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::handler::{Arrival, Handler};

/// The most bytes a request's head may have before it is answered 431.
const HEAD_LIMIT: usize = 1024 * 1024;

/// What a client gets that speaks HTTP where TLS is spoken.
const PLAIN_ON_TLS: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// A connection that was just accepted.
#[derive(Debug)]
pub struct Connection {
    /// The connection.
    pub stream: std::net::TcpStream,
    /// Where it came in.
    pub arrival: Arrival,
    /// How TLS is spoken on it, when it is.
    pub tls: Option<Arc<ServerConfig>>,
}

/// A worker as the accepting side sees it.
#[derive(Debug)]
pub struct Worker {
    connections: mpsc::UnboundedSender<Connection>,
    open: Arc<AtomicUsize>,
    thread: JoinHandle<usize>,
}

/// The limits on clients.
#[derive(Debug, Clone, Copy)]
pub struct ClientLimits {
    /// How long a client may take to send a request's headers, also between two requests.
    pub header_timeout: Duration,
    /// How long requests may take after the end was announced.
    pub closing_timeout: Duration,
}

impl Worker {
    /// Starts a worker that answers with `handler` until `closing` is cancelled.
    pub fn start(
        handler: Handler,
        limits: ClientLimits,
        closing: CancellationToken,
    ) -> std::io::Result<Self> {
        let (connections, incoming) = mpsc::unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        let counter = open.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name(format!("worker-{}", handler.worker))
            .spawn(move || {
                let left =
                    runtime.block_on(serve(Arc::new(handler), limits, incoming, counter, closing));
                // Name look-ups may still block a helper thread; nobody waits for their outcome.
                runtime.shutdown_background();
                left
            })?;
        Ok(Self {
            connections,
            open,
            thread,
        })
    }

    /// How many connections it has.
    pub fn load(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Gives it a connection.
    pub fn take(&self, connection: Connection) {
        self.open.fetch_add(1, Ordering::Relaxed);
        // It only stops to listen when the whole server ends.
        let _ = self.connections.send(connection);
    }

    /// Waits for its requests to end and gives how many connections had to be cut.
    pub fn finish(self) -> usize {
        drop(self.connections);
        self.thread.join().unwrap_or_default()
    }
}

async fn serve(
    handler: Arc<Handler>,
    limits: ClientLimits,
    mut incoming: mpsc::UnboundedReceiver<Connection>,
    open: Arc<AtomicUsize>,
    closing: CancellationToken,
) -> usize {
    let connections = TaskTracker::new();
    while let Some(connection) = incoming.recv().await {
        let (handler, open, closing) = (handler.clone(), open.clone(), closing.clone());
        connections.spawn(async move {
            serve_connection(handler, limits, connection, closing).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    connections.close();
    let _ = tokio::time::timeout(limits.closing_timeout, connections.wait()).await;
    connections.len()
}

/// Speaks TLS first where that is spoken, then HTTP.
async fn serve_connection(
    handler: Arc<Handler>,
    limits: ClientLimits,
    connection: Connection,
    closing: CancellationToken,
) {
    let Connection {
        stream,
        arrival,
        tls,
    } = connection;
    let Ok(mut stream) = TcpStream::from_std(stream) else {
        return;
    };
    let Some(tls) = tls else {
        return serve_http1(handler, limits, stream, arrival, closing).await;
    };
    let shaken = async {
        if speaks_plainly(&stream).await {
            let _ = stream.write_all(PLAIN_ON_TLS).await;
            return None;
        }
        Some(TlsAcceptor::from(tls).accept(stream).await)
    };
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(limits.header_timeout, shaken) => shaken,
        () = closing.cancelled() => return,
    };
    match shaken {
        Ok(Some(Ok(stream))) => {
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                serve_http2(handler, limits, stream, arrival, closing).await;
            } else {
                serve_http1(handler, limits, stream, arrival, closing).await;
            }
        }
        Ok(Some(Err(error))) => {
            let message = format!("http: TLS handshake error from {}: {error}", arrival.peer);
            handler.log.info(&message, &[]);
        }
        // Too slow, or answered already.
        Err(_) | Ok(None) => {}
    }
}

/// Whether a client begins as HTTP does, and not as TLS.
async fn speaks_plainly(stream: &TcpStream) -> bool {
    const HANDSHAKE: u8 = 0x16;
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1) if first[0] != HANDSHAKE && first[0].is_ascii_uppercase())
}

async fn serve_http1(
    handler: Arc<Handler>,
    limits: ClientLimits,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    arrival: Arrival,
    closing: CancellationToken,
) {
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { handler.handle(request, arrival).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(HEAD_LIMIT)
        .auto_date_header(false)
        // As the original writes them; some readers of headers do tell cases apart.
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // How a connection ends concerns its client alone; its requests were logged one by one.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn serve_http2(
    handler: Arc<Handler>,
    limits: ClientLimits,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    arrival: Arrival,
    closing: CancellationToken,
) {
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { handler.handle(request, arrival).await }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        // A client that is silent must at least answer a ping.
        .keep_alive_interval(limits.header_timeout)
        .max_header_list_size(u32::try_from(HEAD_LIMIT).unwrap_or(u32::MAX))
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
