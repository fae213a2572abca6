//! The services and everything that can be done to them: deploy, remove, pause, stop, resume, list.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::error_page::{ErrorPages, ErrorPagesError};
use crate::flight::Afterwards;
use crate::go_duration;
use crate::health::{Checks, Failure};
use crate::log::{Level, Log, with_causes};
use crate::names::{ServiceName, TargetAddress};
use crate::pause::{Gate, GateState};
use crate::router::Router;
use crate::service::{Service, TargetGroup};
use crate::settings::{ServiceOptions, TargetOptions, Unsupported, nanoseconds, unsupported};
use crate::state_file::{self, Entry, Rejection, Saved, StateFileError};
use crate::target::Target;

/// A deploy as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The service to make or to change.
    pub service: ServiceName,
    /// The targets that are to take over.
    pub targets: Vec<TargetAddress>,
    /// How the service is reached from then on.
    pub options: ServiceOptions,
    /// How the targets are spoken to.
    pub target_options: TargetOptions,
    /// How long the targets may take to become healthy.
    #[serde(with = "nanoseconds")]
    pub deploy_timeout: Duration,
    /// How long requests to the replaced targets may take.
    #[serde(with = "nanoseconds")]
    pub drain_timeout: Duration,
    /// Whether to switch without waiting for health.
    pub force: bool,
}

/// Why a command was not carried out; the texts are the original's (kamal-proxy §2).
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No service has this name.
    #[error("service not found")]
    ServiceNotFound,
    /// Another service has the same host and prefix.
    #[error("host settings conflict with another service")]
    HostConflict,
    /// The targets were not all healthy in time.
    #[error(
        "target failed to become healthy within configured timeout ({}){}",
        go_duration::print(*limit), describe(failures)
    )]
    Unhealthy {
        /// The time they had.
        limit: Duration,
        /// What the last check of each saw.
        failures: Vec<(TargetAddress, Option<Failure>)>,
    },
    /// The error pages cannot be used.
    #[error("unable to load error pages")]
    ErrorPages(#[source] ErrorPagesError),
    /// Something that does not exist yet was asked for.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// One further line for each target that never became healthy.
fn describe(failures: &[(TargetAddress, Option<Failure>)]) -> String {
    let seen = |failure: &Option<Failure>| {
        failure
            .as_ref()
            .map_or_else(|| "no check has ended yet".to_owned(), ToString::to_string)
    };
    let lines = failures
        .iter()
        .map(|(address, failure)| format!("\nlast check of {address}: {}", seen(failure)));
    lines.collect()
}

/// What `list` tells of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What it is called.
    pub service: ServiceName,
    /// Its hosts; none means any.
    pub hosts: Vec<String>,
    /// Its path prefixes.
    pub paths: Vec<String>,
    /// Its targets.
    pub targets: Vec<ListedTarget>,
    /// `running`, `paused` or `stopped`.
    pub state: String,
    /// Whether it is reached over TLS.
    pub tls: bool,
}

/// What `list` tells of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedTarget {
    /// `host:port`.
    pub address: TargetAddress,
    /// Whether it takes requests.
    pub healthy: bool,
}

type ServiceTable = BTreeMap<ServiceName, Arc<Service>>;

/// All services, their routes and their state file.
#[derive(Debug)]
pub struct Services {
    table: Mutex<ServiceTable>,
    router: Arc<ArcSwap<Router<Arc<Service>>>>,
    state_path: PathBuf,
    workers: usize,
    log: Log,
}

/// A deploy whose targets are ready to take over.
#[derive(Debug)]
pub struct Prepared {
    deployment: Deployment,
    targets: Arc<TargetGroup>,
}

impl Services {
    /// No services yet, for so many workers.
    pub fn new(state_path: PathBuf, workers: usize, log: Log) -> Self {
        Self {
            table: Mutex::default(),
            router: Arc::default(),
            state_path,
            workers,
            log,
        }
    }

    /// The routes, as the workers see them.
    pub fn router(&self) -> Arc<ArcSwap<Router<Arc<Service>>>> {
        self.router.clone()
    }

    /// Takes up what the state file says. What cannot be used is kept beside it, and logged.
    pub async fn restore(&self) {
        let Saved { entries, rejected } = match state_file::read(&self.state_path) {
            Ok(saved) => saved,
            Err(error) => return self.give_up_file(&error),
        };
        let mut table = self.table.lock().await;
        let mut refused: Vec<Value> = Vec::new();
        for (value, rejection) in rejected {
            self.log_rejection(&value["name"], &rejection);
            refused.push(value);
        }
        for entry in entries {
            match self.restored(&table, &entry) {
                Ok(service) => drop(table.insert(entry.name.clone(), Arc::new(service))),
                Err(rejection) => {
                    self.log_rejection(&json!(entry.name), &rejection);
                    refused.push(serde_json::to_value(&entry).unwrap_or_default());
                }
            }
        }
        if !refused.is_empty() {
            self.set_aside(&refused);
        }
        self.log
            .info("Restored saved state", &[("services", json!(table.len()))]);
        self.router.store(Arc::new(routes(&table)));
    }

