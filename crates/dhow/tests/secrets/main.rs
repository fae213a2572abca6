//! `dhow secrets`, and secrets files that ask password managers, against stand-ins for their programs.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod commands;
mod files;
mod project;
mod told;
