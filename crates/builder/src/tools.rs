//! What must be on this machine.

use dhow_shell::CommandLine;

/// Prints the version of the engine that `docker` talks to; fails when there is none.
pub fn engine_version() -> CommandLine {
    CommandLine::new("docker").args(["version", "--format", "{{.Server.Version}}"])
}

/// Prints the version of the buildx plugin; fails when there is none.
pub fn buildx_version() -> CommandLine {
    CommandLine::new("docker").args(["buildx", "version"])
}
