//! The programs of an imitated host, in one binary: which one it is follows from the name it is called by.
//!
//! One real `sshd` serves any number of addresses, and whoever logs in gets the `login-shell` here, which gives each
//! address a home folder and an engine of its own. `docker` answers from that engine at once, in Docker's words and
//! with Docker's exit codes. Every request and every call is a line in the journal, so that it can be counted and
//! compared. `registry` serves the manifests of images that nobody ever built. `hook` is what hooks of a project call.

mod builders;
mod containers;
mod docker;
mod engine;
mod hook;
mod images;
mod journal;
mod listing;
mod login_shell;
mod options;
mod place;
mod proxy;
mod registry;
mod template;
mod things;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args();
    let called = words.next().unwrap_or_default();
    let name = called.rsplit('/').next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    match name.trim_start_matches('-') {
        "login-shell" => login_shell::run(&words),
        "docker" => docker::run(&words),
        "registry" => registry::serve(&words),
        "hook" => hook::run(&words),
        // Whatever else a host is asked to run that would change this machine: it is noted and succeeds.
        other => {
            journal::call(other, &words);
            ExitCode::SUCCESS
        }
    }
}
