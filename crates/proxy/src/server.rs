//! The server: its listeners, its workers, and its end.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdListener};
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::json;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::control;
use crate::handler::{Arrival, Handler};
use crate::log::Log;
use crate::services::Services;
use crate::tls::server_config;
use crate::worker::{ClientLimits, Connection, Worker};

/// The file name of the state in the data directory.
const STATE_FILE: &str = "kamal-proxy.state";

/// How a server is to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The TCP port for HTTP; 0 lets the system choose.
    pub http_port: u16,
    /// The TCP port for HTTPS; 0 lets the system choose.
    pub https_port: u16,
    /// Where commands are taken.
    pub socket: PathBuf,
    /// Where the state is kept.
    pub data_directory: PathBuf,
    /// Where it is kept when that directory cannot be made.
    pub fallback_directory: PathBuf,
    /// What is expected of clients.
    pub limits: ClientLimits,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port cannot be had.
    #[error("listen tcp :{port}: bind: {}", control::reason(cause))]
    Port {
        /// Which port.
        port: u16,
        /// Why not; told in the text, so no source.
        cause: io::Error,
    },
    /// The command socket cannot be had.
    #[error("listen unix {path}: bind: {}", control::reason(cause))]
    Socket {
        /// Which socket.
        path: PathBuf,
        /// Why not; told in the text, so no source.
        cause: io::Error,
    },
    /// Another server takes commands there, and would lose its socket to us.
    #[error("another proxy already takes commands at {0}")]
    SocketTaken(PathBuf),
    /// TLS cannot be spoken.
    #[error("could not set up TLS")]
    Tls(#[source] rustls::Error),
    /// A thread or a runtime cannot be had.
    #[error("could not start a worker")]
    Worker(#[source] io::Error),
}

/// Runs a server until `ending` ends, and then until its requests have.
pub async fn run(
    settings: Settings,
    log: Log,
    ending: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    refuse_second_server(&settings.socket).await?;
    let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let services = Arc::new(Services::new(
        state_path(&settings, &log),
        workers,
        log.clone(),
    ));
    services.restore().await;
    let plain = Door::open(settings.http_port, None)?;
    let tls = server_config(services.router()).map_err(ServerError::Tls)?;
    let encrypted = Door::open(settings.https_port, Some(tls))?;
    let closing = CancellationToken::new();
    let workers = start_workers(workers, &services, &log, settings.limits, &closing)?;
    let socket = listen_for_commands(&settings.socket)?;
    log.info(
        "Server started",
        &[
            ("http_port", json!(plain.port)),
            ("https_port", json!(encrypted.port)),
            ("socket", json!(settings.socket)),
        ],
    );
    tokio::select! {
        () = plain.accept(&workers, &log) => {}
        () = encrypted.accept(&workers, &log) => {}
        () = control::serve(socket, services, log.clone()) => {}
        () = ending => {}
    }
    // All listeners are closed now.
    drop((plain, encrypted));
    let _ = std::fs::remove_file(&settings.socket);
    closing.cancel();
    let left: usize = workers.into_iter().map(Worker::finish).sum();
    if left > 0 {
        log.info(
            "Closing active connections",
            &[("connections", json!(left))],
        );
    }
    log.info("Server stopped", &[]);
    Ok(())
}

fn start_workers(
    count: usize,
    services: &Services,
    log: &Log,
    limits: ClientLimits,
    closing: &CancellationToken,
) -> Result<Vec<Worker>, ServerError> {
    let start = |worker| {
        let handler = Handler {
            router: services.router(),
            log: log.clone(),
            worker,
        };
        Worker::start(handler, limits, closing.clone()).map_err(ServerError::Worker)
    };
    (0..count).map(start).collect()
}

/// A port where connections come in, all of one kind.
struct Door {
    listener: TcpListener,
    port: u16,
    tls: Option<Arc<ServerConfig>>,
}

impl Door {
    fn open(port: u16, tls: Option<Arc<ServerConfig>>) -> Result<Self, ServerError> {
        let listener = listen(port)?;
        let address = listener.local_addr();
        let address = address.map_err(|cause| ServerError::Port { port, cause })?;
        Ok(Self {
            listener,
            port: address.port(),
            tls,
        })
    }

    /// Hands each new connection to the worker that has the fewest.
    async fn accept(&self, workers: &[Worker], log: &Log) {
        loop {
            let accepted = self.listener.accept().await.and_then(|(stream, peer)| {
                stream.set_nodelay(true)?;
                Ok((stream.into_std()?, peer))
            });
            match accepted {
                Ok((stream, peer)) => {
                    let arrival = Arrival {
                        peer,
                        port: self.port,
                        is_tls: self.tls.is_some(),
                    };
                    if let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) {
                        worker.take(Connection {
                            stream,
                            arrival,
                            tls: self.tls.clone(),
                        });
                    }
                }
                Err(error) => {
                    log.error("Unable to accept a connection", &error);
                    // Usually there are no descriptors left, which only time can mend.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

/// All addresses of both families, or of the older alone where there is no other.
fn listen(port: u16) -> Result<TcpListener, ServerError> {
    let failed = |cause| ServerError::Port { port, cause };
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let listener = match StdListener::bind(both) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            StdListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).map_err(failed)?
        }
        bound => bound.map_err(failed)?,
    };
    listener.set_nonblocking(true).map_err(failed)?;
    TcpListener::from_std(listener).map_err(failed)
}

async fn refuse_second_server(socket: &Path) -> Result<(), ServerError> {
    match UnixStream::connect(socket).await {
        Ok(_) => Err(ServerError::SocketTaken(socket.to_owned())),
        Err(_) => Ok(()),
    }
}

fn listen_for_commands(path: &Path) -> Result<UnixListener, ServerError> {
    // Left behind by a server that ended without a chance to remove it.
    let _ = std::fs::remove_file(path);
    let failed = |cause| ServerError::Socket {
        path: path.to_owned(),
        cause,
    };
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

fn state_path(settings: &Settings, log: &Log) -> PathBuf {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.data_directory);
    match made {
        Ok(()) => settings.data_directory.join(STATE_FILE),
        Err(error) => {
            log.error(
                "Data directory cannot be made, using the temporary one",
                &error,
            );
            settings.fallback_directory.join(STATE_FILE)
        }
    }
}
