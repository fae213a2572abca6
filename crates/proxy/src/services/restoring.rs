//! Taking up the saved state at the start, one service at a time.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ServiceTable, Services, certificate, conflicts, error_pages, routes};
use crate::health::Checks;
use crate::log::{Level, with_causes};
use crate::pause::Gate;
use crate::service::{Service, TargetGroup};
use crate::state_file::{self, Entry, Rejection, Saved, StateFileError};

impl Services {
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
            certificate: certificate(&entry.options).map_err(Rejection::Certificate)?,
            others: entry.others.clone(),
        })
    }
}
