//! What runs where: one row for each container that runs, and for each that should.
//!
//! A host is asked what any command asks ([`Inquiry`](crate::facts::Inquiry)) and, in the same script, the
//! [`questions`] of this module. [`Seen::read`] turns those answers into values; [`status`] judges them.

mod seen;

use std::collections::BTreeMap;

use dhow_config::{Accessory, Role};
use dhow_docker::{
    Names, app,
    lock::LockDetails,
    names::PROXY,
    proxy::{self, Route},
};
use dhow_names::{AccessoryName, Digest, Host, RoleName};
use dhow_roles::Fleet;

use crate::{
    accessories,
    drift::{Drift, Reason, drifts, serving},
    facts::{Container, Engine, Facts, HostFacts},
    plan::Step,
    recipe::Settled,
};

pub use seen::{Condition, Seen};

/// What is asked of a host beside the facts, in this order.
pub fn questions(settled: &Settled<'_>, host: &Host) -> Vec<Step> {
    let accessories = accessories_on(settled.fleet, host);
    let others: Vec<&str> = accessories.map(|it| it.service_name.as_str()).collect();
    [
        (
            "look at the state of containers",
            app::conditions(settled.names, &others),
        ),
        (
            "look at the proxy's routes",
            proxy::list_routes().arg_raw("2>/dev/null"),
        ),
    ]
    .map(|(title, command)| {
        Step::new(title, command)
            .tolerant()
            .endable()
            .as_bookkeeping()
    })
    .into()
}

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was asked.
    Seen(Seen),
    /// It could not be asked; why.
    Unknown(String),
}

/// What runs where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The deploy lock.
    pub lock: Lock,
    /// Every selected host, in the order of the deploy file.
    pub hosts: Vec<(Host, OnHost)>,
}

/// The deploy lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nobody holds it.
    Free,
    /// Somebody does; the details are left out when they cannot be read.
    Held(Option<LockDetails>),
    /// The host that it lies on could not be asked.
    Unknown,
}

/// What is on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnHost {
    /// What runs, and what should.
    Rows(Vec<Row>),
    /// Nothing is known; why.
    Unknown(String),
}

/// A part of the deploy file on a host, and what runs of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The part.
    pub part: Part,
    /// What runs; none when there is no container.
    pub running: Option<Running>,
    /// What is otherwise than it should be, a few words each.
    pub drift: Vec<String>,
    /// What the proxy sends to it.
    pub routes: Vec<Route>,
}

/// A part of the deploy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A role of the app.
    Role(RoleName),
    /// An accessory, and what its container is called.
    Accessory(AccessoryName, String),
    /// The proxy.
    Proxy,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its name.
    pub container: String,
    /// The version of the app, or the image of what is no app.
    pub version: String,
    /// The digest of the version's image on the host, when a registry knows one.
    pub digest: Option<Digest>,
    /// How it is; none when it went away in between.
    pub condition: Option<Condition>,
}

/// Judges what was seen on each host.
pub fn status(settled: &Settled<'_>, facts: &Facts, known: &BTreeMap<Host, Known>) -> Status {
    let fleet = settled.fleet;
    let strange = drifts(&serving(fleet, facts));
    let on_host = |host: &Host| match known.get(host) {
        Some(Known::Seen(seen)) => Look {
            settled,
            host,
            facts,
            known: facts.of(host),
            seen,
            strange: &strange,
        }
        .rows(),
        Some(Known::Unknown(reason)) => OnHost::Unknown(reason.clone()),
        None => OnHost::Unknown("it was not asked".to_owned()),
    };
    let hosts = fleet.hosts().iter();
    Status {
        lock: lock(fleet, facts, known),
        hosts: hosts.map(|host| ((*host).clone(), on_host(host))).collect(),
    }
}

fn lock(fleet: &Fleet<'_>, facts: &Facts, known: &BTreeMap<Host, Known>) -> Lock {
    let primary = fleet.primary_host();
    match (known.get(primary), facts.of(primary).lock) {
        (Some(Known::Seen(_)), None) => Lock::Free,
        (Some(Known::Seen(_)), Some(text)) => Lock::Held(LockDetails::read(&text)),
        (Some(Known::Unknown(_)) | None, _) => Lock::Unknown,
    }
}

fn accessories_on<'a>(
    fleet: &Fleet<'a>,
    host: &'a Host,
) -> impl Iterator<Item = &'a Accessory> + use<'a> {
    let all = fleet.config().accessories.iter();
    all.filter(move |it| it.hosts.contains(host))
}

/// One host, and everything its rows are made of.
struct Look<'a> {
    settled: &'a Settled<'a>,
    host: &'a Host,
    facts: &'a Facts,
    known: HostFacts,
    seen: &'a Seen,
    strange: &'a [Drift],
}

