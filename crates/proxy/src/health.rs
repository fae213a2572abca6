//! Asking targets whether they are healthy: at once, and then again and again (kamal-proxy §3).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::log::{Level, Log, with_causes};
use crate::names::TargetAddress;
use crate::settings::HealthCheckOptions;
use crate::target::Target;

/// Redirects that are followed before giving up.
const REDIRECT_LIMIT: usize = 10;

/// What a check that failed saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a target's health.
#[derive(Debug, Clone, Default)]
struct Health {
    has_been_healthy: bool,
    last_failure: Option<Failure>,
}

/// The running checks of a group of targets. They end with it.
#[derive(Debug)]
pub struct Checks {
    watched: Vec<(TargetAddress, watch::Receiver<Health>)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Checks {
    /// Starts to ask every target, on the runtime this is called from.
    ///
    /// A single target is asked until it has been healthy once: nobody could stand in for it anyway.
    /// Several are asked for as long as the checks live.
    pub fn start(targets: &[Arc<Target>], options: &HealthCheckOptions, log: &Log) -> Self {
        let until_healthy = targets.len() == 1;
        let mut checks = Self {
            watched: Vec::new(),
            tasks: Vec::new(),
        };
        for target in targets {
            let (sender, receiver) = watch::channel(Health::default());
            let watcher = Watcher {
                target: target.clone(),
                options: options.clone(),
                log: log.clone(),
                sender,
            };
            checks.watched.push((target.address().clone(), receiver));
            checks.tasks.push(tokio::spawn(watcher.run(until_healthy)));
        }
        checks
    }

    /// Ends when every target has been healthy.
    pub async fn all_healthy(&self) {
        for (_, health) in &self.watched {
            let mut health = health.clone();
            // The sender only goes when the checks are stopped, and then nobody waits any more.
            let _ = health.wait_for(|health| health.has_been_healthy).await;
        }
    }

    /// What the targets that have not been healthy yet last said.
    pub fn failures(&self) -> Vec<(TargetAddress, Option<Failure>)> {
        let unhealthy = self
            .watched
            .iter()
            .filter(|(_, health)| !health.borrow().has_been_healthy);
        unhealthy
            .map(|(address, health)| (address.clone(), health.borrow().last_failure.clone()))
            .collect()
    }

    /// Ends all checks.
    pub fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Watcher {
    target: Arc<Target>,
    options: HealthCheckOptions,
    log: Log,
    sender: watch::Sender<Health>,
}

impl Watcher {
    async fn run(self, until_healthy: bool) {
        let mut times = interval(self.options.interval.max(Duration::from_millis(1)));
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            times.tick().await;
            let failure = probe(self.target.address(), &self.options).await.err();
            let healthy = failure.is_none();
            self.note(failure);
            if healthy && until_healthy {
                return;
            }
        }
    }

    fn note(&self, failure: Option<Failure>) {
        let healthy = failure.is_none();
        if let Some(failure) = &failure {
            let fields = [
                ("target", json!(self.target.address())),
                ("error", json!(failure.to_string())),
            ];
            self.log.event(Level::Info, "Healthcheck failed", &fields);
        }
        let was_healthy = self.target.set_healthy(healthy);
        if was_healthy != healthy {
            let (was, state) = self.words(was_healthy, healthy);
            let fields = [
                ("target", json!(self.target.address())),
                ("state", json!(state)),
                ("was", json!(was)),
            ];
            self.log.info("Target health updated", &fields);
        }
        self.sender.send_modify(|health| {
            health.has_been_healthy |= healthy;
            health.last_failure = failure;
        });
    }

    fn words(&self, was_healthy: bool, healthy: bool) -> (&'static str, &'static str) {
        let word = |healthy| if healthy { "healthy" } else { "unhealthy" };
        let first = !self.sender.borrow().has_been_healthy;
        (
            if first { "adding" } else { word(was_healthy) },
            word(healthy),
        )
    }
}

/// Asks a target once; any 2xx means healthy.
async fn probe(target: &TargetAddress, options: &HealthCheckOptions) -> Result<(), Failure> {
    match timeout(options.timeout, follow(target, options)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure(format!(
            "request timed out ({})",
            crate::go_duration::print(options.timeout)
        ))),
    }
}

/// Asks, and follows redirects that stay on the target.
async fn follow(target: &TargetAddress, options: &HealthCheckOptions) -> Result<(), Failure> {
    let mut path = rooted(&options.path);
    for _ in 0..=REDIRECT_LIMIT {
        let response = ask(target, options, &path).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        path = redirect_path(&response, target, options)
            .ok_or_else(|| unexpected(status, &response))?;
    }
    Err(Failure(format!("more than {REDIRECT_LIMIT} redirects")))
}

fn rooted(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

fn unexpected<B>(status: StatusCode, response: &Response<B>) -> Failure {
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    let location = location
        .map(|location| format!(", redirecting to {location}"))
        .unwrap_or_default();
    Failure(format!("unexpected status ({}{location})", status.as_u16()))
}

/// Where a redirect leads, when it leads to the target itself.
fn redirect_path<B>(
    response: &Response<B>,
    target: &TargetAddress,
    options: &HealthCheckOptions,
) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    if location.starts_with('/') && !location.starts_with("//") {
        return Some(location.to_owned());
    }
    let (authority, path) = match location.strip_prefix("http://")?.split_once('/') {
        Some((authority, path)) => (authority, path),
        None => (location.strip_prefix("http://")?, ""),
    };
    (authority == target.as_str() || authority == host_header(target, options))
        .then(|| format!("/{path}"))
}

fn host_header(target: &TargetAddress, options: &HealthCheckOptions) -> String {
    let port = port(target, options);
    if options.host.is_empty() {
        format!("{}:{port}", target.host())
    } else {
        options.host.clone()
    }
}

fn port(target: &TargetAddress, options: &HealthCheckOptions) -> u16 {
    if options.port == 0 {
        target.port()
    } else {
        options.port
    }
}

async fn ask(
    target: &TargetAddress,
    options: &HealthCheckOptions,
    path: &str,
) -> Result<Response<hyper::body::Incoming>, Failure> {
    let failure = |error: &dyn std::error::Error| Failure(with_causes(error));
    let request = Request::get(path)
        .header(HOST, host_header(target, options))
        .header(USER_AGENT, "kamal-proxy")
        .header(hyper::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| failure(&error))?;
    let address = (target.host(), port(target, options));
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| failure(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure(&error))?;
    // It ends with the sender; what goes wrong on it reaches the sender as well.
    tokio::spawn(connection);
    sender
        .send_request(request)
        .await
        .map_err(|error| failure(&error))
}
