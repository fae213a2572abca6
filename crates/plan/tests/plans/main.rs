//! Plans as a person reads them, for fleets and states of hosts that a few words describe.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod app;
mod boots;
mod checks;
mod deploys;
mod drifting;
mod facts;
mod needs;
mod other_commands;
mod pending;
mod proxied;
mod proxy;
mod pulls;
mod rollbacks;
mod scenario;
mod secrecy;
mod shop;
mod statuses;
