//! The control protocol: one line of JSON each way over a Unix socket.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

use crate::log::{Log, with_causes};
use crate::names::ServiceName;
use crate::pause::GateState;
use crate::services::{CommandError, Deployment, Listed, Services};
use crate::settings::nanoseconds;

/// What a client can ask the server to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Let new targets take over a service. Ends with the old ones drained; cancelled when the client
    /// leaves before the switch.
    Deploy(Box<Deployment>),
    /// Forget a service.
    Remove(ServiceName),
    /// Hold a service's requests.
    Pause {
        /// The service.
        service: ServiceName,
        /// How long requests under way may take.
        #[serde(with = "nanoseconds")]
        drain_timeout: Duration,
        /// How long a request is held at most.
        #[serde(with = "nanoseconds")]
        max_pause: Duration,
    },
    /// Turn a service's requests away.
    Stop {
        /// The service.
        service: ServiceName,
        /// How long requests under way may take.
        #[serde(with = "nanoseconds")]
        drain_timeout: Duration,
        /// What the page says.
        message: String,
    },
    /// Let a service's requests pass again.
    Resume(ServiceName),
    /// Tell of every service.
    List,
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It was done.
    Done,
    /// The services.
    Services(Vec<Listed>),
    /// It was not done, and why.
    Failed(String),
}

/// Why a client got no reply; the texts are the original's where it has one (kamal-proxy §2).
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No server listens.
    #[error("dial unix {path}: connect: {}", reason(cause))]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why not; told in the text, so no source.
        cause: io::Error,
    },
    /// The server went away before it answered.
    #[error("unexpected EOF")]
    Ended,
    /// The connection broke.
    #[error("could not talk to the server")]
    Broken(#[source] io::Error),
    /// The answer is none of ours; another program listens there.
    #[error("the answer of the server is not understood")]
    NotUnderstood(#[source] serde_json::Error),
    /// The server did not do it.
    #[error("{0}")]
    Refused(String),
}

/// An input-output error in the words of Go, which scripts look for.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AddrInUse => "address already in use".to_owned(),
        _ => error.to_string(),
    }
}

/// Sends a request to the server and waits for its reply, however long it takes.
pub async fn call(socket: &Path, request: &Request) -> Result<Reply, ClientError> {
    let connect = |cause| ClientError::Connect {
        path: socket.to_owned(),
        cause,
    };
    let mut stream = UnixStream::connect(socket).await.map_err(connect)?;
    let mut line = serde_json::to_vec(request).map_err(ClientError::NotUnderstood)?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(ClientError::Broken)?;
    let mut reply = String::new();
    BufReader::new(stream)
        .read_line(&mut reply)
        .await
        .map_err(ClientError::Broken)?;
    if reply.is_empty() {
        return Err(ClientError::Ended);
    }
    match serde_json::from_str(&reply).map_err(ClientError::NotUnderstood)? {
        Reply::Failed(text) => Err(ClientError::Refused(text)),
        reply => Ok(reply),
    }
}

/// Answers clients until it is dropped.
pub async fn serve(listener: UnixListener, services: Arc<Services>, log: Log) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(answer_client(stream, services.clone(), log.clone()));
            }
            Err(error) => {
                log.error("Unable to accept a command", &error);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer_client(stream: UnixStream, services: Arc<Services>, log: Log) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    if reader.read_line(&mut line).await.is_err() || line.is_empty() {
        return;
    }
    let reply = match serde_json::from_str(&line) {
        Ok(Request::Deploy(deployment)) => deploy(*deployment, &services, reader, &log).await,
        Ok(request) => Some(carry_out(request, &services).await),
        Err(error) => Some(Reply::Failed(format!(
            "the command is not understood: {error}"
        ))),
    };
    if let Some(reply) = reply {
        send(&mut writer, &reply).await;
    }
}

async fn send(writer: &mut OwnedWriteHalf, reply: &Reply) {
    if let Ok(mut line) = serde_json::to_vec(reply) {
        line.push(b'\n');
        // A client that left does not care.
        let _ = writer.write_all(&line).await;
    }
}

/// Deploys, unless the client leaves before the switch; then there is nobody to reply to.
async fn deploy(
    deployment: Deployment,
    services: &Services,
    mut client: BufReader<OwnedReadHalf>,
    log: &Log,
) -> Option<Reply> {
    let service = deployment.service.clone();
    let left = async {
        let mut more = [0; 64];
        while client.read(&mut more).await.is_ok_and(|length| length > 0) {}
    };
    let prepared = tokio::select! {
        biased;
        () = left => {
            log.info("Deploy cancelled because its client left", &[("service", json!(service))]);
            return None;
        }
        prepared = services.prepare(deployment) => prepared,
    };
    Some(match prepared {
        Ok(prepared) => reply_to(services.switch(prepared).await),
        Err(error) => reply_to(Err(error)),
    })
}

async fn carry_out(request: Request, services: &Services) -> Reply {
    reply_to(match request {
        // Deploys are told apart before, because they watch their client.
        Request::Deploy(deployment) => match services.prepare(*deployment).await {
            Ok(prepared) => services.switch(prepared).await,
            Err(error) => Err(error),
        },
        Request::Remove(service) => services.remove(&service).await,
        Request::Pause {
            service,
            drain_timeout,
            max_pause,
        } => {
            services
                .close(&service, GateState::Paused { max_pause }, drain_timeout)
                .await
        }
        Request::Stop {
            service,
            drain_timeout,
            message,
        } => {
            services
                .close(&service, GateState::Stopped { message }, drain_timeout)
                .await
        }
        Request::Resume(service) => services.resume(&service).await,
        Request::List => return Reply::Services(services.list().await),
    })
}

fn reply_to(outcome: Result<(), CommandError>) -> Reply {
    match outcome {
        Ok(()) => Reply::Done,
        Err(error) => Reply::Failed(with_causes(&error)),
    }
}
