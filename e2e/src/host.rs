//! A test's view of one host: what runs on it, what lies on it, and how to hurt it.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
};

use serde_json::Value;

use crate::{
    container::{Container, port_of},
    http::{Response, Silence, ask, get},
    listing::{self, Listed},
    program::{self, Ended},
};

/// One server of the fleet. Commands run beside ssh, so that they do not count as the tool's.
#[derive(Debug)]
pub struct Host {
    name: String,
    web: SocketAddr,
    tls: SocketAddr,
    ssh_port: u16,
    home: String,
    container: Container,
}

impl Host {
    pub(crate) async fn new(name: &str, container: Container, user: &str) -> Self {
        let web = (Ipv4Addr::LOCALHOST, port_of(&container, 80).await).into();
        let tls = (Ipv4Addr::LOCALHOST, port_of(&container, 443).await).into();
        let ssh_port = port_of(&container, 22).await;
        Self {
            name: name.into(),
            web,
            tls,
            ssh_port,
            home: if user == "root" {
                "/root".into()
            } else {
                format!("/home/{user}")
            },
            container,
        }
    }

    /// Its name in deploy.yml.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where this machine reaches the host's port 80.
    pub fn web(&self) -> SocketAddr {
        self.web
    }

    /// Where this machine reaches the host's port 443.
    pub fn tls(&self) -> SocketAddr {
        self.tls
    }

    pub(crate) fn ssh_port(&self) -> u16 {
        self.ssh_port
    }

    /// Runs a shell script as root, outside of ssh, however it ends. `~` is the home of the user who
    /// logs in.
    pub async fn run(&self, script: &str) -> Ended {
        let home = format!("HOME={}", self.home);
        program::docker(&[
            "exec",
            "--env",
            &home,
            self.container.id(),
            "bash",
            "-c",
            script,
        ])
        .await
    }

    /// What a shell script wrote that must end with 0.
    pub async fn exec(&self, script: &str) -> String {
        self.run(script).await.output()
    }

    /// `repository:tag` of every tagged image.
    pub async fn images(&self) -> BTreeSet<String> {
        let lines = self
            .exec("docker image ls --format '{{.Repository}}:{{.Tag}}'")
            .await;
        lines
            .lines()
            .filter(|line| !line.contains("<none>"))
            .map(String::from)
            .collect()
    }

    /// The tags of one repository, such as `registry:5000/shop`.
    pub async fn tags(&self, repository: &str) -> BTreeSet<String> {
        let images = self.images().await;
        images
            .iter()
            .filter_map(|image| image.strip_prefix(repository)?.strip_prefix(':'))
            .map(String::from)
            .collect()
    }

    /// All containers, stopped ones too, newest first.
    pub async fn containers(&self) -> Vec<Listed> {
        listing::containers(
            &self
                .exec("docker ps --all --no-trunc --format '{{json .}}'")
                .await,
        )
    }

    /// The names of the containers that run, sorted.
    pub async fn running(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .containers()
            .await
            .into_iter()
            .filter(Listed::runs)
            .map(|listed| listed.name)
            .collect();
        names.sort();
        names
    }

