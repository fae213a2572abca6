//! Registries: which one is this machine's own, and logging in to the others.

use std::num::NonZeroU16;

use dhow_config::Config;
use dhow_redaction::Secret;
use dhow_shell::CommandLine;

/// The container that Kamal serves a registry of this machine with (host-commands §3.2).
pub const KAMALS_CONTAINER: &str = "kamal-docker-registry";

/// The port of a registry on this machine, `registry/server: localhost:PORT`, here and on every host (config §6).
pub fn local_port(config: &Config) -> Option<NonZeroU16> {
    let server = config.registry.server.as_deref();
    server?.strip_prefix("localhost:")?.parse().ok()
}

/// Prints what ports Kamal's container publishes, when it runs.
pub fn kamals_ports() -> CommandLine {
    let filter = format!("name=^/?{KAMALS_CONTAINER}$");
    CommandLine::new("docker")
        .args(["ps", "--filter", &filter])
        .args(["--format", "{{.Ports}}"])
}

/// Logs in; the password comes on standard input. Docker knows no other way for the user's name than an
/// argument, so a name that is a secret is at least shown to nobody who reads the line.
pub fn login(server: Option<&str>, username: &Secret) -> CommandLine {
    let line = CommandLine::new("docker").arg("login");
    let line = match server {
        Some(server) => line.arg(server),
        None => line,
    };
    line.arg("-u")
        .secret(username.clone())
        .arg("--password-stdin")
        .arg_raw(">/dev/null")
}

/// Logs out.
pub fn logout(server: Option<&str>) -> CommandLine {
    let line = CommandLine::new("docker").arg("logout");
    match server {
        Some(server) => line.arg(server),
        None => line,
    }
}
