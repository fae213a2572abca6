//! A project's folder, and programs that run in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// `shop` in a folder of its own, and a home beside it.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        let folder = Self(TempDir::new().unwrap());
        fs::create_dir(folder.path()).unwrap();
        fs::create_dir(folder.home()).unwrap();
        folder
    }

    /// After `dhow init`.
    pub(crate) fn initialised() -> Self {
        let folder = Self::empty();
        folder.dhow(&["init"]);
        folder
    }

    /// After `dhow init` in a repository whose remote is this, with everything committed.
    pub(crate) fn committed(remote: &str) -> Self {
        let folder = Self::empty();
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder.git(&["remote", "add", "origin", remote]);
        folder.dhow(&["init"]);
        folder.commit();
        folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        // A temporary folder may lie behind a link.
        self.0.path().canonicalize().unwrap().join("shop")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.beside("home")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// The permissions of a file, in octal.
    pub(crate) fn mode(&self, path: &str) -> String {
        let mode = fs::metadata(self.path().join(path)).unwrap().permissions();
        format!("{:o}", mode.mode() & 0o777)
    }

    /// Every file, in order, with a path from this folder; what git keeps is left out.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".git") {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(self.path()).unwrap();
                    found.push(relative.to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", "A step"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = self.program("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]);
        let output = git.args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs `dhow` and tells all it said, the results before the rest.
    pub(crate) fn dhow(&self, arguments: &[&str]) -> String {
        let mut dhow = self.program(cargo_bin!("dhow").to_str().unwrap());
        let (told, _) = self.told(dhow.args(arguments));
        told
    }

    /// A program that runs here, with nothing of this machine's user in its environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests run programs as a user does"
    )]
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut program = Command::new(name);
        program
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.home())
            .stdin(Stdio::null());
        program
    }

    /// Runs it and gives all it said with its exit code; the path of this run is replaced.
    pub(crate) fn told(&self, program: &mut Command) -> (String, Option<i32>) {
        let output = program.output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        let here = self.beside("").to_str().unwrap().to_owned();
        (told.replace(&here, "[here]/"), output.status.code())
    }
}
