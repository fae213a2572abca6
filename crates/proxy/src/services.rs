//! The services and everything that can be done to them: deploy, remove, pause, stop, resume, list.

mod listing;
mod refused;
mod restoring;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

pub use self::listing::{Listed, ListedTarget};
pub use self::refused::CommandError;
use crate::error_page::{ErrorPages, ErrorPagesError};
use crate::flight::Afterwards;
use crate::health::Checks;
use crate::log::Log;
use crate::names::{ServiceName, TargetAddress};
use crate::pause::{Gate, GateState};
use crate::router::Router;
use crate::service::{Service, TargetGroup};
use crate::settings::{ServiceOptions, TargetOptions, nanoseconds, unsupported};
use crate::state_file::{self, Entry};
use crate::target::Target;
use crate::tls::{Certificate, CertificateError};

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
    certificate: Option<Certificate>,
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
        let certificate = certificate(&deployment.options).map_err(CommandError::Certificate)?;
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
            certificate,
        })
    }

    /// The second half: switches to the new targets, and ends when the old ones are drained.
    pub async fn switch(&self, prepared: Prepared) -> Result<(), CommandError> {
        let Prepared {
            deployment,
            targets,
            certificate,
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
            certificate,
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
            .map(|service| listing::listed(service))
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

/// The certificate of a service that is reached over TLS.
fn certificate(options: &ServiceOptions) -> Result<Option<Certificate>, CertificateError> {
    if !options.tls_enabled {
        return Ok(None);
    }
    let (certificate, key) = (&options.tls_certificate_path, &options.tls_private_key_path);
    Certificate::load(certificate.as_ref(), key.as_ref()).map(Some)
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
