//! Asking, and moving a tag.

use std::{path::PathBuf, sync::OnceLock, time::Duration};

use dhow_names::Digest;
use reqwest::{
    Certificate, Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue, LINK, WWW_AUTHENTICATE},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{
    Image, Login, Manifest, Place, UnreadableManifest,
    authorization::{Authorization, Challenge, Token},
    manifest::{ACCEPTED, Configuration},
};

/// How long opening a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The largest answer that is read: registries take no larger manifests (OCI distribution specification).
const LARGEST: usize = 4 * 1024 * 1024;

/// How many tags are asked for at once, and how often.
const TAGS_AT_ONCE: usize = 1000;
const PAGES: usize = 10;

/// The way to a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// This machine connects to it.
    #[default]
    Direct,
    /// What listens on this socket leads to it.
    Socket(PathBuf),
}

/// One repository of one registry.
#[derive(Debug)]
pub struct RegistryClient {
    place: Place,
    base: String,
    login: Option<Login>,
    registry: Client,
    /// For the server that gives tokens, where that is another one. Reading whom this machine trusts takes a while.
    elsewhere: OnceLock<Client>,
    /// Authorities beyond those of this machine.
    own: Vec<Certificate>,
    shown: Mutex<Option<Authorization>>,
}

/// A registry that gave no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The means to ask could not be made, for want of certificates.
    #[error("this machine cannot make encrypted connections")]
    Unprepared {
        /// Why not.
        source: reqwest::Error,
    },
    /// There is no connection.
    #[error("the registry {server} cannot be reached")]
    Unreachable {
        /// `host[:port]`.
        server: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// The connection broke or what came made no sense.
    #[error("the registry {server} gave no answer that can be read")]
    Broken {
        /// `host[:port]`.
        server: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// Who asks may not know.
    #[error("the registry {server} refuses to tell ({status}){}", told(.said))]
    Denied {
        /// `host[:port]`.
        server: String,
        /// 401 or 403.
        status: u16,
        /// What it said.
        said: String,
    },
    /// Anything but what was asked for.
    #[error("the registry {server} answered with {status}{}", told(.said))]
    Status {
        /// `host[:port]`.
        server: String,
        /// The status of HTTP.
        status: u16,
        /// What it said.
        said: String,
    },
    /// More than a manifest may be.
    #[error("the registry {server} answered with more than {LARGEST} bytes")]
    TooLarge {
        /// `host[:port]`.
        server: String,
    },
    /// No manifest.
    #[error("the registry {server} answered with something else than a manifest")]
    Manifest {
        /// `host[:port]`.
        server: String,
        /// What is wrong with it.
        source: UnreadableManifest,
    },
}

impl RegistryError {
    /// Whether another way to the registry may do better.
    pub fn is_of_the_way(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

fn told(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}

impl RegistryClient {
    /// A client that has asked nothing yet. `plain` says that the registry speaks HTTP without encryption; nothing
    /// is ever sent that way otherwise. `certificates` are trusted besides the machine's own, in PEM.
    pub fn new(
        place: Place,
        login: Option<Login>,
        plain: bool,
        route: Route,
        certificates: &[Vec<u8>],
    ) -> Result<Self, RegistryError> {
        let unprepared = |source| RegistryError::Unprepared { source };
        let mut own = Vec::new();
        for certificate in certificates {
            own.extend(Certificate::from_pem_bundle(certificate).map_err(unprepared)?);
        }
        let registry = match route {
            Route::Direct => builder(&own),
            Route::Socket(path) => builder(&own).unix_socket(path),
        };
        let protocol = if plain { "http" } else { "https" };
        Ok(Self {
            base: format!("{protocol}://{}/v2/{}", place.server(), place.repository()),
            registry: registry.build().map_err(unprepared)?,
            elsewhere: OnceLock::new(),
            own,
            shown: Mutex::default(),
            place,
            login,
        })
    }

    fn elsewhere(&self) -> Result<&Client, RegistryError> {
        if let Some(client) = self.elsewhere.get() {
            return Ok(client);
        }
        let made = builder(&self.own).build();
        let made = made.map_err(|source| RegistryError::Unprepared { source })?;
        // Whoever was quicker made the same.
        Ok(self.elsewhere.get_or_init(|| made))
    }

    /// What this is about.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The manifest of a tag or a digest; none when there is no such thing.
    pub async fn manifest(&self, reference: &str) -> Result<Option<Manifest>, RegistryError> {
        let path = format!("/manifests/{reference}");
        let ask = |request: RequestBuilder| request.header(ACCEPT, ACCEPTED);
        let response = self.ask(Method::GET, &path, ask).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = self.succeeded(response).await?;
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        let content_type = content_type.as_ref().and_then(|it| it.to_str().ok());
        let bytes = self.body(response).await?;
        let manifest = Manifest::read(bytes, content_type);
        manifest
            .map(Some)
            .map_err(|source| RegistryError::Manifest {
                server: self.server(),
                source,
            })
    }

    /// What an image is that runs on an architecture, in Docker's words; none when the manifest has none for it.
    pub async fn image(
        &self,
        manifest: &Manifest,
        architecture: &str,
    ) -> Result<Option<Image>, RegistryError> {
        let Some(of) = self.of_platform(manifest, architecture).await? else {
            return Ok(None);
        };
        let (Some(config), Some(layers)) = (of.config(), of.layers()) else {
            return Ok(None);
        };
        let layers = layers.to_vec();
        let Configuration {
            architecture,
            config,
        } = self.configuration(config).await?;
        Ok(Some(Image {
            architecture,
            labels: config.and_then(|it| it.labels).unwrap_or_default(),
            layers,
        }))
    }

    /// The parts of the image that runs on an architecture.
    pub async fn of_platform(
        &self,
        manifest: &Manifest,
        architecture: &str,
    ) -> Result<Option<Manifest>, RegistryError> {
        if manifest.layers().is_some() {
            return Ok(Some(manifest.clone()));
        }
        let mut platforms = manifest.platforms();
        let of = platforms.find(|(platform, _)| platform.architecture == architecture);
        match of {
            Some((_, digest)) => self.manifest(&digest.to_string()).await,
            None => Ok(None),
        }
    }

    async fn configuration(&self, digest: Digest) -> Result<Configuration, RegistryError> {
        let path = format!("/blobs/{digest}");
        let response = self.ask(Method::GET, &path, |request| request).await?;
        let response = self.succeeded(response).await?;
        let bytes = self.body(response).await?;
        serde_json::from_slice(&bytes).map_err(|source| RegistryError::Manifest {
            server: self.server(),
            source: source.into(),
        })
    }

    /// The tags of the repository, in no particular order; none when there is no such repository. Of very many,
    /// the first ten thousand.
    pub async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        let mut path = format!("/tags/list?n={TAGS_AT_ONCE}");
        for _ in 0..PAGES {
            let response = self.ask(Method::GET, &path, |request| request).await?;
            if response.status() == StatusCode::NOT_FOUND {
                return Ok(tags);
            }
            let response = self.succeeded(response).await?;
            let next = response.headers().get(LINK).and_then(last_of_page);
            let bytes = self.body(response).await?;
            let page: Page =
                serde_json::from_slice(&bytes).map_err(|source| RegistryError::Manifest {
                    server: self.server(),
                    source: source.into(),
                })?;
            tags.extend(page.tags.unwrap_or_default());
            match next {
                Some(next) => path = format!("/tags/list?{next}"),
                None => break,
            }
        }
        Ok(tags)
    }

    /// Gives a manifest another tag, or moves the tag there.
    pub async fn tag(&self, manifest: &Manifest, tag: &str) -> Result<(), RegistryError> {
        let path = format!("/manifests/{tag}");
        let put = |request: RequestBuilder| {
            request
                .header(CONTENT_TYPE, &manifest.media_type)
                .body(manifest.bytes.clone())
        };
        let response = self.ask(Method::PUT, &path, put).await?;
        self.succeeded(response).await.map(|_| ())
    }

    /// Asks, and shows who asks when that is wanted.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, RegistryError> {
        let url = format!("{}{path}", self.base);
        let request = || with(self.registry.request(method.clone(), &url));
        let shown = self.shown.lock().await.clone();
        let response = self.send(authorized(request(), shown.as_ref())).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let headers = response.headers().get_all(WWW_AUTHENTICATE);
        let Some(challenge) = Challenge::read(headers.iter().filter_map(|it| it.to_str().ok()))
        else {
            return Ok(response);
        };
        let Some(authorization) = self.authorize(challenge, &method).await? else {
            return Ok(response);
        };
        let response = self
            .send(authorized(request(), Some(&authorization)))
            .await?;
        *self.shown.lock().await = Some(authorization);
        Ok(response)
    }

    async fn authorize(
        &self,
        challenge: Challenge,
        method: &Method,
    ) -> Result<Option<Authorization>, RegistryError> {
        let Challenge::Bearer {
            realm,
            service,
            scope,
        } = challenge
        else {
            return Ok(self.login.clone().map(Authorization::Login));
        };
        let Ok(mut url) = Url::parse(&realm) else {
            return Ok(None);
        };
        let rights = if method == Method::GET {
            "pull"
        } else {
            "pull,push"
        };
        let scope =
            scope.unwrap_or_else(|| format!("repository:{}:{rights}", self.place.repository()));
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        url.query_pairs_mut().append_pair("scope", &scope);
        // A name and a password leave this machine encrypted, or to where they would have gone anyway.
        let at_the_registry = self.is_the_registry(&url);
        let login = self
            .login
            .as_ref()
            .filter(|_| url.scheme() == "https" || at_the_registry);
        let client = if at_the_registry {
            &self.registry
        } else {
            self.elsewhere()?
        };
        let authorization = login.cloned().map(Authorization::Login);
        let response = self
            .send(authorized(client.get(url), authorization.as_ref()))
            .await?;
        let response = self.succeeded(response).await?;
        let bytes = self.body(response).await?;
        let token = serde_json::from_slice::<Token>(&bytes).ok();
        Ok(token.and_then(Token::into_secret).map(Authorization::Token))
    }

    fn is_the_registry(&self, url: &Url) -> bool {
        let own = Url::parse(&self.base).ok();
        own.is_some_and(|own| own.origin() == url.origin())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, RegistryError> {
        request.send().await.map_err(|error| {
            let server = self.server();
            let source = error.without_url();
            if source.is_connect() || source.is_timeout() {
                RegistryError::Unreachable { server, source }
            } else {
                RegistryError::Broken { server, source }
            }
        })
    }

    async fn succeeded(&self, response: Response) -> Result<Response, RegistryError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let server = self.server();
        let body = self.body(response).await.unwrap_or_default();
        let said = message(&body);
        let denied = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
        let status = status.as_u16();
        Err(if denied {
            RegistryError::Denied {
                server,
                status,
                said,
            }
        } else {
            RegistryError::Status {
                server,
                status,
                said,
            }
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        let broken = |source: reqwest::Error| RegistryError::Broken {
            server: self.server(),
            source: source.without_url(),
        };
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(RegistryError::TooLarge {
                    server: self.server(),
                });
            }
        }
        Ok(bytes)
    }

    fn server(&self) -> String {
        self.place.server().to_owned()
    }
}

fn authorized(request: RequestBuilder, shown: Option<&Authorization>) -> RequestBuilder {
    match shown {
        None => request,
        Some(Authorization::Token(token)) => request.bearer_auth(token.expose()),
        Some(Authorization::Login(Login { username, password })) => {
            request.basic_auth(username.expose(), Some(password.expose()))
        }
    }
}

/// What comes behind the question mark of the next page: `</v2/app/tags/list?last=b&n=2>; rel="next"`.
fn last_of_page(link: &HeaderValue) -> Option<String> {
    let (target, _) = link.to_str().ok()?.strip_prefix('<')?.split_once('>')?;
    let (_, query) = target.split_once('?')?;
    Some(query.to_owned())
}

/// The specification's way to say what is wrong, or the first line of any other text.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<OneError>,
    }
    #[derive(Deserialize)]
    struct OneError {
        code: Option<String>,
        message: Option<String>,
    }
    if let Ok(Errors { errors }) = serde_json::from_slice(body) {
        let texts = errors
            .into_iter()
            .filter_map(|error| error.message.filter(|it| !it.is_empty()).or(error.code));
        return texts.collect::<Vec<_>>().join("; ");
    }
    let text = String::from_utf8_lossy(body);
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}

/// What every client has.
fn builder(own: &[Certificate]) -> ClientBuilder {
    // Whoever comes first decides for the process; there is but one choice.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .timeout(ANSWER_LIMIT)
        .user_agent(concat!("dhow/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(own.to_vec())
}
