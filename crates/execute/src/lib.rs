//! Carries out a plan, one script per host and phase, and tells what happens as events.
//!
//! The executor acts and never prints; whoever wants to show something is a [`Reporter`]. All hosts of a phase
//! work at the same time and all of them are waited for; a host that fails does not stop the others in the
//! middle of their work, but no later phase begins.

mod barrier;
mod event;
mod executor;
mod progress;
mod report;
mod script;

pub use event::{Announcer, BuildStepEnd, Deployed, Event, EventKind, Reporter};
pub use executor::{Executor, LocalRunner, Stopped};
pub use progress::{Progress, RoleState, Serving};
pub use report::{HostOutcome, HostReport, PhaseReport, StepOutcome};
