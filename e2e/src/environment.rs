//! What the harness takes from outside: where the repository, the tool and this machine's programs are.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place of this crate where the environment is read"
)]

use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository's root folder.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("e2e lies in the repository")
}

/// What `bin/prepare` and `bin/build` made: `target/e2e` of the repository, whatever `CARGO_TARGET_DIR` says.
pub(crate) fn prepared() -> PathBuf {
    repository().join("target/e2e")
}

/// The `dhow` to test: `DHOW_BIN`, else the one that cargo built beside the running test.
pub(crate) fn dhow() -> PathBuf {
    let path = env::var_os("DHOW_BIN").map_or_else(beside_the_test, PathBuf::from);
    assert!(
        path.is_file(),
        "there is no {}: run `bin/build`, or let DHOW_BIN name the tool to test",
        path.display()
    );
    path
}

/// What runs the real Kamal: the one on this machine, or Debian's in a root folder.
pub(crate) fn kamal() -> PathBuf {
    repository().join("bin/parity")
}

/// `…/debug/dhow`, for a test `…/debug/deps/deploy-0123` and for `…/debug/demo`.
fn beside_the_test() -> PathBuf {
    let running = env::current_exe().expect("a running program has a path");
    let folder = running.parent().expect("a program lies in a folder");
    folder
        .ancestors()
        .find(|folder| !folder.ends_with("deps"))
        .expect("deps lies in a folder")
        .join("dhow")
}

/// `PATH` as this process has it.
pub(crate) fn search_path() -> String {
    env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into())
}
