//! A proxy process with a home folder and a socket of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything here takes on a machine with better things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running proxy. It ends with this value.
pub(crate) struct Proxy {
    home: Arc<TempDir>,
    child: Child,
    log: Arc<Log>,
    /// Where it listens for HTTP, on 127.0.0.1.
    pub(crate) port: u16,
    /// Where it listens for HTTPS.
    pub(crate) tls_port: u16,
}

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<Value>>,
    grown: Condvar,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the proxy under test is a program"
)]
fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhow-proxy"));
    command
        .env_clear()
        .env("HOME", home)
        .env("KAMAL_PROXY_SOCKET", home.join("proxy.sock"));
    command
}

impl Proxy {
    /// Starts a proxy with nothing to do yet.
    pub(crate) fn start() -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), &[])
    }

    /// Starts a proxy with further flags of `run`.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), flags)
    }

    /// Starts a proxy that finds this state file.
    pub(crate) fn start_from(state: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join(".config/kamal-proxy");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("kamal-proxy.state"), state).unwrap();
        Self::start_in(Arc::new(home), &[])
    }

    fn start_in(home: Arc<TempDir>, flags: &[&str]) -> Self {
        let mut command = program(home.path());
        command
            .args(["run", "--http-port", "0", "--https-port", "0"])
            .args(flags)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Log::default());
        let (reader, lines) = (BufReader::new(child.stdout.take().unwrap()), log.clone());
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                lines
                    .lines
                    .lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
                lines.grown.notify_all();
            }
        });
        let mut proxy = Self {
            home,
            child,
            log,
            port: 0,
            tls_port: 0,
        };
        let started = proxy.logged(|line| line["msg"] == "Server started");
        let port = |name: &str| u16::try_from(started[name].as_u64().unwrap()).unwrap();
        (proxy.port, proxy.tls_port) = (port("http_port"), port("https_port"));
        proxy
    }

    /// Ends the proxy as the engine would, checks that it ended well, and starts it again in the same home.
    pub(crate) fn restart(self) -> Self {
        let home = self.home.clone();
        assert_eq!(self.stop(), Some(0));
        Self::start_in(home, &[])
    }

    /// Ends the proxy with SIGTERM and gives its exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.terminate();
        self.exit_code()
    }

    /// Waits for the end of the proxy.
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        #[expect(
            clippy::disallowed_methods,
            reason = "signals are sent by a program, as the code forbids unsafe"
        )]
        let killed = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(killed.success());
    }

    /// A file in the folder of the state file.
    pub(crate) fn state_file(&self, name: &str) -> PathBuf {
        self.home.path().join(".config/kamal-proxy").join(name)
    }

    /// Runs a command against the proxy.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        program(self.home.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that looks for its server at another socket.
    pub(crate) fn elsewhere(&self, socket: &Path, arguments: &[&str]) -> Output {
        program(self.home.path())
            .env("KAMAL_PROXY_SOCKET", socket)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Starts a command against the proxy and does not wait for it.
    pub(crate) fn command_begun(&self, arguments: &[&str]) -> Child {
        program(self.home.path())
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a command that must succeed silently.
    pub(crate) fn done(&self, arguments: &[&str]) {
        let output = self.command(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        assert!(
            output.stdout.is_empty() && errors.is_empty(),
            "success prints nothing"
        );
    }

    /// Runs a command that must fail, and gives what it says.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The services, as `list --json` tells them.
    pub(crate) fn list(&self) -> Value {
        serde_json::from_slice(&self.command(&["list", "--json"]).stdout).unwrap()
    }

    /// Waits for a log line.
    pub(crate) fn logged(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let missing = |lines: &mut Vec<Value>| !lines.iter().any(&is_it);
        let lines = self.log.lines.lock().unwrap();
        let (lines, waited) = self
            .log
            .grown
            .wait_timeout_while(lines, PATIENCE, missing)
            .unwrap();
        assert!(
            !waited.timed_out(),
            "not logged in {PATIENCE:?}; the log is {lines:#?}"
        );
        lines.iter().find(|line| is_it(line)).unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
