//! A host of folders and stub programs, on which lines are run by real shells.

#![expect(
    clippy::disallowed_methods,
    reason = "a real shell decides what a line does"
)]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

/// The shells that hosts have: Debian's and Alpine's.
pub(crate) const SHELLS: [&[&str]; 2] = [&["dash", "-c"], &["busybox", "sh", "-c"]];

/// A home folder, with a folder of stub programs that come before the real ones.
pub(crate) struct StubHost(tempfile::TempDir);

/// What a line did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl StubHost {
    /// A host whose `docker` is this shell text. Whatever it is asked goes to a log first.
    pub(crate) fn with_docker(script: &str) -> Self {
        let host = Self(tempfile::tempdir().unwrap());
        fs::create_dir(host.path().join("bin")).unwrap();
        let log = "echo \"docker $*\" >> \"$HOME/asked\"";
        host.stub("docker", &format!("{log}\n{script}"));
        host
    }

    /// Puts a program before the real one of its name.
    pub(crate) fn stub(&self, name: &str, script: &str) {
        let file = self.path().join("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn run(&self, shell: &[&str], line: &str) -> Done {
        self.run_with_input(shell, line, "")
    }

    /// Runs a line that reads this.
    pub(crate) fn run_with_input(&self, shell: &[&str], line: &str, input: &str) -> Done {
        let path = format!("{}:/usr/bin:/bin", self.path().join("bin").display());
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .arg(line)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; `apt-get install dash busybox-static`",
                    shell[0]
                )
            });
        // A line that reads nothing may be over already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Done {
            exit_code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What `docker` was asked, a line each.
    pub(crate) fn asked(&self) -> String {
        fs::read_to_string(self.path().join("asked")).unwrap_or_default()
    }

    /// The text of a file in the home folder.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }
}
