//! An sshd of this machine's for one test, and what tests do with it.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use dhow_names::Host;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{ConfigFiles, ConnectError, SshSettings, SshTransport, Step, Transport};

/// How long a condition may take to come true before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An sshd of the current user's on the loopback addresses, ended when this is dropped.
pub(crate) struct Server {
    daemon: Child,
    pub(crate) port: u16,
    pub(crate) folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// One with more lines in its configuration.
    pub(crate) fn start_with(lines: &str) -> Self {
        let sshd = Path::new("/usr/sbin/sshd");
        assert!(
            sshd.exists(),
            "sshd is missing; install it (Debian: apt-get install openssh-server)"
        );
        // Debian's sshd, when run by root, wants this folder, which the init system makes elsewhere.
        let _ = fs::create_dir_all("/run/sshd");
        let folder = tempfile::tempdir().unwrap();
        for key in ["host_key", "user_key", "other_key"] {
            make_key(&folder.path().join(key));
        }
        fs::copy(
            folder.path().join("user_key.pub"),
            folder.path().join("authorized_keys"),
        )
        .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nListenAddress 127.0.0.2\nHostKey {folder}/host_key\n\
             PidFile none\nAuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel VERBOSE\n{lines}",
            folder = folder.path().display()
        );
        fs::write(folder.path().join("sshd_config"), config).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let daemon = program(sshd)
            .arg("-D")
            .arg("-e")
            .arg("-f")
            .arg(folder.path().join("sshd_config"))
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self {
            daemon,
            port,
            folder,
        };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.2", port)).is_err() {
            assert!(
                start.elapsed() < PATIENCE,
                "sshd does not listen: {}",
                server.log()
            );
            // sshd has no way to tell that it listens: it is asked again after a moment, until PATIENCE ends.
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    pub(crate) fn count(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// Settings that read nothing of the user's own, with a control folder of the test's.
    pub(crate) fn settings(&self) -> SshSettings {
        let control = self.path("control");
        fs::create_dir_all(&control).unwrap();
        let mut settings = SshSettings::new(control, 1);
        settings.config = ConfigFiles::None;
        settings.user = Some(current_user());
        settings.port = Some(self.port);
        settings.keys = vec![self.path("user_key")];
        settings.keys_only = true;
        settings.known_hosts_file = Some(self.path("known_hosts"));
        settings.connect_timeout = Duration::from_secs(10);
        settings
    }

    pub(crate) fn transport(&self) -> SshTransport {
        SshTransport::new(self.settings()).unwrap()
    }

    /// The processes of this machine that name the control folder: the masters.
    pub(crate) fn masters(&self) -> Vec<i32> {
        let control = self.path("control").display().to_string();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let masters = processes.filter(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&control)
        });
        masters
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test starts what it needs")]
pub(crate) fn program(path: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(path)
}

pub(crate) fn make_key(path: &Path) {
    let made = program("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status();
    assert!(
        made.expect("ssh-keygen is missing; install it (Debian: openssh-client)")
            .success()
    );
}

pub(crate) fn current_user() -> String {
    let output = program("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn host(text: &str) -> Host {
    text.parse().unwrap()
}

pub(crate) fn step(command: &str) -> Step {
    Step::new(CommandLine::raw(command))
}

pub(crate) async fn connect(transport: &SshTransport, text: &str) -> Host {
    let host = host(text);
    for (_, result) in transport.connect(std::slice::from_ref(&host)).await {
        result.unwrap();
    }
    host
}

pub(crate) async fn refusal(settings: SshSettings, text: &str) -> ConnectError {
    let transport = SshTransport::new(settings).unwrap();
    let mut results = transport.connect(&[host(text)]).await;
    results.pop().unwrap().1.unwrap_err()
}

pub(crate) async fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what} never came true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
