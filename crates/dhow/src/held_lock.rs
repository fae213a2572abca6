//! The deploy lock that this run holds.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use dhow_docker::lock::LockDetails;

use crate::{
    arguments::{DEFAULT_CONFIG_FILE, Global},
    invocation::Invocation,
};

/// Knows the lock that this run has taken, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldLock(Arc<Mutex<Option<Taken>>>);

/// A lock that was taken, or is being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Where it lies.
    pub(crate) place: Place,
    /// What it says.
    pub(crate) details: LockDetails,
}

/// Where a lock lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host.
    pub(crate) host: String,
    /// The folder, relative to the SSH user's home.
    pub(crate) folder: String,
}

impl Place {
    /// The command that removes this lock and no other: it goes to the same host for the same destination.
    pub(crate) fn how_to_release(&self, invocation: &Invocation) -> String {
        let Global {
            destination,
            config_file,
            ..
        } = &invocation.global;
        let mut command = "dhow lock release".to_owned();
        if let Some(destination) = destination {
            let _ = write!(command, " -d {destination}");
        }
        if config_file.as_os_str() != DEFAULT_CONFIG_FILE {
            let _ = write!(command, " -c {}", config_file.display());
        }
        let _ = write!(command, " -h {}", self.host);
        format!("`{command}` removes the lock {}", self.folder)
    }
}

impl HeldLock {
    /// The lock was taken, or is being taken.
    pub(crate) fn take(&self, taken: Taken) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    }

    /// The lock was given up.
    pub(crate) fn released(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The lock, while it is held.
    pub(crate) fn taken(&self) -> Option<Taken> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
