//! The registry of `registry/server: localhost:PORT`: this process itself, for as long as somebody needs it, or
//! the container that Kamal keeps for the purpose, when that runs already (config §6).

mod receiving;
mod tunnel;

pub(crate) use self::receiving::Receiving;

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU16,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use dhow_docker::registry;
use dhow_names::{RepositoryName, Tag};
use dhow_registry::{Access, Kept, Registry, Serving, Store, Traffic};
use dhow_registry_client::Route;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{LocalEnd, LocalProgram, LocalReport, run_local};
use tokio::net::{TcpStream, UnixListener};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::Project,
};

/// What is kept between runs, so that the next build and the next host are sent only what they lack.
const KEPT: Kept = Kept {
    versions: 5,
    unused: Duration::from_hours(30 * 24),
};

/// The registry of this machine, not yet listening.
#[derive(Debug)]
pub(crate) struct LocalRegistry<'a> {
    invocation: &'a Invocation,
    project: &'a Project,
    port: NonZeroU16,
    whose: Whose,
}

#[derive(Debug)]
enum Whose {
    /// Ours: images lie in the user's cache folder.
    Ours {
        registry: Registry,
        name: RepositoryName,
    },
    /// The container's, which listens on the port.
    Kamals,
}

impl<'a> LocalRegistry<'a> {
    /// The registry that the deploy file asks for; none when it is not on this machine.
    pub(crate) async fn open(
        invocation: &'a Invocation,
        project: &'a Project,
    ) -> Result<Option<Self>, Failure> {
        let Some(port) = registry::local_port(&project.config) else {
            return Ok(None);
        };
        let whose = if kamals_answers(invocation, port).await? {
            let note = format!("Using the registry in {}", registry::KAMALS_CONTAINER);
            invocation.announcer.note(note);
            Whose::Kamals
        } else {
            let name = project.config.image.parse();
            let name = name.map_err(|error| Failure::of(Kind::Project, &error))?;
            let store = open_store(invocation).await?;
            Whose::Ours {
                registry: Registry::new(store),
                name,
            }
        };
        Ok(Some(Self {
            invocation,
            project,
            port,
            whose,
        }))
    }

    /// What it is called: `localhost:PORT`.
    pub(crate) fn server(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The name of the image within it.
    pub(crate) fn image(&self) -> &str {
        &self.project.config.image
    }

    /// Lets ourselves ask, through a socket in this folder that nobody else may enter.
    pub(crate) fn serve_us(&self, folder: &Path) -> Result<(Route, Option<Serving>), Failure> {
        let Whose::Ours { registry, .. } = &self.whose else {
            return Ok((Route::Direct, None));
        };
        let socket = folder.join("own");
        // The same run may have asked before.
        let _ = fs_err::remove_file(&socket);
        let serving = registry.serve(listen(&socket)?, Access::Everything);
        Ok((Route::Socket(socket), Some(serving)))
    }

    /// Begins to serve hosts, through a socket in this folder that nobody else may enter.
    pub(crate) fn serve(&self, folder: &Path) -> Result<Served, Failure> {
        let Whose::Ours { registry, name } = &self.whose else {
            return Ok(Served {
                end: LocalEnd::Port(self.port),
                serving: None,
            });
        };
        let socket = folder.join("registry");
        let serving = registry.serve(listen(&socket)?, Access::Reading(name.clone()));
        Ok(Served {
            end: LocalEnd::Socket(socket.clone()),
            serving: Some((serving, socket)),
        })
    }
}

fn listen(socket: &Path) -> Result<UnixListener, Failure> {
    UnixListener::bind(socket).map_err(|error| {
        let headline = format!("cannot listen on {}", socket.display());
        Failure::new(Kind::Machine, headline).because(&error)
    })
}

/// A registry that hosts can be led to.
#[derive(Debug)]
#[must_use = "what is dropped is not served any more"]
pub(crate) struct Served {
    end: LocalEnd,
    serving: Option<(Serving, PathBuf)>,
}

impl Served {
    /// Where hosts are led to.
    pub(crate) fn end(&self) -> LocalEnd {
        self.end.clone()
    }

