//! The server: listeners, connections, and who may do what.

mod blobs;
mod face;
mod manifests;
mod refusal;
mod route;
mod uploads;

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::{net::Listener, sync::CancellationToken, task::TaskTracker};

use self::{face::Face, uploads::Uploads};
use dhow_names::RepositoryName;

use crate::Store;

/// How long a client may take to send the head of a request, also between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);

/// How long requests that are under way may take once the end was announced.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(5);

/// How long nothing is accepted after a connection could not be: usually there are no descriptors left, which
/// only time can mend.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What may be done through a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything, in every repository: for the build on this machine.
    Everything,
    /// Reading this repository: for a host, whose other users and containers reach the listener as well.
    Reading(RepositoryName),
}

/// Answers the distribution specification's requests from a store.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    uploads: Uploads,
    asked_for: Mutex<BTreeSet<RepositoryName>>,
    trouble: OnceLock<String>,
}

impl Registry {
    /// A registry that listens nowhere yet.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Shared {
            store: Arc::new(store),
            uploads: Uploads::default(),
            asked_for: Mutex::default(),
            trouble: OnceLock::new(),
        }))
    }

    /// What it answers from.
    pub fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// Answers everybody who comes through `listener`, until the returned value is dropped or closed. The
    /// tasks are the present runtime's. Several listeners may be served at the same time.
    pub fn serve<L>(&self, listener: L, access: Access) -> Serving
    where
        L: Listener + Send + 'static,
        L::Io: Send + 'static,
        L::Addr: Send,
    {
        let closing = CancellationToken::new();
        let connections = TaskTracker::new();
        let sent = Arc::new(Sent::default());
        let face = Arc::new(Face {
            registry: self.clone(),
            access,
            sent: sent.clone(),
        });
        let accepting = accept(listener, face, closing.clone(), connections.clone());
        connections.spawn(accepting);
        connections.close();
        Serving {
            closing,
            connections,
            sent,
        }
    }

    /// Whether anything was asked about this repository, by whomever, wherever.
    pub fn was_asked_for(&self, repository: &RepositoryName) -> bool {
        let asked_for = self.0.asked_for.lock();
        let asked_for = asked_for.unwrap_or_else(PoisonError::into_inner);
        asked_for.contains(repository)
    }

    fn note_request(&self, repository: &RepositoryName) {
        let asked_for = self.0.asked_for.lock();
        let mut asked_for = asked_for.unwrap_or_else(PoisonError::into_inner);
        if !asked_for.contains(repository) {
            asked_for.insert(repository.clone());
        }
    }

    /// The first thing that went wrong on this machine, such as a full disk. Clients are told only that
    /// something did.
    pub fn trouble(&self) -> Option<&str> {
        self.0.trouble.get().map(String::as_str)
    }

    fn note_trouble(&self, error: &io::Error) {
        // Only the first is told: what follows is often its consequence.
        let _ = self.0.trouble.set(error.to_string());
    }
}

/// A listener that is being served. Dropping it stops that at once, in the middle of what is under way.
#[derive(Debug)]
#[must_use = "what is dropped listens no more"]
pub struct Serving {
    closing: CancellationToken,
    connections: TaskTracker,
    sent: Arc<Sent>,
}

impl Serving {
    /// Accepts nothing any more, lets requests that are under way end within a moment, and returns when the
    /// listener is closed.
    pub async fn close(self) -> Traffic {
        self.closing.cancel();
        let _ = tokio::time::timeout(CLOSING_TIMEOUT, self.connections.wait()).await;
        self.traffic()
    }

    /// What was sent through the listener up to now.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            blobs: self.sent.blobs.load(Ordering::Relaxed),
            bytes: self.sent.bytes.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// What was sent of blobs: layers and configurations. Manifests do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How often sending one began.
    pub blobs: u64,
    /// How many bytes of them.
    pub bytes: u64,
}

/// Counts what is sent.
#[derive(Debug, Default)]
struct Sent {
    blobs: AtomicU64,
    bytes: AtomicU64,
}

async fn accept<L>(
    mut listener: L,
    face: Arc<Face>,
    closing: CancellationToken,
    connections: TaskTracker,
) where
    L: Listener,
    L::Io: Send + 'static,
    L::Addr: Send,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closing.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, face.clone(), closing.clone()));
            }
            Err(error) => {
                face.registry.note_trouble(&error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection<S>(stream: S, face: Arc<Face>, closing: CancellationToken)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
{
    let service = service_fn(move |request| {
        let face = face.clone();
        async move { Ok::<_, std::convert::Infallible>(face.answer(request).await) }
    });
    let stream = Box::pin(stream);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // How a connection ends concerns its client alone.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(CLOSING_TIMEOUT, connection).await;
        }
    }
}
