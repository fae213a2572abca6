//! What every host is asked by a command, in words and in commands: the plan of a fixed deploy file, carried out over
//! a transport that writes everything down.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod accessories;
#[path = "../../../plan/tests/plans/scenario.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod scenario;
mod servers;
mod told;