    /// Serves no more, and tells how much was sent.
    pub(crate) async fn close(self, invocation: &Invocation) {
        let Some((serving, socket)) = self.serving else {
            return;
        };
        let Traffic { blobs, bytes } = serving.close().await;
        // It goes with its folder otherwise.
        let _ = fs_err::remove_file(socket);
        let parts = if blobs == 1 { "part" } else { "parts" };
        let note = format!(
            "  sent {} to hosts, in {blobs} {parts} of images",
            size(bytes)
        );
        invocation.announcer.note(note);
    }
}

/// Whether Kamal's container listens on the port of this machine. Where nobody listens, Docker is not asked.
async fn kamals_answers(invocation: &Invocation, port: NonZeroU16) -> Result<bool, Failure> {
    if TcpStream::connect(loopback(port)).await.is_err() {
        return Ok(false);
    }
    let line = registry::kamals_ports();
    // Without Docker there is no container.
    let Ok(report) = run_quietly(invocation, &line).await else {
        return Ok(false);
    };
    Ok(report.stdout.contains(&format!(":{port}->")))
}

/// Removes the container in which Kamal keeps the registry, and the images of the
/// service that lie in the store.
pub(crate) async fn remove(invocation: &Invocation, project: &Project) -> Result<(), Failure> {
    // Without Docker there is no container.
    let removed = run_quietly(invocation, &registry::remove_kamals()).await?;
    if removed.exit_code == 0 && !removed.stdout.trim().is_empty() {
        let note = format!("Removed {}", registry::KAMALS_CONTAINER);
        invocation.announcer.note(note);
    }
    let name: RepositoryName = project
        .config
        .image
        .parse()
        .map_err(|error| Failure::of(Kind::Project, &error))?;
    let store = Arc::new(open_store(invocation).await?);
    let told = format!("Removed the images of {name} that lay on this machine");
    with_store(&store, move |store| store.forget(&name)).await?;
    drop(store);
    // What no tag leads to any more goes when a store is opened.
    open_store(invocation).await?;
    invocation.announcer.note(told);
    Ok(())
}

async fn open_store(invocation: &Invocation) -> Result<Store, Failure> {
    let environment = &invocation.environment;
    let folder = environment.cache_folder().join("registry");
    let now = environment.now().into();
    let open = move || Store::open(&folder, KEPT, now);
    tokio::task::spawn_blocking(open)
        .await
        .map_err(|error| Failure::of(Kind::Machine, &error))?
        .map_err(|error| Failure::of(Kind::Machine, &error))
}

async fn with_store<T: Send + 'static, E: std::error::Error + Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
) -> Result<T, Failure> {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || work(&store))
        .await
        .map_err(|error| Failure::of(Kind::Machine, &error))?
        .map_err(|error| Failure::of(Kind::Machine, &error))
}

/// Runs a line of ours with this machine's shell; nobody is told what it prints.
async fn run_quietly(invocation: &Invocation, line: &CommandLine) -> Result<LocalReport, Failure> {
    let program = LocalProgram::new("sh")
        .args(["-c", &line.exposed()])
        .in_folder(&invocation.environment.folder);
    run_local(&program, invocation.interrupt.clone(), |_| ())
        .await
        .map_err(|error| Failure::of(Kind::Machine, &error))
}

fn tag(text: &str) -> Result<Tag, Failure> {
    text.parse()
        .map_err(|error| Failure::of(Kind::Project, &error))
}

fn loopback(port: NonZeroU16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port.get()).into()
}

/// `12 B`, `3.4 kB`, `5.6 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    // Tenths of the unit, rounded down; the next unit when that is a thousand.
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_units_that_fit() {
        let told = [0, 999, 1000, 1234, 999_999, 1_000_000, 5_678_901_234];
        let told = told.map(size);
        let expected = [
            "0 B", "999 B", "1.0 kB", "1.2 kB", "999.9 kB", "1.0 MB", "5.6 GB",
        ];
        assert_eq!(told, expected);
    }
}
