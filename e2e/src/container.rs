//! The containers that a world is made of: nodes and registries.

use std::path::Path;

use testcontainers::{
    ContainerAsync, ContainerRequest, GenericImage, ImageExt,
    bollard::models::{HostConfig, PortBinding},
    core::{IntoContainerPort, Mount, WaitFor},
    runners::AsyncRunner,
};

use crate::{images::Images, ssh_access::SshAccess};

/// A running container of this machine's engine, removed when dropped.
pub(crate) type Container = ContainerAsync<GenericImage>;

/// Label of everything the harness starts. Its value is the process that did, so that `bin/sweep`
/// takes what a killed test left and nothing that belongs to a running one.
const LABEL: &str = "dhow.e2e";

/// Where hub and registry are found, on every network of a world.
const REGISTRIES: &str =
    r#""insecure-registries":["registry:5000","hub:5000"],"registry-mirrors":["http://hub:5000"]"#;

/// The place of one world among others: its network, and the prefix of its container names.
#[derive(Debug, Clone)]
pub(crate) struct Berth(pub(crate) String);

impl Berth {
    /// The engine's name of a container of this world.
    pub(crate) fn container(&self, name: &str) -> String {
        format!("{}-{name}", self.0)
    }

    /// Starts a container under a short name that the world's other containers resolve.
    async fn start(&self, name: &str, request: ContainerRequest<GenericImage>) -> Container {
        request
            .with_network(&self.0)
            // There is no call for a network alias; the engine makes the host name one.
            .with_hostname(name)
            .with_container_name(self.container(name))
            .with_label(LABEL, std::process::id().to_string())
            .start()
            .await
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"))
    }

    /// A registry that lets everybody in, filled with what the tests use of Docker Hub.
    pub(crate) async fn hub(&self, images: &Images) -> Container {
        let request = images
            .hub()
            .with_exposed_port(5000.tcp())
            .with_wait_for(WaitFor::message_on_stderr("listening on"));
        self.start("hub", published(request.into(), &[5000])).await
    }

    /// An empty registry that asks for a login.
    pub(crate) async fn registry(&self, images: &Images) -> Container {
        let request = images
            .registry()
            .with_exposed_port(5000.tcp())
            .with_wait_for(WaitFor::message_on_stderr("listening on"))
            .with_env_var("REGISTRY_AUTH", "htpasswd")
            .with_env_var("REGISTRY_AUTH_HTPASSWD_REALM", "dhow-e2e")
            .with_env_var("REGISTRY_AUTH_HTPASSWD_PATH", "/etc/htpasswd");
        self.start("registry", published(request, &[5000])).await
    }

    /// A server with sshd and an engine, as a person would rent it.
    pub(crate) async fn host(&self, images: &Images, name: &str, ssh: &SshAccess) -> Container {
        let request = node(images, ssh).with_env_var("DAEMON_JSON", format!("{{{REGISTRIES}}}"));
        self.start(name, published(request, &[22, 80, 443])).await
    }

    /// A node whose engine is also reached through `docker.sock` in `folder` of this machine.
    ///
    /// Its containerd image store lets the plain `docker` driver push, cache and build for several
    /// platforms, which it cannot on an older engine or without that store.
    pub(crate) async fn builder(
        &self,
        images: &Images,
        ssh: &SshAccess,
        folder: &Path,
    ) -> Container {
        let request = node(images, ssh)
            .with_env_var(
                "DAEMON_JSON",
                format!(r#"{{{REGISTRIES},"features":{{"containerd-snapshotter":true}}}}"#),
            )
            .with_env_var(
                "DOCKERD_ARGS",
                "-H unix:///var/run/docker.sock -H unix:///sock/docker.sock",
            )
            .with_mount(Mount::bind_mount(folder.to_string_lossy(), "/sock"));
        self.start("builder", published(request, &[22])).await
    }
}

fn node(images: &Images, ssh: &SshAccess) -> ContainerRequest<GenericImage> {
    images
        .node()
        .with_wait_for(WaitFor::message_on_stdout("node ready"))
        .with_env_var("AUTHORIZED_KEY", ssh.public_key())
        .with_env_var("HOST_KEY", ssh.host_key())
        // All that a nested engine needs; `privileged` does not work on every machine (decision 0030).
        .with_cap_add("SYS_ADMIN")
        .with_cap_add("NET_ADMIN")
        // `docker exec` into a container of another user opens that user's namespaces.
        .with_cap_add("SYS_PTRACE")
        .with_security_opt("seccomp=unconfined")
        .with_security_opt("apparmor=unconfined")
}

/// Publishes these ports on 127.0.0.1 only, and gives a nested engine what only the modifier can say.
fn published(
    request: ContainerRequest<GenericImage>,
    ports: &'static [u16],
) -> ContainerRequest<GenericImage> {
    request.with_host_config_modifier(|config: &mut HostConfig| {
        config.publish_all_ports = Some(false);
        let loopback = || {
            Some(vec![PortBinding {
                host_ip: Some("127.0.0.1".into()),
                host_port: Some(String::new()),
            }])
        };
        config.port_bindings = Some(
            ports
                .iter()
                .map(|port| (format!("{port}/tcp"), loopback()))
                .collect(),
        );
        if config.cap_add.is_some() {
            // The CLI's `--security-opt systempaths=unconfined`, a word that the API does not know.
            config.masked_paths = Some(Vec::new());
            config.readonly_paths = Some(Vec::new());
            // In memory: the engine takes its fastest storage driver there, and nothing stays behind.
            config.tmpfs = Some(
                [("/run", ""), ("/var/lib/docker", "exec")]
                    .map(|(path, options)| (path.into(), options.into()))
                    .into(),
            );
        }
    })
}

/// The port of this machine behind which a published port of the container is.
pub(crate) async fn port_of(container: &Container, port: u16) -> u16 {
    container
        .get_host_port_ipv4(port.tcp())
        .await
        .unwrap_or_else(|error| panic!("port {port} is not published: {error}"))
}
