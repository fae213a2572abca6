//! Where the image comes from: the registry of the deploy file, asked from here before any host pulls.

use std::{
    num::NonZeroU16,
    ops::AsyncFn,
    path::{Path, PathBuf},
};

use dhow_plan::facts::Facts;
use dhow_registry::Serving;
use dhow_registry_client::{
    Image, Layer, Login, Manifest, Place, RegistryClient, RegistryError, Route, nearest,
};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use tokio::sync::OnceCell;

use crate::{
    failure::{Failure, Kind},
    local_registry::LocalRegistry,
    project::{Basis, Project},
    session::Session,
};

/// Where Docker keeps the certificates of registries that no public authority vouches for.
const CERTIFICATES: &str = "/etc/docker/certs.d";

/// A registry that can be asked what it has. Asking is never needed for a deploy: a registry that is silent here may
/// well answer the hosts.
#[derive(Debug)]
pub(crate) struct ImageSource<'a> {
    /// Where to ask; the reason, when nobody can be asked.
    way: Result<Way<'a>, String>,
    client: OnceCell<RegistryClient>,
    /// Our own registry, as long as it is asked.
    _serving: Option<Serving>,
}

#[derive(Debug)]
struct Way<'a> {
    place: Place,
    login: Option<Login>,
    plain: bool,
    route: Route,
    certificates: Vec<Vec<u8>>,
    /// Whose connection leads to a registry that this machine does not reach.
    through: Option<&'a Session<'a>>,
}

/// What the registry says of a tag or a digest.
#[derive(Debug)]
pub(crate) enum Found {
    /// It has it.
    Image(Manifest),
    /// It does not.
    Missing {
        /// Tags that may have been meant.
        nearest: Vec<String>,
    },
    /// It could not be asked.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl<'a> ImageSource<'a> {
    /// The source of the image that `session` deploys. `facts` say how the hosts talk to it; a registry that this
    /// machine does not reach is reached through the primary host.
    pub(crate) async fn of(
        session: &'a Session<'a>,
        facts: &Facts,
        registry: Option<&LocalRegistry<'_>>,
    ) -> Result<Self, Failure> {
        if let Some(registry) = registry {
            return Self::on_this_machine(registry, session.transport.control_folder());
        }
        let server = session.project.config.registry.server.as_deref();
        let is_plain = |server: &str| {
            let mut known = facts.0.values().filter_map(|host| host.store.as_ref());
            known.any(|store| store.plain.iter().any(|it| it == server))
        };
        let plain = server.is_some_and(is_plain);
        Self::elsewhere(session.project, session.basis, plain, Some(session)).await
    }

    /// The source with what it says of a version, where this machine needs nobody's help to ask. It can be asked while
    /// the hosts are connected to. None when that leads to no image; then it is asked again as [`of`](Self::of) does.
    pub(crate) async fn directly(
        project: &Project,
        basis: &Basis,
    ) -> Option<(ImageSource<'static>, Manifest)> {
        let source = ImageSource::elsewhere(project, basis, false, None)
            .await
            .ok()?;
        match source.find(basis.version.as_str()).await {
            Found::Image(manifest) => Some((source, manifest)),
            Found::Missing { .. } | Found::Unknown { .. } => None,
        }
    }

