//! The temporary folder of one world.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::environment;

/// `dhow-e2e-PID-…` in the temporary folder: `bin/sweep` knows by the name whose it is. Short, because
/// paths of sockets lie in it.
#[derive(Debug)]
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn make() -> Self {
        let prefix = format!("dhow-e2e-{}-", std::process::id());
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .rand_bytes(4)
            .tempdir()
            .expect("the temporary folder is writable");
        let scratch = Self(folder);
        scratch.lay_out_home();
        scratch
    }

    /// The folder's own name, which serves the world's network and containers too.
    pub(crate) fn name(&self) -> String {
        self.0
            .path()
            .file_name()
            .expect("a temporary folder has a name")
            .to_string_lossy()
            .into_owned()
    }

    /// The home of the person who deploys.
    pub(crate) fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    /// A folder in it, made.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.0.path().join(name);
        fs_err::create_dir_all(&folder).expect("the scratch folder is writable");
        folder
    }

    fn lay_out_home(&self) {
        let home = self.folder("home");
        let docker = self.folder("home/.docker");
        let plugins = environment::prepared().join("docker/cli-plugins");
        if plugins.is_dir() {
            link(&plugins, &docker.join("cli-plugins"));
        }
        let git = "[user]\n\tname = Dorothea Deploys\n\temail = dorothea@example.com\n[init]\n\tdefaultBranch = main\n";
        fs_err::write(home.join(".gitconfig"), git).expect("the home is writable");
    }
}

fn link(target: &Path, link: &Path) {
    fs_err::os::unix::fs::symlink(target, link).expect("the home is writable");
}
