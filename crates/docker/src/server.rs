//! The host itself: its engine, its folders, its network.

use dhow_shell::{CommandLine, Word};

use crate::names::{NETWORK, Names};

/// The oldest engine whose `docker ps --format` knows everything we ask for.
pub const MINIMUM_ENGINE: (u32, u32) = (20, 10);

/// Prints the engine's version and architecture, such as `26.1.5 amd64`.
pub fn engine() -> CommandLine {
    CommandLine::new("docker").args([
        "version",
        "--format",
        "{{.Server.Version}} {{.Server.Arch}}",
    ])
}

/// Succeeds when the network is there.
pub fn has_network() -> CommandLine {
    CommandLine::new("docker")
        .args(["network", "ls", "--format", "{{.Name}}"])
        .pipe(CommandLine::new("grep").args(["-qx", NETWORK]))
}

/// Makes the network when it is not there.
pub fn ensure_network() -> CommandLine {
    has_network().or(CommandLine::new("docker").args(["network", "create", NETWORK]))
}

/// Removes the network, which fails while anything is on it.
pub fn remove_network() -> CommandLine {
    CommandLine::new("docker").args(["network", "rm", NETWORK])
}

/// Makes a folder and those above it.
pub fn make_directory(path: &str) -> CommandLine {
    CommandLine::new("mkdir").args(["-p", path])
}

/// Writes standard input to a file that only the SSH user can read. The file takes its place at once, so that
/// a lost connection never leaves half of it.
pub fn write_private_file(path: &str) -> CommandLine {
    let temporary = format!("{path}.new");
    CommandLine::raw("umask 077")
        .and(CommandLine::new("cat").arg_raw(">").arg(temporary.as_str()))
        .and(CommandLine::new("mv").args(["-f", temporary.as_str(), path]))
}

/// Removes the app's folder; nothing there is fine.
pub fn remove_app_directory(names: &Names) -> CommandLine {
    CommandLine::new("rm").args(["-rf", &names.app_directory()])
}

/// Removes what the app's folder holds of its roles, and leaves what it holds of accessories.
pub fn remove_role_directories(names: &Names) -> CommandLine {
    CommandLine::new("rm").args([
        "-rf",
        &names.role_env_directory(),
        &names.assets_directory(),
    ])
}

/// Removes what the proxy holds of the app; nothing there is fine.
pub fn remove_proxy_app_directory(names: &Names) -> CommandLine {
    CommandLine::new("rm").args(["-rf", &names.proxy_app_directory()])
}

/// Prints the apps that are installed on the host, one a line.
pub fn list_apps() -> CommandLine {
    CommandLine::new("ls")
        .arg(".kamal/apps")
        .arg_raw("2>/dev/null")
}

/// Installs Docker when it is missing and lets the SSH user use it (host-commands §3.1), from the next login on.
pub fn bootstrap() -> CommandLine {
    CommandLine::raw(
        "docker -v >/dev/null 2>&1 || { \
         { [ \"$(id -u)\" -eq 0 ] || sudo -nl usermod >/dev/null; } || \
         { echo 'Docker is not installed and cannot be installed without root' >&2; exit 1; }; \
         sh -c 'curl -fsSL https://get.docker.com || wget -O - https://get.docker.com || echo \"exit 1\"' | sh && \
         { [ \"$(id -u)\" -eq 0 ] || id -nG \"$(id -un)\" | grep -qw docker || \
         { sudo -n usermod -aG docker \"$(id -un)\"; }; }; }",
    )
}

/// A path below the SSH user's home for a volume argument, where a relative path would be a volume's name.
pub(crate) fn in_home(path: &str) -> Word {
    Word::Joined(vec![
        Word::Raw("\"$PWD\"/".to_owned()),
        Word::Plain(path.to_owned()),
    ])
}
