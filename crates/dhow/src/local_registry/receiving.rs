//! The time in which a build brings its image.

use std::{fs::File, io, net::TcpListener as StdListener, num::NonZeroU16, time::Duration};

use dhow_builder::{Instance, Output, Place};
use dhow_config::Driver;
use dhow_names::{Digest, RepositoryName};
use dhow_registry::{Access, Registry, Serving};
use dhow_shell::CommandLine;
use dhow_ssh_exec::{LocalProgram, run_local};
use tokio::net::TcpListener;

use super::{LocalRegistry, Whose, loopback, tag, tunnel::Tunnel, with_store};
use crate::{
    failure::{Failure, Kind},
    project::Basis,
    session::interrupted_early,
};

/// How long an engine may take to try and reach this machine.
const REACH_LIMIT: Duration = Duration::from_secs(20);

/// A registry that takes what a build brings. Dropping it ends that.
#[derive(Debug)]
pub(crate) struct Receiving<'a> {
    registry: &'a LocalRegistry<'a>,
    way: Way,
    /// The machine that builds, when it is another one: its port leads here.
    tunnel: Option<Tunnel>,
}

/// How an image comes.
#[derive(Debug)]
enum Way {
    /// Kamal's container takes it.
    ToKamals,
    /// The builder pushes it to the port.
    Pushed { port: ListeningPort },
    /// The builder cannot reach this machine, and hands the image to the `docker buildx` that asked for it.
    Exported,
}

/// The port while it is ours.
#[derive(Debug)]
struct ListeningPort {
    serving: Serving,
    /// Held against other runs that need the same port.
    _lock: File,
}

impl LocalRegistry<'_> {
    /// Finds out how this builder brings its image, and begins to listen when it does so by pushing.
    pub(crate) async fn receive(
        &self,
        instance: &Instance,
        basis: &Basis,
    ) -> Result<Receiving<'_>, Failure> {
        let way = match &self.whose {
            Whose::Kamals => Way::ToKamals,
            Whose::Ours { registry, .. } => self.way(registry, instance).await?,
        };
        let tunnel = match instance.elsewhere() {
            Some(url) => Some(Tunnel::open(self, basis, url).await?),
            None => None,
        };
        Ok(Receiving {
            registry: self,
            way,
            tunnel,
        })
    }

    async fn way(&self, registry: &Registry, instance: &Instance) -> Result<Way, Failure> {
        let port = self.listen(registry).await?;
        let reaches = match instance {
            // What runs there comes through the tunnel.
            Instance::Own {
                place: Place::There { .. },
                ..
            } => true,
            Instance::Own {
                place: Place::Here { driver },
                ..
            } if driver != "docker-container" => false,
            Instance::Own {
                place: Place::Cloud { .. },
                ..
            } => false,
            Instance::Engine | Instance::Pack { .. } | Instance::Own { .. } => {
                self.engine_reaches(registry).await?
            }
        };
        if reaches {
            return Ok(Way::Pushed { port });
        }
        port.serving.close().await;
        if !can_export(instance) {
            let headline = format!(
                "the engine does not reach port {} of this machine, so it cannot push the image here",
                self.port
            );
            return Err(Failure::new(Kind::Machine, headline).hint(
                "with `builder: {driver: docker-container}`, and neither `pack` nor two machines that build, \
                 the image is handed over without that",
            ));
        }
        self.invocation.announcer.note(format!(
            "  the builder does not reach port {} of this machine, so it hands the image over itself",
            self.port
        ));
        Ok(self.exported())
    }

    /// Takes the port, after other runs that build with the same one.
    async fn listen(&self, registry: &Registry) -> Result<ListeningPort, Failure> {
        let lock = self.lock_port(registry).await?;
        let taken = |error: io::Error| {
            let headline = format!("port {} of this machine cannot be listened on", self.port);
            Failure::new(Kind::Machine, headline).because(&error).hint(
                "`ss -ltnp` shows what listens there: stop it, or write another port behind \
                 `registry/server: localhost:`",
            )
        };
        let listener = listener_on(self.port).map_err(taken)?;
        Ok(ListeningPort {
            serving: registry.serve(listener, Access::Everything),
            _lock: lock,
        })
    }

    async fn lock_port(&self, registry: &Registry) -> Result<File, Failure> {
        let path = registry
            .store()
            .folder()
            .join(format!("port-{}", self.port));
        let failed = |error: io::Error| Failure::of(Kind::Machine, &error);
        let file = fs_err::File::create(path).map_err(failed)?.into_parts().0;
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        self.invocation.announcer.note(format!(
            "  waiting for another dhow, which builds with port {}",
            self.port
        ));
        let wait = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
        tokio::select! {
            locked = wait => {
                locked.map_err(|error| Failure::of(Kind::Machine, &error))?.map_err(failed)
            }
            () = self.invocation.interrupt.cancelled() => Err(interrupted_early()),
        }
    }

    /// Whether the engine, or a builder on its network, reaches this machine as `localhost`. One in a virtual
    /// machine, on another machine or without root rights often does not. Nothing but trying tells: it is sent
    /// for an image that does not exist, and we see whether it asks.
    async fn engine_reaches(&self, registry: &Registry) -> Result<bool, Failure> {
        let seed = self.invocation.environment.seed;
        let name: RepositoryName = format!("dhow-reach/{seed:x}")
            .parse()
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        let line = CommandLine::new("docker")
            .arg("pull")
            .arg(format!("localhost:{}/{name}", self.port));
        let program = LocalProgram::new("sh").args(["-c", &line.exposed()]);
        let patience = self.invocation.interrupt.child_token();
        let trying = run_local(&program, patience.clone(), |_| ());
        tokio::pin!(trying);
        let tried = tokio::select! {
            tried = &mut trying => tried,
            () = tokio::time::sleep(REACH_LIMIT) => {
                patience.cancel();
                trying.await
            }
        };
        tried.map_err(|error| Failure::of(Kind::Machine, &error))?;
        if self.invocation.interrupt.is_cancelled() {
            return Err(interrupted_early());
        }
        Ok(registry.was_asked_for(&name))
    }

    fn exported(&self) -> Way {
        let cache = &self.project.config.builder.cache;
        if matches!(cache, Some(dhow_config::BuildCache::Registry { .. })) {
            self.invocation.announcer.warn(
                "builder/cache: type: registry is left out, because the builder cannot reach the registry",
            );
        }
        Way::Exported
    }
}

