//! The threads that carry requests: each has a runtime of its own, and a connection stays where it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::handler::Handler;

/// The most bytes a request's head may have before it is answered 431.
const HEAD_LIMIT: usize = 1024 * 1024;

/// A worker as the accepting side sees it.
#[derive(Debug)]
pub struct Worker {
    connections: mpsc::UnboundedSender<(std::net::TcpStream, SocketAddr)>,
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
    pub fn take(&self, stream: std::net::TcpStream, peer: SocketAddr) {
        self.open.fetch_add(1, Ordering::Relaxed);
        // It only stops to listen when the whole server ends.
        let _ = self.connections.send((stream, peer));
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
    mut incoming: mpsc::UnboundedReceiver<(std::net::TcpStream, SocketAddr)>,
    open: Arc<AtomicUsize>,
    closing: CancellationToken,
) -> usize {
    let connections = TaskTracker::new();
    while let Some((stream, peer)) = incoming.recv().await {
        let (handler, open, closing) = (handler.clone(), open.clone(), closing.clone());
        connections.spawn(async move {
            if let Ok(stream) = TcpStream::from_std(stream) {
                serve_connection(handler, limits, stream, peer, closing).await;
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    connections.close();
    let _ = tokio::time::timeout(limits.closing_timeout, connections.wait()).await;
    connections.len()
}

async fn serve_connection(
    handler: Arc<Handler>,
    limits: ClientLimits,
    stream: TcpStream,
    peer: SocketAddr,
    closing: CancellationToken,
) {
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { handler.handle(request, peer).await }
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