impl Look<'_> {
    fn rows(&self) -> OnHost {
        match &self.known.engine {
            Engine::Missing => return OnHost::Unknown("Docker is not installed".to_owned()),
            Engine::Silent { said } => {
                let said = said.lines().next().unwrap_or_default();
                return OnHost::Unknown(format!("the Docker engine does not answer: {said}"));
            }
            Engine::Running { .. } => {}
        }
        let fleet = self.settled.fleet;
        let mut rows = Vec::new();
        for placement in fleet.on(self.host) {
            rows.extend(self.role(placement.role));
        }
        rows.extend(accessories_on(fleet, self.host).map(|it| self.accessory(it)));
        if self.known.proxy.is_some() || fleet.proxy_hosts().contains(&self.host) {
            rows.push(self.proxy());
        }
        OnHost::Rows(rows)
    }

    /// What serves, then what runs beside it; without any, what has ended last.
    fn role(&self, role: &Role) -> Vec<Row> {
        let own = |it: &&Container| it.role == role.name.as_str();
        let containers: Vec<&Container> = self.known.containers.iter().filter(own).collect();
        let current = self.known.current.get(&role.name);
        let beside = containers
            .iter()
            .filter(|it| it.is_active() && current.is_none_or(|name| *name != it.name));
        let mut rows: Vec<Row> = beside
            .map(|it| self.role_row(role, Some(&it.name), vec!["stale".to_owned()]))
            .collect();
        match current {
            Some(name) => {
                let drift = self.drift_of(role);
                rows.insert(0, self.role_row(role, Some(name), drift));
            }
            None if rows.is_empty() => {
                let ended = containers.first().map(|it| it.name.as_str());
                let drift = match ended {
                    Some(_) => "does not run",
                    None => "no container",
                };
                rows.push(self.role_row(role, ended, vec![drift.to_owned()]));
            }
            None => {}
        }
        self.give_routes(
            &self.settled.names.prefix(role),
            &mut rows,
            role.proxy.is_some(),
        );
        rows
    }

    fn role_row(&self, role: &Role, container: Option<&str>, drift: Vec<String>) -> Row {
        let running = container.map(|name| {
            let version = self.settled.names.booted_version(role, name);
            let version = version.unwrap_or(name);
            // What the tag names now is no image of a container that was made before the tag was moved.
            let image = self.known.image(version).filter(|it| {
                let tagged = self.settled.repository.tagged(&it.tag).to_string();
                let made_from = self.known.containers.iter().find(|it| it.name == name);
                made_from.is_none_or(|it| it.image.is_empty() || it.image == tagged)
            });
            Running {
                container: name.to_owned(),
                version: version.to_owned(),
                digest: image.and_then(|it| it.digests.first().copied()),
                condition: self.seen.condition(name).cloned(),
            }
        });
        Row {
            part: Part::Role(role.name.clone()),
            running,
            drift,
            routes: Vec::new(),
        }
    }

    fn drift_of(&self, role: &Role) -> Vec<String> {
        let own = self.strange.iter();
        let own = own.filter(|it| it.serving.host == *self.host && it.serving.role == role.name);
        own.map(|it| match it.reason {
            Reason::TagMoved => "its tag was moved".to_owned(),
            Reason::AnotherImage { .. } => "another image than elsewhere".to_owned(),
        })
        .collect()
    }

    fn accessory(&self, it: &Accessory) -> Row {
        let name = &it.service_name;
        let condition = self.seen.condition(name);
        let drift = accessories::drift(it, self.host, self.facts);
        let drift = drift.map(|it| it.changes).unwrap_or_default();
        let mut rows = [Row {
            part: Part::Accessory(it.name.clone(), name.clone()),
            running: condition.map(Running::of_image),
            drift: drift.iter().map(ToString::to_string).collect(),
            routes: Vec::new(),
        }];
        self.give_routes(name, &mut rows, it.proxy.is_some());
        let [row] = rows;
        row
    }

    fn proxy(&self) -> Row {
        let condition = self.seen.condition(PROXY);
        let running = self.known.proxy.as_ref().is_some_and(|it| it.running);
        let drift = match condition {
            None => Some("no container"),
            Some(_) if !running => Some("does not run"),
            Some(_) => None,
        };
        Row {
            part: Part::Proxy,
            running: condition.map(Running::of_image),
            drift: drift.map(str::to_owned).into_iter().collect(),
            routes: Vec::new(),
        }
    }

    /// Gives the first row, which is what serves, what the proxy sends there.
    fn give_routes(&self, service: &str, rows: &mut [Row], is_proxied: bool) {
        let Some(first) = rows.first_mut() else {
            return;
        };
        let own = self.seen.routes.iter().filter(|it| it.service == service);
        first.routes = own.cloned().collect();
        let serves = first.running.is_some() && self.known.proxy.is_some();
        if is_proxied && serves && first.routes.is_empty() {
            first.drift.push("no route".to_owned());
        }
    }
}

impl Running {
    fn of_image(condition: &Condition) -> Self {
        Self {
            container: condition.name.clone(),
            version: condition.image.clone(),
            digest: None,
            condition: Some(condition.clone()),
        }
    }
}

/// What parts of this deploy file are called in a table.
impl Part {
    /// The service that the part belongs to, as its containers are called.
    pub fn service(&self, names: &Names) -> String {
        match self {
            Self::Role(_) => names.service_and_destination(),
            Self::Accessory(_, service) => service.clone(),
            Self::Proxy => PROXY.to_owned(),
        }
    }

    /// The role, or what it is instead of one.
    pub fn role(&self) -> &str {
        match self {
            Self::Role(name) => name.as_str(),
            Self::Accessory(..) => "accessory",
            Self::Proxy => "proxy",
        }
    }
}
