//! Programs of this machine that the harness runs: git, ssh-keygen, docker.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::Path,
    process::{ExitCode, Stdio},
};

use tokio::process::Command;

use crate::environment;

/// A program that ended, with what it wrote.
#[derive(Debug, Clone)]
#[must_use]
pub struct Ended {
    /// The command line, for messages.
    pub title: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, with invalid UTF-8 replaced.
    pub stdout: String,
    /// Standard error, with invalid UTF-8 replaced.
    pub stderr: String,
}

impl Ended {
    /// Standard output without the last newline, of a program that exited with 0.
    ///
    /// # Panics
    /// When it did not, with all that it wrote.
    #[track_caller]
    pub fn output(self) -> String {
        assert!(
            self.code == Some(0),
            "`{}` ended with {:?}\n{}{}",
            self.title,
            self.code,
            self.stdout,
            self.stderr
        );
        self.stdout.trim_end_matches('\n').to_string()
    }

    /// Whether it exited with 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a program to its end with nothing on standard input, with these variables besides its own.
pub(crate) async fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: &[A],
    folder: &Path,
    variables: &BTreeMap<String, String>,
) -> Ended {
    let words = arguments
        .iter()
        .map(|argument| argument.as_ref().to_string_lossy().into_owned());
    let title = std::iter::once(program.to_string())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ");
    let output = command(program)
        .args(arguments)
        .current_dir(folder)
        .envs(variables)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap_or_else(|error| {
            panic!("`{title}` does not start: {error}; `bin/prepare` installs what the tests need")
        });
    Ended {
        title,
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a program of this machine in a folder, with this process's environment.
pub async fn program(program: &str, arguments: &[&str], folder: &Path) -> Ended {
    run(program, arguments, folder, &BTreeMap::new()).await
}

/// The one place of this crate where a process is made.
#[expect(
    clippy::disallowed_methods,
    reason = "tests start the tool and its surroundings as a user would"
)]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Runs the docker CLI of this machine against its own engine.
pub(crate) async fn docker<A: AsRef<OsStr>>(arguments: &[A]) -> Ended {
    run("docker", arguments, Path::new("/"), &BTreeMap::new()).await
}

/// Removes containers all at once and waits for it, where nothing can be awaited. Says nothing: what is
/// not removed here, `bin/sweep` finds.
#[expect(
    clippy::disallowed_methods,
    reason = "a value that is dropped cannot wait for tokio's processes"
)]
pub(crate) fn remove_containers(names: &[String]) {
    let mut command = std::process::Command::new("docker");
    let command = command
        .args(["rm", "--force", "--volumes"])
        .args(names)
        .stdin(Stdio::null());
    let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// What a container of this machine's engine said last, for messages.
#[expect(
    clippy::disallowed_methods,
    reason = "a value that is dropped cannot wait for tokio's processes"
)]
pub(crate) fn last_words(container: &str) -> String {
    let mut command = std::process::Command::new("docker");
    let logs = command.args(["logs", "--tail", "30", container]).output();
    logs.map_or_else(
        |error| error.to_string(),
        |logs| String::from_utf8_lossy(&logs.stderr).into_owned(),
    )
}

/// Runs a shell on this process's terminal, with these variables and the folder of `tool` first on the `PATH`.
pub(crate) async fn shell(
    folder: &Path,
    variables: &BTreeMap<String, String>,
    tool: &Path,
) -> ExitCode {
    let tools = tool.parent().unwrap_or(Path::new("/"));
    let path = format!("{}:{}", tools.display(), environment::search_path());
    let status = command("sh")
        .current_dir(folder)
        .envs(variables)
        .env("PATH", path)
        .status()
        .await
        .expect("every machine has an sh");
    ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}
