//! A constant load, as visitors make it, that remembers every answer and every failure.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{interval, timeout},
};

use crate::{
    host::Host,
    http::{Connection, Response, Silence, ask, get},
    load_report::{Report, Sample},
};

/// How long a test waits for something to be seen.
const PATIENCE: Duration = Duration::from_mins(1);

/// A load to be started.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until it starts"]
pub struct Load {
    targets: Vec<Target>,
    path: String,
    rate: u32,
}

#[derive(Debug, Clone)]
struct Target {
    name: String,
    address: SocketAddr,
    host_header: String,
}

impl Load {
    /// Asks port 80 of each of these hosts for `/version`, a hundred times a second each.
    pub fn on<'a>(hosts: impl IntoIterator<Item = &'a Host>) -> Self {
        let target = |host: &Host| Target {
            name: host.name().into(),
            address: host.web(),
            host_header: host.name().into(),
        };
        Self {
            targets: hosts.into_iter().map(target).collect(),
            path: "/version".into(),
            rate: 100,
        }
    }

    /// Asks for another path.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    /// Asks with this `Host` header.
    pub fn host_header(mut self, host: &str) -> Self {
        self.targets
            .iter_mut()
            .for_each(|target| target.host_header = host.into());
        self
    }

    /// Asks each host this often a second, however slowly it answers.
    pub fn rate(mut self, per_second: u32) -> Self {
        self.rate = per_second;
        self
    }

    /// Starts it, on a thread of its own: nothing that the test waits for slows it down.
    pub fn start(self) -> RunningLoad {
        let (counted, changed) = watch::channel(0);
        let seen = Arc::new(Seen {
            started: Instant::now(),
            samples: Mutex::default(),
            counted,
            stop: AtomicBool::default(),
        });
        let thread = thread::spawn({
            let seen = seen.clone();
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime can be made");
                runtime.block_on(async {
                    let targets: Vec<_> = self
                        .targets
                        .iter()
                        .map(|target| press(target, &self.path, self.rate, &seen))
                        .collect();
                    futures_util::future::join_all(targets).await;
                });
            }
        });
        RunningLoad {
            seen,
            changed,
            thread: Some(thread),
        }
    }
}

#[derive(Debug)]
struct Seen {
    started: Instant,
    samples: Mutex<Vec<Sample>>,
    counted: watch::Sender<usize>,
    stop: AtomicBool,
}

impl Seen {
    fn samples(&self) -> Vec<Sample> {
        self.samples
            .lock()
            .expect("nobody panics while writing down")
            .clone()
    }

    fn write_down(&self, sample: Sample) {
        self.samples
            .lock()
            .expect("nobody panics while writing down")
            .push(sample);
        self.counted.send_modify(|count| *count += 1);
    }
}

/// A load that goes on until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningLoad {
    seen: Arc<Seen>,
    changed: watch::Receiver<usize>,
    thread: Option<thread::JoinHandle<()>>,
}

impl RunningLoad {
    /// Waits until so many more requests have ended, well or not.
    pub async fn until_asked(&mut self, more: usize) {
        let goal = self.seen.samples().len() + more;
        self.until(&format!("{more} more requests"), |samples| {
            samples.len() >= goal
        })
        .await;
    }

    /// Waits until every host has answered with this body at least once.
    pub async fn until_everywhere(&mut self, body: &str, hosts: &[&str]) {
        let answered = |samples: &[Sample], host: &str| {
            samples
                .iter()
                .any(|sample| sample.host == host && sample.body() == Some(body))
        };
        self.until(&format!("{body:?} from {hosts:?}"), |samples| {
            hosts.iter().all(|host| answered(samples, host))
        })
        .await;
    }

    async fn until(&mut self, what: &str, reached: impl Fn(&[Sample]) -> bool) {
        let waiting = async {
            loop {
                self.changed.mark_unchanged();
                if reached(&self.seen.samples()) || self.changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let seen = timeout(PATIENCE, waiting).await;
        assert!(
            seen.is_ok(),
            "the load did not see {what} within {PATIENCE:?}\n{}",
            self.report()
        );
    }

    /// What was seen so far.
    pub fn report(&self) -> Report {
        Report::new(self.seen.samples(), self.seen.started.elapsed())
    }

    /// Lets the requests on their way end, and reports.
    pub async fn stop(mut self) -> Report {
        self.seen.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            tokio::task::spawn_blocking(|| thread.join())
                .await
                .expect("waiting does not fail")
                .expect("the load does not panic");
        }
        self.report()
    }
}

impl Drop for RunningLoad {
    fn drop(&mut self) {
        self.seen.stop.store(true, Ordering::Relaxed);
    }
}

/// Asks one host at a constant rate. Every second request comes on a connection of its own, as a new
/// visitor's does; the others share kept ones, as a browser's do.
async fn press(target: &Target, path: &str, rate: u32, seen: &Arc<Seen>) {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    let kept: Arc<Mutex<Vec<Connection>>> = Arc::default();
    let mut requests = JoinSet::new();
    let mut number = 0_u64;
    while !seen.stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        number += 1;
        let (target, path, kept, seen) =
            (target.clone(), path.to_string(), kept.clone(), seen.clone());
        requests.spawn(async move {
            let began = Instant::now();
            let mut retried = false;
            let outcome = if number.is_multiple_of(2) {
                ask(
                    target.address,
                    get(&path, &target.host_header, &[("connection", "close")]),
                )
                .await
            } else {
                ask_kept(&target, &path, &kept, &mut retried).await
            };
            let (at, took) = (began - seen.started, began.elapsed());
            seen.write_down(Sample {
                host: target.name,
                at,
                took,
                retried,
                outcome: outcome.map_err(|silence| format!("{silence:?}")),
            });
        });
        while requests.try_join_next().is_some() {}
    }
    requests.join_all().await;
}

async fn ask_kept(
    target: &Target,
    path: &str,
    kept: &Mutex<Vec<Connection>>,
    retried: &mut bool,
) -> Result<Response, Silence> {
    let request = || get(path, &target.host_header, &[]);
    let idle = || kept.lock().expect("nobody panics while taking one").pop();
    let mut connection = match std::iter::from_fn(idle).find(Connection::is_open) {
        Some(connection) => connection,
        None => Connection::open(target.address).await?,
    };
    let mut outcome = connection.send(request()).await;
    if matches!(outcome, Err(Silence::Stale(_))) {
        *retried = true;
        connection = Connection::open(target.address).await?;
        outcome = connection.send(request()).await;
    }
    if outcome.is_ok() && connection.is_open() {
        kept.lock()
            .expect("nobody panics while putting one back")
            .push(connection);
    }
    outcome
}
