//! A project with a secrets file, and stand-ins for the programs that it asks.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    time::Duration,
};

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

/// What it does stands at its top.
const STAND_IN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../secrets/tests/stubs/password-manager"
);

pub(crate) const DEPLOY: &str = "service: shop
image: acme/shop
servers: [web1.example]
registry:
  username: dorothea
  password: [KAMAL_REGISTRY_PASSWORD]
builder:
  arch: amd64
";

/// More than any of these runs can need: one that hangs is a failure.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A project with a secrets file, and programs on a `PATH` of its own.
pub(crate) struct Project(pub(crate) TempDir);

impl Project {
    pub(crate) fn new(secrets: &str) -> Self {
        let project = Self(TempDir::new().unwrap());
        for folder in ["config", ".kamal", "programs"] {
            fs::create_dir(project.0.path().join(folder)).unwrap();
        }
        project.write("config/deploy.yml", DEPLOY);
        project.write("config/deploy.staging.yml", "{}\n");
        project.write(".kamal/secrets", secrets);
        project.write(".kamal/secrets.staging", "ONLY=staging\n");
        project
    }

    /// `line` is answered with `output`.
    pub(crate) fn answers(self, number: usize, line: &str, output: &str) -> Self {
        let (program, words) = line.split_once(' ').unwrap();
        let programs = self.0.path().join("programs");
        let path = programs.join(program);
        if !path.exists() {
            symlink(STAND_IN, path).unwrap();
        }
        let answers = programs.join(format!("{program}.{number}"));
        fs::create_dir(&answers).unwrap();
        for (file, text) in [
            ("words", words),
            ("next", "1"),
            ("1.output", output),
            ("1.code", "0"),
        ] {
            fs::write(answers.join(file), text).unwrap();
        }
        self
    }

    /// A program that does what `script` says.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let path = self.0.path().join("programs").join(name);
        fs::write(&path, format!("#!/bin/sh\nPATH=$REAL_PATH\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The shell that commands of secrets files run in.
    pub(crate) fn with_shell(self) -> Self {
        symlink("/bin/sh", self.0.path().join("programs/sh")).unwrap();
        self
    }

    /// Writes a file of the project, for its owner only.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn dhow(&self, words: &[&str]) -> std::process::Output {
        let programs = self.0.path().join("programs");
        cargo_bin_cmd!("dhow")
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", programs)
            .env("REAL_PATH", "/usr/bin:/bin")
            .timeout(PATIENCE)
            .args(words)
            .output()
            .unwrap()
    }

    /// What a successful command printed.
    pub(crate) fn prints(&self, words: &[&str]) -> String {
        let output = self.dhow(words);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code of a failing command, and its message.
    pub(crate) fn fails(&self, words: &[&str]) -> String {
        let output = self.dhow(words);
        assert_eq!(output.stdout, b"", "{words:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        format!("{}: {errors}", output.status.code().unwrap())
    }

    pub(crate) fn calls(&self) -> String {
        fs::read_to_string(self.0.path().join("programs/calls")).unwrap()
    }
}

pub(crate) fn with_doppler(secrets: &str) -> Project {
    Project::new(secrets)
        .answers(1, "doppler --version", "3")
        .answers(2, "doppler me --json", "{}")
        .answers(
            3,
            "doppler secrets get PASSWORD KEY --json -p shop -c prd",
            r#"{"PASSWORD":{"computed":"pa$1wor$D \u001b[1m"},"KEY":{"computed":"l1\nl'2\" é"}}"#,
        )
}
