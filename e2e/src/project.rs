//! The folder of an app that is deployed: a real git repository, as a person would have it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    environment, host::Host, program, registry::Registry, run::Run, ssh_access::SshAccess,
};

/// A project of its own in a world; the tool runs in its folder.
#[derive(Debug)]
pub struct Project {
    name: String,
    folder: PathBuf,
    ssh: String,
    variables: BTreeMap<String, String>,
}

impl Project {
    /// An empty folder for a service of this name.
    pub(crate) fn empty(
        name: &str,
        folder: PathBuf,
        ssh: &SshAccess,
        variables: BTreeMap<String, String>,
    ) -> Self {
        Self {
            name: name.into(),
            folder,
            ssh: ssh_section(ssh),
            variables,
        }
    }

    /// Puts the sample app into it: `testdata/shop`, its server's binary, secrets and a first commit.
    pub(crate) async fn fill(&self) {
        copy_all(
            &environment::repository().join("testdata/shop"),
            &self.folder,
        );
        let server = environment::prepared().join("shop/shop-server");
        fs_err::copy(server, self.folder.join("shop-server"))
            .expect("`bin/build` makes the sample app's server");
        self.write(
            ".kamal/secrets",
            "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\n",
        );
        self.git(&["init", "--quiet"]).await;
        self.commit("Open the shop").await;
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The repository's name in the registry, and the service's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes a file, with the folders that lead to it.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.folder.join(path);
        fs_err::create_dir_all(file.parent().expect("a file lies in a folder"))
            .expect("the project is writable");
        fs_err::write(file, text).expect("the project is writable");
    }

    /// Writes an executable `sh` script to `.kamal/hooks/NAME`.
    pub fn hook(&self, name: &str, script: &str) {
        let path = format!(".kamal/hooks/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        let mode = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(self.folder.join(path), mode).expect("the project is writable");
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.folder.join(path)).expect("the file is there")
    }

    /// Writes `config/deploy.yml`: the service, the registry with its login, the builder and ssh of this
    /// world, then `rest`, which says at least which servers there are.
    ///
    /// The sample app needs no more. A key that the first part has may not be repeated; write the whole
    /// file with [`write`](Self::write) to differ there.
    pub fn configure(&self, rest: &str) {
        self.write_config(&registry_section(), rest);
    }

    /// The same for one host and both tools: Kamal takes a port from this file alone, whatever ssh is configured to.
    pub fn configure_for_both(&self, host: &Host, rest: &str) {
        let port = format!("  port: {}\n", host.ssh_port());
        let servers = format!("servers: [{}]\n", host.name());
        self.write_config(&registry_section(), &[&port, &servers, rest].concat());
    }

    /// The same without any registry: the tool itself serves the image, on this port of each host.
    pub fn configure_without_registry(&self, port: u16, rest: &str) {
        let registry = format!("registry:\n  server: localhost:{port}\n");
        self.write_config(&registry, rest);
    }

    fn write_config(&self, registry: &str, rest: &str) {
        let Self { name, ssh, .. } = self;
        let text = format!(
            "service: {name}\nimage: {name}\nreadiness_delay: 1\n\n{registry}\n\
             builder:\n  arch: amd64\n  driver: docker\n\n{ssh}{rest}"
        );
        self.write("config/deploy.yml", &text);
    }

    /// Commits everything and returns the new head.
    pub async fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]).await;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])
            .await;
        self.head().await
    }

    /// The commit that is checked out, 40 hex digits.
    pub async fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).await
    }

    /// Changes what the app answers at `/version`, commits it, and returns the new head.
    pub async fn release(&self, version: &str) -> String {
        self.write("version.txt", &format!("{version}\n"));
        self.commit(&format!("Release {version}")).await
    }

    /// Runs git here and returns what it wrote.
    pub async fn git(&self, arguments: &[&str]) -> String {
        program::run("git", arguments, &self.folder, &self.variables)
            .await
            .output()
    }

    /// A shell here for a person, with what the world's user has in the environment and `dhow` on the `PATH`.
    pub async fn shell(&self) -> ExitCode {
        program::shell(&self.folder, &self.variables, &environment::dhow()).await
    }

    /// The real Kamal with these arguments, in the same place and as the same user.
    pub fn kamal<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        Run::new(
            environment::kamal(),
            std::iter::once("kamal").chain(arguments),
            &self.folder,
            self.variables.clone(),
        )
    }

    /// The tool with these arguments, as the world's user would run it here. Await it, or take it live.
    pub fn dhow<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        Run::new(
            environment::dhow(),
            arguments,
            &self.folder,
            self.variables.clone(),
        )
    }
}

/// The world's registry and its login.
fn registry_section() -> String {
    format!(
        "registry:\n  server: {}\n  username: {}\n  password:\n    - KAMAL_REGISTRY_PASSWORD\n",
        Registry::SERVER,
        Registry::USER
    )
}

/// How the hosts of the world are entered.
fn ssh_section(ssh: &SshAccess) -> String {
    let mut text = format!("ssh:\n  config: {}\n", ssh.config().display());
    // Root is the default, and a default is best left out.
    if ssh.user() != "root" {
        let _ = writeln!(text, "  user: {}", ssh.user());
    }
    text
}

fn copy_all(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).expect("the scratch folder is writable");
    for entry in fs_err::read_dir(from).expect("the sample app is there") {
        let entry = entry.expect("the sample app can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).expect("the sample app can be copied");
        }
    }
}
