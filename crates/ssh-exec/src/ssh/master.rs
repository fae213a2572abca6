//! Opens the one connection of a host.

use std::{fs, os::unix::fs::OpenOptionsExt as _, path::Path, process::Stdio};

use dhow_names::Host;
use openssh::Session;
use tempfile::TempDir;

use crate::{
    ConnectError, ConnectFailure, LocalProgram, SshSettings,
    local::{Group, command},
    ssh::{arguments, failure},
};

/// Starts `ssh` for a host and waits until the connection stands and `ssh` has gone to the background, at
/// most for the connect timeout. A start that takes longer, or that is given up, is ended with all it started.
pub(super) async fn launch(
    settings: &SshSettings,
    folder: &Path,
    host: &Host,
) -> Result<Session, ConnectError> {
    let failed = |reason, said: &str| ConnectError {
        host: host.clone(),
        tried: arguments::tried(settings, host),
        reason,
        said: failure::last_lines(said),
    };
    let not_started =
        |error: &dyn std::fmt::Display| failed(ConnectFailure::NoSsh, &error.to_string());
    let sockets = tempfile::Builder::new().prefix("").tempdir_in(folder);
    let sockets = sockets.map_err(|error| failed(ConnectFailure::Other, &error.to_string()))?;
    let mut ssh = start(settings, folder, &sockets, host).map_err(|error| not_started(&error))?;
    let said = || fs::read_to_string(log(&sockets)).unwrap_or_default();
    match tokio::time::timeout(settings.connect_timeout, ssh.leader.wait()).await {
        Err(_) => {
            let after = settings.connect_timeout;
            Err(failed(ConnectFailure::TimedOut { after }, &said()))
        }
        Ok(Err(error)) => Err(not_started(&error)),
        Ok(Ok(status)) if status.success() => {
            // A program that carries the connection may be in this group.
            ssh.disarm();
            Ok(Session::new_native_mux(sockets))
        }
        Ok(Ok(_)) => {
            let said = said();
            let reason = failure::classify(&said, settings.connect_timeout);
            Err(failed(reason, &said))
        }
    }
}

fn start(
    settings: &SshSettings,
    folder: &Path,
    sockets: &TempDir,
    host: &Host,
) -> Result<Group, std::io::Error> {
    // `Session` looks for the socket under this name.
    let socket = sockets.path().join("master");
    let program = LocalProgram::new("ssh")
        .args(arguments::master(settings, folder, &socket, host))
        // Where a jump host's `ssh` would ask on the terminal, it is told no instead.
        .env("SSH_ASKPASS", "/bin/false")
        .env("SSH_ASKPASS_REQUIRE", "force");
    // A file, because what carries the connection keeps it open for as long.
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(log(sockets))?;
    let mut command = command(&program);
    command.stdout(Stdio::null()).stderr(log);
    Group::start(&program, command).map_err(|error| match error {
        crate::LocalError::Start { source, .. } | crate::LocalError::Follow { source, .. } => {
            source
        }
    })
}

fn log(sockets: &TempDir) -> std::path::PathBuf {
    sockets.path().join("log")
}