impl Receiving<'_> {
    /// What the build is told.
    pub(crate) fn output(&self) -> Output {
        match (&self.way, &self.registry.whose) {
            (Way::Exported, Whose::Ours { registry, .. }) => {
                Output::Layout(registry.store().folder().to_owned())
            }
            _ => Output::Registry,
        }
    }

    /// The build is over, and its machine reaches this one no more.
    pub(crate) async fn close_tunnel(&mut self) {
        if let Some(tunnel) = self.tunnel.take() {
            tunnel.close().await;
        }
    }

    /// The build is done: the image is there now, and nobody listens any more.
    pub(crate) async fn finish(
        self,
        tags: &[String],
        built: Option<Digest>,
    ) -> Result<(), Failure> {
        let Whose::Ours { registry, name } = &self.registry.whose else {
            return Ok(());
        };
        match self.way {
            Way::ToKamals => Ok(()),
            Way::Pushed { port } => {
                port.serving.close().await;
                Ok(())
            }
            Way::Exported => {
                let image = built.ok_or_else(|| {
                    Failure::new(Kind::Step, "the build did not say what it has built")
                })?;
                let tags: Vec<_> = tags.iter().map(|it| tag(it)).collect::<Result<_, _>>()?;
                let (store, name) = (registry.store().clone(), name.clone());
                with_store(&store, move |store| store.adopt(&name, &image, &tags)).await
            }
        }
    }

    /// What may have made the build fail.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let trouble = match &self.registry.whose {
            Whose::Ours { registry, .. } => registry.trouble(),
            Whose::Kamals => None,
        };
        let failure = match trouble {
            Some(trouble) => {
                failure.detail(format!("The registry in this process said: {trouble}"))
            }
            None => failure,
        };
        let engine = matches!(self.registry.project.config.builder.driver, Driver::Engine);
        if engine && matches!(self.way, Way::Exported) {
            failure.hint(
                "an engine that does not reach this machine as `localhost` can hand images over only with its \
                 containerd image store; `builder: {driver: docker-container}` needs neither",
            )
        } else {
            failure
        }
    }
}

/// Whether what is built can be handed to the `docker buildx` that asked for it, as one image.
fn can_export(instance: &Instance) -> bool {
    !matches!(
        instance,
        Instance::Pack { .. }
            | Instance::Own {
                place: Place::Both { .. },
                ..
            }
    )
}

fn listener_on(port: NonZeroU16) -> io::Result<TcpListener> {
    let listener = StdListener::bind(loopback(port))?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
