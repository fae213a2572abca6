//! The private registry of a world, asked over its HTTP interface.

use std::net::{Ipv4Addr, SocketAddr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use crate::{
    container::{Container, port_of},
    http::{Response, ask, get},
};

/// Manifests of both the kinds and of the indexes above them.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// A registry that asks for a login, `registry:5000` for builder and hosts.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    _container: Container,
}

impl Registry {
    /// Its name, as deploy.yml and image references say it.
    pub const SERVER: &str = "registry:5000";
    /// The one user it knows.
    pub const USER: &str = "deployer";
    /// That user's password.
    pub const PASSWORD: &str = "harbour-pass";

    pub(crate) async fn new(container: Container) -> Self {
        let address = (Ipv4Addr::LOCALHOST, port_of(&container, 5000).await).into();
        Self {
            address,
            _container: container,
        }
    }

    /// The tags of a repository, sorted; empty when there is no such repository.
    pub async fn tags(&self, repository: &str) -> Vec<String> {
        #[derive(Deserialize)]
        struct Listing {
            tags: Option<Vec<String>>,
        }
        let response = self.get(&format!("/v2/{repository}/tags/list")).await;
        if response.status == 404 {
            return Vec::new();
        }
        let listing: Listing = serde_json::from_str(&response.body)
            .unwrap_or_else(|error| panic!("{error}: {response:?}"));
        let mut tags = listing.tags.unwrap_or_default();
        tags.sort();
        tags
    }

    /// The digest behind a tag, `sha256:…`; `None` when there is no such tag.
    pub async fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        let response = self.get(&format!("/v2/{repository}/manifests/{tag}")).await;
        (response.status == 200).then(|| {
            response
                .header("docker-content-digest")
                .expect("a manifest has a digest")
                .to_string()
        })
    }

    /// Asks with the login.
    pub async fn get(&self, path: &str) -> Response {
        let login = BASE64_STANDARD.encode(format!("{}:{}", Self::USER, Self::PASSWORD));
        self.ask(
            path,
            &[
                ("authorization", &format!("Basic {login}")),
                ("accept", MANIFESTS),
            ],
        )
        .await
    }

    /// Asks as a stranger.
    pub async fn get_without_login(&self, path: &str) -> Response {
        self.ask(path, &[]).await
    }

    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let answer = ask(self.address, get(path, Self::SERVER, headers)).await;
        answer.unwrap_or_else(|silence| panic!("the registry does not answer {path}: {silence:?}"))
    }
}
