//! Where things lie, and who is asking.

use std::path::{Path, PathBuf};

/// The folder of everything imitated, at the same place in every namespace.
pub const ROOT: &str = "/srv/imitation";

/// The variable by which the login shell tells the programs below it which host they are on.
pub const HOST: &str = "IMITATED_HOST";

/// The variable that names the exec request a program runs for.
pub const REQUEST: &str = "IMITATED_REQUEST";

/// The host that is asked: the one of the login, or the machine that deploys.
pub fn host() -> String {
    std::env::var(HOST).unwrap_or_else(|_| "here".to_owned())
}

/// What belongs to a host.
pub fn of_host(host: &str) -> PathBuf {
    Path::new(ROOT).join("hosts").join(host)
}