    fn give_up_file(&self, error: &StateFileError) {
        self.log.error("Failed to decode saved state", error);
        if matches!(error, StateFileError::NoList { .. }) {
            match state_file::set_file_aside(&self.state_path) {
                Ok(path) => self
                    .log
                    .info("Saved state set aside", &[("path", json!(path))]),
                Err(error) => self.log.error("Unable to set saved state aside", &error),
            }
        }
    }

    fn log_rejection(&self, name: &Value, rejection: &Rejection) {
        let fields = [
            ("service", name.clone()),
            ("error", json!(with_causes(rejection))),
        ];
        self.log
            .event(Level::Error, "Service not restored", &fields);
    }

    fn set_aside(&self, refused: &[Value]) {
        match state_file::set_aside(&self.state_path, refused) {
            Ok(path) => self
                .log
                .info("Services set aside", &[("path", json!(path))]),
            Err(error) => self.log.error("Unable to set services aside", &error),
        }
    }

    /// A service as it was saved. Its targets are taken as healthy, because they were.
    fn restored(&self, table: &ServiceTable, entry: &Entry) -> Result<Service, Rejection> {
        if table.contains_key(&entry.name) {
            return Err(Rejection::Repeated);
        }
        if conflicts(table, &entry.name, &entry.options) {
            return Err(Rejection::Conflict);
        }
        let targets = self.targets(&entry.active_targets);
        for target in &targets {
            target.set_healthy(true);
        }
        let several = targets.len() > 1;
        let checks = several.then(|| {
            Checks::start(
                &targets,
                &entry.target_options.health_check_config,
                &self.log,
            )
        });
        Ok(Service {
            name: entry.name.clone(),
            options: entry.options.clone(),
            target_options: entry.target_options.clone(),
            targets: Arc::new(TargetGroup::new(targets, checks)),
            gate: Arc::new(Gate::new(entry.pause_controller.clone().into())),
            error_pages: Arc::new(error_pages(&entry.options).map_err(Rejection::ErrorPages)?),
            others: entry.others.clone(),
        })
    }

    fn targets(&self, addresses: &[TargetAddress]) -> Vec<Arc<Target>> {
        addresses
            .iter()
            .map(|address| Arc::new(Target::new(address.clone(), self.workers)))
            .collect()
    }

    /// The first half of a deploy: waits for the targets to become healthy. Nothing has changed after it,
    /// and dropping it ends the deploy.
    pub async fn prepare(&self, mut deployment: Deployment) -> Result<Prepared, CommandError> {
        if let Some(unsupported) = unsupported(&deployment.options, &deployment.target_options) {
            return Err(unsupported.into());
        }
        deployment.options = deployment.options.normalised();
        self.log_deployment("Deploying", &deployment);
        let targets = self.targets(&deployment.targets);
        let checks = Checks::start(
            &targets,
            &deployment.target_options.health_check_config,
            &self.log,
        );
        if !deployment.force
            && timeout(deployment.deploy_timeout, checks.all_healthy())
                .await
                .is_err()
        {
            return Err(CommandError::Unhealthy {
                limit: deployment.deploy_timeout,
                failures: checks.failures(),
            });
        }
        Ok(Prepared {
            deployment,
            targets: Arc::new(TargetGroup::new(targets, Some(checks))),
        })
    }

    /// The second half: switches to the new targets, and ends when the old ones are drained.
    pub async fn switch(&self, prepared: Prepared) -> Result<(), CommandError> {
        let Prepared {
            deployment,
            targets,
        } = prepared;
        let error_pages =
            Arc::new(error_pages(&deployment.options).map_err(CommandError::ErrorPages)?);
        let mut table = self.table.lock().await;
        if conflicts(&table, &deployment.service, &deployment.options) {
            return Err(CommandError::HostConflict);
        }
        let before = table.get(&deployment.service).cloned();
        let gate = before.as_ref().map_or_else(
            || Arc::new(Gate::new(GateState::Running)),
            |old| old.gate.clone(),
        );
        let service = Service {
            name: deployment.service.clone(),
            options: deployment.options.clone(),
            target_options: deployment.target_options.clone(),
            targets,
            gate,
            error_pages,
            others: before
                .as_ref()
                .map(|old| old.others.clone())
                .unwrap_or_default(),
        };
        table.insert(deployment.service.clone(), Arc::new(service));
        self.publish(table).await;
        if let Some(before) = before {
            before.targets.stop_checks();
            self.drain(&before, deployment.drain_timeout, Afterwards::Close)
                .await;
        }
        self.log_deployment("Deployed", &deployment);
        Ok(())
    }

    fn log_deployment(&self, message: &str, deployment: &Deployment) {
        let fields = [
            ("service", json!(deployment.service)),
            ("targets", json!(deployment.targets)),
        ];
        self.log.info(message, &fields);
    }

