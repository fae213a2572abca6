//! Noting events, and sending them beside the run.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dhow_execute::{Event, Reporter};
use reqwest::Client;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::{
    payload::{Origin, payload},
    record::{Record, Severity, records},
};

/// So many records are sent at once.
const BATCH: usize = 100;

/// Commands whose end is the end of a deployment.
const DEPLOYMENTS: [&str; 4] = ["deploy", "redeploy", "rollback", "setup"];

/// How long things may take. The defaults are Kamal's.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a record waits for others to be sent with.
    pub flush: Duration,
    /// How long reaching the collector may take.
    pub connect: Duration,
    /// How long its answer may take. All that is left in the end has so long too.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flush: Duration::from_secs(5),
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(5),
        }
    }
}

/// Why nothing, or not everything, was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShippingError {
    /// No client could be made.
    #[error("{0}")]
    Unprepared(String),
    /// The collector could not be asked, or did not answer in time.
    #[error("{0}")]
    Unreachable(String),
    /// Not everything was sent when the run was over.
    #[error("not everything was taken within {} s", .0.as_secs_f32())]
    TooSlow(Duration),
    /// The collector refused.
    #[error("{endpoint} answered {status}")]
    Refused {
        /// Where.
        endpoint: String,
        /// Its HTTP status.
        status: u16,
    },
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All was done.
    Done,
    /// It failed: of what kind, and what failed.
    Failed {
        /// The kind.
        kind: String,
        /// One line.
        message: String,
    },
}

/// A run whose events are sent.
#[derive(Clone, Debug)]
pub struct Shipping(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoint: String,
    origin: Origin,
    answer_limit: Duration,
    sender: Mutex<Option<UnboundedSender<Record>>>,
    task: Mutex<Option<JoinHandle<Result<(), ShippingError>>>>,
}

impl Shipping {
    /// Begins, with the event that the run has begun. Needs a runtime of tokio around it.
    pub fn start(endpoint: &str, origin: Origin, limits: Limits) -> Result<Self, ShippingError> {
        let collector = Collector::new(endpoint, &origin, limits)?;
        let (sender, receiver) = unbounded_channel();
        let first = run_record(&origin, "kamal.start", Duration::ZERO);
        // The other end is ours still.
        let _ = sender.send(first);
        let task = tokio::spawn(collector.send_all(receiver, limits.flush));
        Ok(Self(Arc::new(Shared {
            endpoint: endpoint.to_owned(),
            origin,
            answer_limit: limits.answer,
            sender: Mutex::new(Some(sender)),
            task: Mutex::new(Some(task)),
        })))
    }

    /// Where it sends to, as it was given.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Ends, with the event of how the run ended, and waits for what is not sent yet, at most as long as one answer may
    /// take. The first thing that went wrong since the beginning is the error.
    pub async fn finish(&self, ended: &Ended, took: Duration) -> Result<(), ShippingError> {
        let sender = locked(&self.0.sender).take();
        if let Some(sender) = sender {
            let _ = sender.send(last_record(&self.0.origin, ended, took));
        }
        let task = locked(&self.0.task).take();
        let Some(mut task) = task else { return Ok(()) };
        match tokio::time::timeout(self.0.answer_limit, &mut task).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(error)) => Err(ShippingError::Unreachable(error.to_string())),
            Err(_) => {
                task.abort();
                Err(ShippingError::TooSlow(self.0.answer_limit))
            }
        }
    }
}

impl Reporter for Shipping {
    fn report(&mut self, event: &Event) {
        if let Some(sender) = locked(&self.0.sender).as_ref() {
            for record in records(event) {
                // Whoever would have sent it is gone.
                let _ = sender.send(record);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An event of the whole run.
fn run_record(origin: &Origin, name: &str, elapsed: Duration) -> Record {
    let mut attributes = vec![("kamal.command", origin.command.as_str().into())];
    let first = origin.command.split(' ').next().unwrap_or_default();
    if DEPLOYMENTS.contains(&first) {
        let deployment = format!("{first} {}", origin.service);
        attributes.push(("deployment.id", origin.run_id.as_str().into()));
        attributes.push(("deployment.name", deployment.as_str().into()));
    }
    Record {
        elapsed,
        severity: Severity::Info,
        body: name.to_owned(),
        is_event: true,
        attributes,
    }
}

fn last_record(origin: &Origin, ended: &Ended, took: Duration) -> Record {
    let (name, status) = match ended {
        Ended::Done => ("kamal.complete", "succeeded"),
        Ended::Failed { .. } => ("kamal.failed", "failed"),
    };
    let mut record = run_record(origin, name, took);
    if record.attributes.len() > 1 {
        record.attributes.push(("deployment.status", status.into()));
    }
    let runtime = crate::Value::Number(took.as_secs_f64());
    record.attributes.push(("kamal.runtime", runtime));
    if let Ended::Failed { kind, message } = ended {
        record.severity = Severity::Error;
        record
            .attributes
            .push(("exception.type", kind.as_str().into()));
        record
            .attributes
            .push(("exception.message", message.as_str().into()));
    }
    record
}

/// Where records go.
struct Collector {
    client: Client,
    url: String,
    origin: Origin,
}

impl Collector {
    fn new(endpoint: &str, origin: &Origin, limits: Limits) -> Result<Self, ShippingError> {
        // Whoever comes first decides for the process; there is but one choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.answer)
            .user_agent(concat!("dhow/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ShippingError::Unprepared(error.to_string()))?;
        Ok(Self {
            client,
            url: format!("{}/v1/logs", endpoint.trim_end_matches('/')),
            origin: origin.clone(),
        })
    }

    /// Sends what comes, until nothing can come any more; what cannot be sent is lost, and the next is tried.
    async fn send_all(
        self,
        mut receiver: UnboundedReceiver<Record>,
        flush: Duration,
    ) -> Result<(), ShippingError> {
        let mut all = Ok(());
        while let Some(batch) = next_batch(&mut receiver, flush).await {
            let sent = self.send(&batch).await;
            all = all.and(sent);
        }
        all
    }

    async fn send(&self, batch: &[Record]) -> Result<(), ShippingError> {
        let body = payload(&self.origin, batch).to_string();
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json");
        let answer = request.body(body).send().await;
        let answer = answer.map_err(|error| ShippingError::Unreachable(with_causes(&error)))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(ShippingError::Refused {
            endpoint: self.url.clone(),
            status: answer.status().as_u16(),
        })
    }
}

/// What is sent next: as much as there is after `flush`, or a full batch, or the rest; none when all is over.
async fn next_batch(
    receiver: &mut UnboundedReceiver<Record>,
    flush: Duration,
) -> Option<Vec<Record>> {
    let mut batch = vec![receiver.recv().await?];
    let until = Instant::now() + flush;
    while batch.len() < BATCH {
        match timeout_at(until, receiver.recv()).await {
            Ok(Some(record)) => batch.push(record),
            Ok(None) | Err(_) => break,
        }
    }
    Some(batch)
}

/// An error of the client says little without its causes.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
