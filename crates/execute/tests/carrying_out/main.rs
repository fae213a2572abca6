//! Plans carried out on hosts that answer from a table.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod barrier;
mod harness;
mod interruption;
mod phases;
mod registry;
