//! A world: a network with a registry, a builder and hosts, and a person at this machine who deploys.

use std::{
    collections::BTreeMap, fs::Permissions, net::TcpListener, ops::Index,
    os::unix::fs::PermissionsExt as _, path::PathBuf, thread,
};

use futures_util::future::join_all;

use crate::{
    builder::Builder,
    container::{Berth, Container, port_of},
    environment,
    fleet::Fleet,
    host::Host,
    images::Images,
    load::Load,
    program,
    project::Project,
    registry::Registry,
    scratch::Scratch,
    ssh_access::SshAccess,
};

/// Everything a test deploys with and to. It goes away when dropped, after a panic too.
#[derive(Debug)]
pub struct World {
    hosts: Vec<Host>,
    registry: Option<Registry>,
    builder: Option<Builder>,
    ssh: SshAccess,
    hub: Container,
    _silence: Vec<TcpListener>,
    // Last: the containers that use the folder are gone by then.
    scratch: Scratch,
}

impl World {
    /// Starts everything at once and waits until it is ready.
    pub async fn start(fleet: Fleet) -> Self {
        let images = Images::find().await;
        let scratch = Scratch::make();
        let ssh = SshAccess::make(&scratch.folder("home/.ssh"), &fleet).await;
        let berth = Berth(scratch.name());
        let (registry, hub, builder, hosts) = tokio::join!(
            start_registry(&fleet, &berth, &images),
            berth.hub(&images),
            start_builder(&fleet, &berth, &images, &ssh, &scratch),
            join_all(fleet.hosts.iter().map(async |name| {
                Host::new(name, berth.host(&images, name, &ssh).await, ssh.user()).await
            })),
        );
        let silence = publish(&fleet, &hosts, &ssh);
        Self {
            hosts,
            registry,
            builder,
            ssh,
            hub,
            _silence: silence,
            scratch,
        }
    }

    /// The sample app as a project called `name`, committed once, without a `config/deploy.yml`.
    pub async fn app(&self, name: &str) -> Project {
        let project = self.empty_project(name);
        project.fill().await;
        project
    }

    /// A project that is an empty folder and no git repository.
    pub fn empty_project(&self, name: &str) -> Project {
        let folder = self.scratch.folder(&format!("projects/{name}"));
        Project::empty(name, folder, &self.ssh, self.variables())
    }

    /// The private registry.
    ///
    /// # Panics
    /// When the fleet was made without.
    pub fn registry(&self) -> &Registry {
        self.registry.as_ref().expect("the fleet has a registry")
    }

    /// The port of this machine behind which a registry is that lets everybody in.
    pub async fn open_registry(&self) -> u16 {
        port_of(&self.hub, 5000).await
    }

    /// A port that nobody listens on now, on this machine.
    pub fn free_port(&self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port can be bound");
        listener.local_addr().expect("it is bound").port()
    }

    /// The builder node.
    ///
    /// # Panics
    /// When the fleet was made without.
    pub fn builder(&self) -> &Builder {
        self.builder.as_ref().expect("the fleet has a builder")
    }

    /// All hosts, in the order of the fleet.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// A load on these hosts, not yet started.
    pub fn load(&self, hosts: &[&str]) -> Load {
        Load::on(hosts.iter().map(|host| &self[host]))
    }

    /// Writes a program that plays another one, such as `docker`, and returns its folder for
    /// [`Run::programs_first_from`](crate::Run::programs_first_from). The script runs in `sh`.
    pub fn stand_in(&self, program: &str, script: &str) -> PathBuf {
        let folder = self.scratch.folder(&format!("stand-ins/{program}"));
        let file = folder.join(program);
        fs_err::write(&file, format!("#!/bin/sh\n{script}\n"))
            .expect("the scratch folder is writable");
        fs_err::set_permissions(file, Permissions::from_mode(0o755))
            .expect("the scratch folder is writable");
        folder
    }

    /// How the tool gets into the hosts.
    pub fn ssh(&self) -> &SshAccess {
        &self.ssh
    }

    /// The whole environment of the person who deploys.
    fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::from([
            (
                "HOME".into(),
                self.scratch.home().to_string_lossy().into_owned(),
            ),
            ("PATH".into(), environment::search_path()),
            ("USER".into(), "dorothea".into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("KAMAL_REGISTRY_PASSWORD".into(), Registry::PASSWORD.into()),
        ]);
        if let Some(builder) = &self.builder {
            variables.insert("DOCKER_HOST".into(), builder.engine().into());
        }
        variables
    }
}

impl Index<&str> for World {
    type Output = Host;

    fn index(&self, name: &str) -> &Host {
        self.hosts
            .iter()
            .find(|host| host.name() == name)
            .unwrap_or_else(|| panic!("the fleet has no host {name}"))
    }
}

impl Drop for World {
    /// Ends everything at once; the values that are dropped next would do it one after the other.
    #[expect(clippy::print_stderr, reason = "a test that fails says why")]
    fn drop(&mut self) {
        let berth = Berth(self.scratch.name());
        if thread::panicking() {
            // Nobody can ask it once it is gone.
            let said = program::last_words(&berth.container("registry"));
            eprintln!("the registry said last:\n{said}");
        }
        let hosts = self.hosts.iter().map(Host::name);
        let names = hosts
            .chain(["registry", "hub", "builder"])
            .map(|name| berth.container(name));
        program::remove_containers(&names.collect::<Vec<_>>());
    }
}

async fn start_registry(fleet: &Fleet, berth: &Berth, images: &Images) -> Option<Registry> {
    if !fleet.registry {
        return None;
    }
    Some(Registry::new(berth.registry(images).await).await)
}

async fn start_builder(
    fleet: &Fleet,
    berth: &Berth,
    images: &Images,
    ssh: &SshAccess,
    scratch: &Scratch,
) -> Option<Builder> {
    if !fleet.builder {
        return None;
    }
    let folder = scratch.folder("builder");
    let container = berth.builder(images, ssh, &folder).await;
    Some(Builder::new(container, &folder, &scratch.home()))
}

/// Writes the ssh configuration, and returns what listens for the hosts that never answer.
fn publish(fleet: &Fleet, hosts: &[Host], ssh: &SshAccess) -> Vec<TcpListener> {
    let listen = || TcpListener::bind(("127.0.0.1", 0)).expect("a port can be bound");
    let port = |listener: &TcpListener| listener.local_addr().expect("it is bound").port();
    let silence: Vec<TcpListener> = fleet.silent.iter().map(|_| listen()).collect();
    let mut ports: Vec<(&str, u16)> = hosts
        .iter()
        .map(|host| (host.name(), host.ssh_port()))
        .collect();
    ports.extend(
        fleet
            .silent
            .iter()
            .zip(&silence)
            .map(|(name, listener)| (name.as_str(), port(listener))),
    );
    // Port 1 is free on every machine that runs tests.
    ports.extend(fleet.refusing.iter().map(|name| (name.as_str(), 1)));
    ssh.write(&ports);
    silence
}
