//! The barrier: other roles wait until a first container of the primary role is healthy (flows §4.4).

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use dhow_names::RoleName;
use tokio::sync::watch;

/// What is known of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Nothing yet.
    Closed,
    /// A container of it is healthy somewhere.
    Open,
    /// Nobody is left who could open it.
    Abandoned,
}

/// One gate per role, for a whole run: once open, it stays open for later groups.
#[derive(Debug, Default)]
pub(crate) struct Barrier(Mutex<BTreeMap<RoleName, watch::Sender<Gate>>>);

impl Barrier {
    /// A container of the role is healthy somewhere.
    pub(crate) fn open(&self, role: &RoleName) {
        self.set(role, Gate::Open);
    }

    /// Nobody who could open the gate is left. An open gate stays open.
    pub(crate) fn abandon(&self, role: &RoleName) {
        self.set(role, Gate::Abandoned);
    }

    /// Waits; true when the gate opened. It always returns once everybody who could open it is done.
    pub(crate) async fn pass(&self, role: &RoleName) -> bool {
        let mut gate = self.with(role, watch::Sender::subscribe);
        // The sender lives in the map, so waiting cannot fail.
        gate.wait_for(|gate| *gate != Gate::Closed)
            .await
            .is_ok_and(|gate| *gate == Gate::Open)
    }

    fn set(&self, role: &RoleName, to: Gate) {
        self.with(role, |gate| {
            gate.send_if_modified(|gate| {
                let changes = *gate != Gate::Open && *gate != to;
                if changes {
                    *gate = to;
                }
                changes
            })
        });
    }

    fn with<T>(&self, role: &RoleName, act: impl FnOnce(&watch::Sender<Gate>) -> T) -> T {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(gates
            .entry(role.clone())
            .or_insert_with(|| watch::Sender::new(Gate::Closed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_open_gate_stays_open_and_an_abandoned_one_lets_nobody_through() {
        let barrier = Barrier::default();
        let (web, jobs): (RoleName, RoleName) = ("web".parse().unwrap(), "jobs".parse().unwrap());
        barrier.open(&web);
        barrier.abandon(&web);
        barrier.abandon(&jobs);
        assert!(barrier.pass(&web).await);
        assert!(!barrier.pass(&jobs).await);
    }
}
