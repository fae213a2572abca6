//! The same as data.

use dhow_docker::{Names, lock::LockDetails, proxy::Route};
use dhow_names::Digest;
use dhow_plan::status::{Lock, OnHost, Part, Row, Status};
use jiff::Timestamp;
use serde::Serialize;

/// The number of this form. It changes when something in it is called otherwise, or means something else.
const SCHEMA: u32 = 1;

/// What is printed: one object in one line.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    schema: u32,
    service: String,
    destination: Option<String>,
    asked_at: Timestamp,
    lock: LockState,
    hosts: Vec<HostEntry>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum LockState {
    Free,
    Unknown,
    Held {
        holder: Option<String>,
        since: Option<String>,
        version: Option<String>,
        message: Option<String>,
    },
}

#[derive(Debug, Serialize)]
struct HostEntry {
    host: String,
    /// Why nothing is known of it; null when all is.
    problem: Option<String>,
    parts: Vec<PartEntry>,
}

#[derive(Debug, Serialize)]
struct PartEntry {
    kind: &'static str,
    name: String,
    service: String,
    container: Option<ContainerEntry>,
    drift: Vec<String>,
    routes: Vec<RouteEntry>,
}

#[derive(Debug, Serialize)]
struct ContainerEntry {
    name: String,
    version: String,
    digest: Option<Digest>,
    state: Option<String>,
    health: Option<String>,
    exit_code: Option<i32>,
    since: Option<Timestamp>,
    restarts: Option<u32>,
    image: Option<String>,
}

#[derive(Debug, Serialize)]
struct RouteEntry {
    hosts: Vec<String>,
    paths: Vec<String>,
    state: String,
    tls: bool,
}

impl Document {
    /// The data of what was seen.
    pub(super) fn of(status: &Status, names: &Names, now: Timestamp) -> Self {
        let hosts = status.hosts.iter().map(|(host, it)| {
            let (problem, rows) = match it {
                OnHost::Rows(rows) => (None, rows.as_slice()),
                OnHost::Unknown(reason) => (Some(reason.clone()), [].as_slice()),
            };
            HostEntry {
                host: host.to_string(),
                problem,
                parts: rows.iter().map(|row| part(row, names)).collect(),
            }
        });
        Self {
            schema: SCHEMA,
            service: names.service().to_string(),
            destination: names.destination().map(ToString::to_string),
            asked_at: now,
            lock: lock(&status.lock),
            hosts: hosts.collect(),
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> String {
        // Nothing in it can fail to be JSON: no map, no number that is none.
        let text = serde_json::to_string(self).unwrap_or_default();
        text + "\n"
    }
}

fn lock(lock: &Lock) -> LockState {
    let held = |details: Option<LockDetails>| {
        let [holder, since, version, message] = match details {
            Some(it) => [it.holder, it.since, it.version, it.message].map(Some),
            None => [const { None }; 4],
        };
        LockState::Held {
            holder,
            since,
            version,
            message,
        }
    };
    match lock {
        Lock::Free => LockState::Free,
        Lock::Unknown => LockState::Unknown,
        Lock::Held(details) => held(details.clone()),
    }
}

fn part(row: &Row, names: &Names) -> PartEntry {
    let (kind, name) = match &row.part {
        Part::Role(name) => ("role", name.to_string()),
        Part::Accessory(name, _) => ("accessory", name.to_string()),
        Part::Proxy => ("proxy", "proxy".to_owned()),
    };
    let container = row.running.as_ref().map(|it| {
        let condition = it.condition.as_ref();
        ContainerEntry {
            name: it.container.clone(),
            version: it.version.clone(),
            digest: it.digest,
            state: condition.map(|it| it.state.clone()),
            health: condition.and_then(|it| it.health.clone()),
            exit_code: condition
                .filter(|it| it.state == "exited")
                .map(|it| it.exit_code),
            since: condition.and_then(|it| it.since),
            restarts: condition.map(|it| it.restarts),
            image: condition.map(|it| it.image.clone()),
        }
    });
    PartEntry {
        kind,
        name,
        service: row.part.service(names),
        container,
        drift: row.drift.clone(),
        routes: row.routes.iter().map(route).collect(),
    }
}

fn route(route: &Route) -> RouteEntry {
    RouteEntry {
        hosts: route.hosts.clone(),
        paths: route.paths.clone(),
        state: route.state.clone(),
        tls: route.tls,
    }
}
