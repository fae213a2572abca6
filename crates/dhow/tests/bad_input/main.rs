//! Everything a person can get wrong before a host is asked anything: one clear message each, and its exit code.
//!
//! No engine and no host is needed here. What only hosts can tell is in `e2e/tests/bad_hosts.rs`.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod config_check;
mod deploy_file;
mod documentation;
mod hooks;
mod machine;
mod project;
mod repository;
mod versions;
