//! Logging in to a registry.

use dhow_redaction::Secret;
use dhow_shell::CommandLine;

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
