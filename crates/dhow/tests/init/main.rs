//! `dhow init` as a person runs it, and what it wrote at work: the deploy file as it is loaded, the sample hooks
//! as shells run them.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod deploy_file;
mod folder;
mod git_hook;
mod hooks;
mod web;
mod written;
