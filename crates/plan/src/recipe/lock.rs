//! Taking, showing and giving up the deploy lock (flows §1.2).

use dhow_docker::lock::{self, LockDetails};
use dhow_names::Host;

use super::Names;
use crate::plan::{Block, HostWork, Step};

/// Takes the lock on the primary host; exit code [`lock::HELD`] when somebody else has it.
pub fn acquire(names: &Names, primary: &Host, details: &LockDetails) -> HostWork {
    one(
        primary,
        Step::new("take the deploy lock", lock::acquire(names, details)),
    )
}

/// Prints who holds the lock; exit code [`lock::FREE`] when nobody does.
pub fn status(names: &Names, primary: &Host) -> HostWork {
    one(
        primary,
        Step::new("look at the deploy lock", lock::status(names)).endable(),
    )
}

/// Gives the lock up; exit code [`lock::FREE`] when there is none.
pub fn release(names: &Names, primary: &Host) -> HostWork {
    one(
        primary,
        Step::new("release the deploy lock", lock::release(names)),
    )
}

/// Gives up the lock that was taken with these details; exit code [`lock::FREE`] when there is none any more,
/// [`lock::TAKEN_OVER`] when somebody else holds it.
pub fn release_own(names: &Names, primary: &Host, details: &LockDetails) -> HostWork {
    let release = lock::release_own(names, details);
    one(primary, Step::new("release the deploy lock", release))
}

fn one(host: &Host, step: Step) -> HostWork {
    HostWork::at_once(host, vec![Block::of(vec![step.tolerant()])])
}
