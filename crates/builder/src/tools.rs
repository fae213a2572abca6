//! What must be on this machine.

use dhow_shell::CommandLine;

/// Prints the version of the engine that `docker` talks to; fails when there is none.
pub fn engine_version() -> CommandLine {
    CommandLine::new("docker").args(["version", "--format", "{{.Server.Version}}"])
}

/// Prints the architecture of the engine in Docker's words, such as `amd64`.
pub fn engine_architecture() -> CommandLine {
    CommandLine::new("docker").args(["version", "--format", "{{.Server.Arch}}"])
}

/// Prints the version of `pack`; fails when there is none.
pub fn pack_version() -> CommandLine {
    CommandLine::new("pack").arg("version")
}

/// Prints the version of the buildx plugin; fails when there is none.
pub fn buildx_version() -> CommandLine {
    CommandLine::new("docker").args(["buildx", "version"])
}