    /// What `docker inspect` says of a container or an image.
    ///
    /// # Panics
    /// When there is no such thing.
    pub async fn inspect(&self, name: &str) -> Value {
        let text = self
            .exec(&format!(
                "docker inspect --format '{{{{json .}}}}' '{name}'"
            ))
            .await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// What lies in the home of who logs in, without the shell's and the engine's own.
    pub async fn kept(&self) -> String {
        self.exec("cd ~ && find * .kamal -mindepth 1 2>/dev/null | sort")
            .await
    }

    /// Asserts that no app left anything but these files, as [`kept`](Self::kept) lists them.
    ///
    /// # Panics
    /// When there is a container, an image, a network or another file.
    pub async fn is_clean_but_for(&self, files: &str) {
        let name = &self.name;
        assert_eq!(self.containers().await, [], "{name}");
        let images = self.exec("docker image ls --all").await;
        assert_eq!(images.lines().count(), 1, "{name}: {images}");
        let networks = self.exec("docker network ls --filter name=kamal -q").await;
        assert_eq!(networks, "", "{name}");
        assert_eq!(self.kept().await, files, "{name}");
    }

    /// Everything a container wrote to its log.
    pub async fn logs(&self, container: &str) -> String {
        self.exec(&format!("docker logs '{container}' 2>&1")).await
    }

    /// A file's text, without the last newline; `None` when it is not there. `~` is the user's home.
    pub async fn file(&self, path: &str) -> Option<String> {
        let ended = self.run(&format!("cat -- {path}")).await;
        ended.succeeded().then(|| ended.output())
    }

    /// The text of a file that must be there, as [`file`](Self::file) gives it.
    pub async fn read(&self, path: &str) -> String {
        let text = self.file(path).await;
        text.unwrap_or_else(|| panic!("{} has no {path}", self.name))
    }

    /// What port 80 answers to a path when all is well.
    ///
    /// # Panics
    /// When nothing answers, or another status than 200.
    pub async fn answer(&self, path: &str) -> String {
        self.answer_as(&self.name, path).await
    }

    /// The same with this `Host` header.
    pub async fn answer_as(&self, host: &str, path: &str) -> String {
        match self.get_as(host, path).await {
            Ok(response) if response.status == 200 => response.body,
            other => panic!("{} to {host}{path}: {other:?}", self.name),
        }
    }

    /// Asks port 80 for a path, on a connection of its own.
    pub async fn get(&self, path: &str) -> Result<Response, Silence> {
        self.get_as(&self.name, path).await
    }

    /// The same with this `Host` header.
    pub async fn get_as(&self, host: &str, path: &str) -> Result<Response, Silence> {
        ask(self.web, get(path, host, &[])).await
    }

    /// Whether something listens on a port of the host's loopback.
    pub async fn listens_on(&self, port: u16) -> bool {
        !self
            .exec(&format!("ss -Hltn 'sport = :{port}'"))
            .await
            .is_empty()
    }

    /// Waits until nothing listens on a port any more.
    pub async fn until_closed(&self, port: u16) {
        self.exec(&format!(
            "timeout 20 sh -c \"while [ -n \\\"\\$(ss -Hltn 'sport = :{port}')\\\" ]; do sleep 0.05; done\""
        ))
        .await;
    }

    /// Ends the engine, and with it every container; ssh goes on.
    pub async fn stop_engine(&self) {
        self.exec("pid=$(cat /run/docker.pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done").await;
    }

    /// Starts the engine again and waits until it answers.
    pub async fn start_engine(&self) {
        self.exec("start-engine").await;
    }

    /// Makes each `docker` command whose words hold this text wait before it begins, until [`let_go`](Self::let_go).
    pub async fn hold_docker(&self, words: &str) {
        let stand_in = format!(
            "#!/bin/sh\ncase \"$*\" in *'{words}'*) : >/run/held; while [ -e /run/hold ]; do sleep 0.05; done ;; esac\n\
             exec /usr/bin/docker \"$@\""
        );
        self.exec(&format!(
            "rm -f /run/held; touch /run/hold\ncat >/usr/local/bin/docker <<'END'\n{stand_in}\nEND\nchmod +x /usr/local/bin/docker"
        ))
        .await;
    }

    /// Waits until a command is held.
    pub async fn until_held(&self) {
        self.exec("timeout 60 sh -c 'until [ -e /run/held ]; do sleep 0.05; done'")
            .await;
    }

    /// Lets held commands begin, and holds none any more.
    pub async fn let_go(&self) {
        self.exec("rm -f /run/hold /usr/local/bin/docker").await;
    }

    /// Freezes the whole host: connections stay open and nothing answers.
    pub async fn freeze(&self) {
        self.container
            .pause()
            .await
            .unwrap_or_else(|error| panic!("{} does not freeze: {error}", self.name));
    }

    /// Ends the whole host, as a power cut does; it does not come back.
    pub async fn kill(&self) {
        program::docker(&["kill", self.container.id()])
            .await
            .output();
    }

    /// Lets a frozen host go on.
    pub async fn thaw(&self) {
        self.container
            .unpause()
            .await
            .unwrap_or_else(|error| panic!("{} does not thaw: {error}", self.name));
    }

    /// Refuses new connections to sshd, until [`accept_ssh`](Self::accept_ssh).
    pub async fn refuse_ssh(&self) {
        self.exec("iptables -I INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset")
            .await;
    }

    /// Lets ssh in again.
    pub async fn accept_ssh(&self) {
        self.exec("iptables -D INPUT 1").await;
    }

    /// How often ssh was used since the host booted.
    pub async fn ssh_use(&self) -> SshUse {
        SshUse::read(&self.exec("cat /var/log/sshd.log").await)
    }
}

/// What sshd logged of its use. Take it before and after, and subtract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SshUse {
    /// Logins that succeeded.
    pub connections: usize,
    /// Exec requests: commands, and each start of a subsystem such as sftp.
    pub exec_requests: usize,
}

impl SshUse {
    fn read(log: &str) -> Self {
        let count = |words: &str| log.lines().filter(|line| line.contains(words)).count();
        Self {
            connections: count("Accepted publickey for "),
            exec_requests: count("Starting session: command")
                + count("Starting session: subsystem"),
        }
    }
}

impl std::ops::Sub for SshUse {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            connections: self.connections - earlier.connections,
            exec_requests: self.exec_requests - earlier.exec_requests,
        }
    }
}
