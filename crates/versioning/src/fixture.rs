//! Real repositories for tests, made by the git a developer uses.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A repository in a folder that goes away with it.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// A repository on the branch `main`, without commits.
    pub(crate) fn empty() -> Self {
        let fixture = Self::plain();
        std::fs::create_dir(fixture.root()).unwrap();
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture
    }

    /// A folder without a repository.
    pub(crate) fn plain() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A repository with one commit of `app.txt` and `Dockerfile`.
    pub(crate) fn committed() -> Self {
        let fixture = Self::empty();
        fixture.write("app.txt", "one\n");
        fixture.write("Dockerfile", "FROM scratch\n");
        fixture.commit("First light");
        fixture
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.beside("shop")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        write(&self.root().join(path), content);
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.root(), arguments)
    }
}

pub(crate) fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests use the real git to make what dhow must read"
)]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .envs([
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.com"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.com"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}
