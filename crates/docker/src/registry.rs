//! Registries: which one is this machine's own, and logging in to the others.

use std::num::NonZeroU16;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use dhow_config::Config;
use dhow_redaction::Secret;
use dhow_shell::CommandLine;

/// The container that Kamal serves a registry of this machine with (host-commands §3.2).
pub const KAMALS_CONTAINER: &str = "kamal-docker-registry";

/// The name under which Docker notes who logs in to Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

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

/// Removes Kamal's container with what it holds, and prints its id; none is fine.
pub fn remove_kamals() -> CommandLine {
    let filter = format!("name=^/?{KAMALS_CONTAINER}$");
    CommandLine::new("docker")
        .args(["ps", "--all", "--quiet", "--filter", &filter])
        .pipe(CommandLine::new("xargs").args(["-r", "docker", "rm", "--force", "--volumes"]))
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

/// Logs in unless exactly this user and password are noted already, which come on standard input as
/// [`login_words`]. A credential helper notes them elsewhere; then it is logged in again.
pub fn ensure_login(server: Option<&str>, username: &Secret) -> CommandLine {
    let key = server.unwrap_or(DOCKER_HUB);
    // `read` is part of the shell, so nothing secret becomes an argument; it leaves the other lines to `docker`.
    CommandLine::raw(format!(
        "read -r wanted; noted=$(sed -n '\\|\"{key}\": {{|{{n;s/.*\"auth\": \"\\(.*\\)\".*/\\1/p;}}' \
         \"${{DOCKER_CONFIG:-$HOME/.docker}}/config.json\" 2>/dev/null); [ \"$noted\" = \"$wanted\" ]"
    ))
    .or(login(server, username))
}

/// What [`ensure_login`] reads: how Docker notes this user and password in its configuration, and the password.
pub fn login_words(username: &Secret, password: &Secret) -> Secret {
    let password = password.expose();
    let noted = BASE64_STANDARD.encode(format!("{}:{password}", username.expose()));
    Secret::new(format!("{noted}\n{password}"))
}

/// Logs out.
pub fn logout(server: Option<&str>) -> CommandLine {
    let line = CommandLine::new("docker").arg("logout");
    match server {
        Some(server) => line.arg(server),
        None => line,
    }
}
