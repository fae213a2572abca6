//! The deploy lock that this run holds.

use std::sync::{Arc, Mutex, PoisonError};

/// Knows where the lock lies that this run has taken, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldLock(Arc<Mutex<Option<Place>>>);

/// Where a lock lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host.
    pub(crate) host: String,
    /// The folder, relative to the SSH user's home.
    pub(crate) folder: String,
}

impl HeldLock {
    /// The lock was taken.
    pub(crate) fn taken(&self, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// The lock was given up.
    pub(crate) fn released(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Where the lock lies, while it is held.
    pub(crate) fn place(&self) -> Option<Place> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