    /// The source of the image where no host can help. `folder` is for sockets.
    pub(crate) async fn without_hosts(
        project: &Project,
        basis: &Basis,
        registry: Option<&LocalRegistry<'_>>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        match registry {
            Some(registry) => Self::on_this_machine(registry, folder),
            None => Self::elsewhere(project, basis, false, None).await,
        }
    }

    fn on_this_machine(registry: &LocalRegistry<'_>, folder: &Path) -> Result<Self, Failure> {
        let (route, serving) = registry.serve_us(folder)?;
        let place = Place::new(Some(&registry.server()), registry.image());
        let way = Way {
            place: place.map_err(|error| Failure::of(Kind::Project, &error))?,
            login: None,
            plain: true,
            route,
            certificates: Vec::new(),
            through: None,
        };
        Ok(Self {
            way: Ok(way),
            client: OnceCell::new(),
            _serving: serving,
        })
    }

    async fn elsewhere(
        project: &Project,
        basis: &Basis,
        plain: bool,
        through: Option<&'a Session<'a>>,
    ) -> Result<Self, Failure> {
        let config = &project.config;
        let server = config.registry.server.as_deref();
        let login = match &basis.needs.login {
            Some(login) => Some(Login {
                username: login.username.clone(),
                password: login.password.clone(),
            }),
            None => noted_login(server).await?,
        };
        let way = Place::new(server, &config.image).map(|place| Way {
            plain: plain || place.is_on_this_machine(),
            certificates: certificates_for(place.server()),
            route: Route::Direct,
            place,
            login,
            through,
        });
        Ok(Self {
            way: way.map_err(|error| error.to_string()),
            client: OnceCell::new(),
            _serving: None,
        })
    }

    /// What a tag or a digest is.
    pub(crate) async fn find(&self, reference: &str) -> Found {
        let asked = self
            .ask(async |client: &RegistryClient| client.manifest(reference).await)
            .await;
        match asked {
            Ok(Some(manifest)) => Found::Image(manifest),
            Ok(None) => Found::Missing {
                nearest: self.nearest(reference).await,
            },
            Err(reason) => Found::Unknown { reason },
        }
    }

    /// Which tags may have been meant; a registry that does not tell its tags helps nobody.
    async fn nearest(&self, wanted: &str) -> Vec<String> {
        let tags = self.ask(RegistryClient::tags).await.unwrap_or_default();
        let tags = tags
            .iter()
            .map(String::as_str)
            .filter(|tag| !dhow_docker::Repository::is_latest_tag(tag));
        nearest(wanted, tags)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The image of a manifest that runs on an architecture, when the registry tells.
    pub(crate) async fn image(&self, manifest: &Manifest, architecture: &str) -> Option<Image> {
        let asked = self
            .ask(async |client: &RegistryClient| client.image(manifest, architecture).await)
            .await;
        asked.ok().flatten()
    }

    /// The parts of that image, for which an index has to be followed and nothing else.
    pub(crate) async fn layers(
        &self,
        manifest: &Manifest,
        architecture: &str,
    ) -> Option<Vec<Layer>> {
        if let Some(layers) = manifest.layers() {
            return Some(layers.to_vec());
        }
        let asked = self
            .ask(async |client: &RegistryClient| client.of_platform(manifest, architecture).await)
            .await;
        Some(asked.ok()??.layers()?.to_vec())
    }

    /// Lets a tag stand for an image that the registry has.
    pub(crate) async fn tag(&self, manifest: &Manifest, tag: &str) -> Result<(), String> {
        self.ask(async |client: &RegistryClient| client.tag(manifest, tag).await)
            .await
    }

    /// Asks directly and, when there is no way, through a host. The way that led somewhere is kept.
    async fn ask<T>(
        &self,
        question: impl AsyncFn(&RegistryClient) -> Result<T, RegistryError>,
    ) -> Result<T, String> {
        let way = self.way.as_ref().map_err(String::clone)?;
        if let Some(client) = self.client.get() {
            return question(client).await.map_err(|error| in_full(&error));
        }
        let direct = way
            .client(way.route.clone())
            .map_err(|error| in_full(&error))?;
        let first = match question(&direct).await {
            Err(error) if error.is_of_the_way() => error,
            answer => {
                // It can be set but once; whoever was quicker found the same.
                let _ = self.client.set(direct);
                return answer.map_err(|error| in_full(&error));
            }
        };
        let Some(socket) = way.through_a_host().await else {
            return Err(in_full(&first));
        };
        let around = way
            .client(Route::Socket(socket))
            .map_err(|error| in_full(&error))?;
        match question(&around).await {
            Err(error) if error.is_of_the_way() => Err(in_full(&first)),
            answer => {
                let _ = self.client.set(around);
                answer.map_err(|error| in_full(&error))
            }
        }
    }
}

impl Way<'_> {
    fn client(&self, route: Route) -> Result<RegistryClient, RegistryError> {
        let (place, login) = (self.place.clone(), self.login.clone());
        RegistryClient::new(place, login, self.plain, route, &self.certificates)
    }

    async fn through_a_host(&self) -> Option<PathBuf> {
        let session = self.through?;
        let (name, port) = self.place.host_and_port(self.plain);
        let port = NonZeroU16::new(port)?;
        let host = session.fleet.primary_host();
        let reached = session.transport.reach_through(host, name, port).await;
        reached.ok()
    }
}

/// Who logs in to a registry according to this machine's Docker: its configuration or a credential helper of it.
async fn noted_login(server: Option<&str>) -> Result<Option<Login>, Failure> {
    let server = server.unwrap_or("https://index.docker.io/v1/").to_owned();
    let look = move || docker_credential::get_credential(&server);
    let found: Result<_, CredentialRetrievalError> = tokio::task::spawn_blocking(look)
        .await
        .map_err(|error| Failure::of(Kind::Machine, &error))?;
    Ok(match found {
        Ok(DockerCredential::UsernamePassword(username, password)) => Some(Login {
            username: dhow_redaction::Secret::new(username),
            password: dhow_redaction::Secret::new(password),
        }),
        // Public images need none, and a token of an identity server says nothing to the registry itself.
        Ok(DockerCredential::IdentityToken(_)) | Err(_) => None,
    })
}

/// The authorities that Docker trusts for this registry.
fn certificates_for(server: &str) -> Vec<Vec<u8>> {
    let Ok(files) = fs_err::read_dir(Path::new(CERTIFICATES).join(server)) else {
        return Vec::new();
    };
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "crt"))
        .filter_map(|path| fs_err::read(path).ok())
        .collect()
}

/// An error with its sources, on one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}