    /// Removes a service at once. Requests under way to it finish by themselves.
    pub async fn remove(&self, name: &ServiceName) -> Result<(), CommandError> {
        let mut table = self.table.lock().await;
        let removed = table.remove(name).ok_or(CommandError::ServiceNotFound)?;
        removed.targets.stop_checks();
        // A request that is held must not be held for a service that is gone.
        removed.gate.set(GateState::Running);
        self.publish(table).await;
        self.log
            .info("Service removed", &[("service", json!(name))]);
        Ok(())
    }

    /// Closes a service's gate, in the given way, and ends when its requests have finished.
    pub async fn close(
        &self,
        name: &ServiceName,
        state: GateState,
        drain: Duration,
    ) -> Result<(), CommandError> {
        let message = match state {
            GateState::Stopped { .. } => "Service stopped",
            GateState::Paused { .. } | GateState::Running => "Service paused",
        };
        let service = self.set_gate(name, state).await?;
        self.log.info(message, &[("service", json!(name))]);
        self.drain(&service, drain, Afterwards::Reopen).await;
        Ok(())
    }

    /// Opens a service's gate; held requests go on.
    pub async fn resume(&self, name: &ServiceName) -> Result<(), CommandError> {
        self.set_gate(name, GateState::Running).await?;
        self.log
            .info("Service resumed", &[("service", json!(name))]);
        Ok(())
    }

    async fn set_gate(
        &self,
        name: &ServiceName,
        state: GateState,
    ) -> Result<Arc<Service>, CommandError> {
        let table = self.table.lock().await;
        let service = table
            .get(name)
            .cloned()
            .ok_or(CommandError::ServiceNotFound)?;
        service.gate.set(state);
        self.publish(table).await;
        Ok(service)
    }

    /// Every service, by name.
    pub async fn list(&self) -> Vec<Listed> {
        self.table
            .lock()
            .await
            .values()
            .map(|service| listed(service))
            .collect()
    }

    async fn drain(&self, service: &Service, limit: Duration, afterwards: Afterwards) {
        let drains: Vec<_> = service
            .targets
            .all()
            .iter()
            .map(|target| {
                let target = target.clone();
                tokio::spawn(async move { target.drain(limit, afterwards).await })
            })
            .collect();
        let mut cut = 0;
        for drain in drains {
            cut += drain.await.unwrap_or_default();
        }
        self.log.info(
            "Service drained",
            &[("service", json!(service.name)), ("cut", json!(cut))],
        );
    }

    /// Makes the table what requests see and what a restart finds.
    async fn publish(&self, table: MutexGuard<'_, ServiceTable>) {
        self.router.store(Arc::new(routes(&table)));
        let entries: Vec<Entry> = table.values().map(|service| entry_of(service)).collect();
        let path = self.state_path.clone();
        // The table stays locked meanwhile, so that an older state never replaces a newer one.
        let written = tokio::task::spawn_blocking(move || state_file::write(&path, &entries)).await;
        if let Ok(Err(error)) = written {
            self.log.error("Unable to save state", &error);
        }
        drop(table);
    }
}

fn routes(table: &ServiceTable) -> Router<Arc<Service>> {
    let mut router = Router::default();
    for service in table.values() {
        router.insert(
            &service.options.hosts,
            &service.options.path_prefixes,
            service,
        );
    }
    router
}

/// Whether another service already answers for one of these hosts and prefixes.
fn conflicts(table: &ServiceTable, name: &ServiceName, options: &ServiceOptions) -> bool {
    let router = routes(table);
    let holder = |host, prefix| {
        router
            .holder(host, prefix)
            .is_some_and(|service: &Arc<Service>| service.name != *name)
    };
    options.hosts.iter().any(|host| {
        options
            .path_prefixes
            .iter()
            .any(|prefix| holder(host, prefix))
    })
}

fn error_pages(options: &ServiceOptions) -> Result<ErrorPages, ErrorPagesError> {
    if options.error_page_path.is_empty() {
        return Ok(ErrorPages::default());
    }
    ErrorPages::load(options.error_page_path.as_ref())
}

fn entry_of(service: &Service) -> Entry {
    Entry {
        name: service.name.clone(),
        options: service.options.clone(),
        target_options: service.target_options.clone(),
        active_targets: service
            .targets
            .all()
            .iter()
            .map(|target| target.address().clone())
            .collect(),
        active_readers: Vec::new(),
        pause_controller: service.gate.state().into(),
        others: service.others.clone(),
    }
}

fn listed(service: &Service) -> Listed {
    let target = |target: &Arc<Target>| ListedTarget {
        address: target.address().clone(),
        healthy: target.is_healthy(),
    };
    let state = match service.gate.state() {
        GateState::Running => "running",
        GateState::Paused { .. } => "paused",
        GateState::Stopped { .. } => "stopped",
    };
    let hosts = service
        .options
        .hosts
        .iter()
        .map(|host| host.as_str().to_owned());
    Listed {
        service: service.name.clone(),
        hosts: hosts.filter(|host| !host.is_empty()).collect(),
        paths: service
            .options
            .path_prefixes
            .iter()
            .map(|path| path.as_str().to_owned())
            .collect(),
        targets: service.targets.all().iter().map(target).collect(),
        state: state.to_owned(),
        tls: service.options.tls_enabled,
    }
}
