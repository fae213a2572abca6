//! A registry that listens, and a client that asks it what a test says, word for word.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use dhow_names::Digest;
use dhow_registry::{Access, Kept, Registry, Serving, Store};
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, Request, StatusCode, header::HOST};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// What tests keep unless they are about that.
pub(crate) const ALL: Kept = Kept {
    versions: usize::MAX,
    unused: Duration::MAX,
};

/// A registry on a port of the loopback, with a folder of its own.
pub(crate) struct Listening {
    pub(crate) registry: Registry,
    pub(crate) address: SocketAddr,
    pub(crate) serving: Serving,
    pub(crate) folder: TempDir,
}

impl Listening {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder).await
    }

    pub(crate) async fn start_in(folder: TempDir) -> Self {
        let registry = Registry::new(open(folder.path()));
        let (address, serving) = serve(&registry, Access::Everything).await;
        Self {
            registry,
            address,
            serving,
            folder,
        }
    }

    /// Stops it and starts another one on what it kept.
    pub(crate) async fn restarted(self) -> Self {
        self.serving.close().await;
        drop(self.registry);
        Self::start_in(self.folder).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask(self.address, Method::GET, path, &[], "").await
    }

    pub(crate) async fn head(&self, path: &str) -> Answer {
        ask(self.address, Method::HEAD, path, &[], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        ask(self.address, Method::DELETE, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        ask(self.address, Method::POST, path, &[], "").await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        ask(self.address, method, path, headers, body).await
    }

    /// Begins an upload and returns where it goes on.
    pub(crate) async fn begin(&self, repository: &str) -> String {
        let begun = self.post(&format!("/v2/{repository}/blobs/uploads/")).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
        begun.header("location").to_owned()
    }

    /// Uploads a blob the short way.
    pub(crate) async fn push_blob(&self, repository: &str, content: &'static str) -> Digest {
        let digest = Digest::of(content.as_bytes());
        let location = self.begin(repository).await;
        let path = format!("{location}?digest={digest}");
        let done = self.ask(Method::PUT, &path, &[], content).await;
        assert_eq!(done.status, StatusCode::CREATED, "{done:?}");
        digest
    }

    pub(crate) async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        manifest: &Value,
    ) -> Answer {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let headers = [("content-type", media_type)];
        self.ask(Method::PUT, &path, &headers, manifest.to_string())
            .await
    }

    /// Uploads an image of one layer and tags it.
    pub(crate) async fn push_image(
        &self,
        repository: &str,
        tag: &str,
        layer: &'static str,
    ) -> Digest {
        let config = self.push_blob(repository, "{}").await;
        let layer = self.push_blob(repository, layer).await;
        let manifest = manifest(&config, &[layer]);
        let done = self
            .put_manifest(repository, tag, MANIFEST, &manifest)
            .await;
        assert_eq!(done.status, StatusCode::CREATED, "{done:?}");
        Digest::of(manifest.to_string().as_bytes())
    }

    pub(crate) fn blob_file(&self, digest: &Digest) -> PathBuf {
        self.folder.path().join("blobs/sha256").join(digest.hex())
    }

    pub(crate) fn uploads(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("uploads"))
            .unwrap()
            .count()
    }
}

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

pub(crate) fn manifest(config: &Digest, layers: &[Digest]) -> Value {
    let descriptor = |media_type: &str, digest: &Digest| json!({"mediaType": media_type, "digest": digest.to_string(), "size": 2});
    let layer = |digest| descriptor("application/vnd.oci.image.layer.v1.tar+gzip", digest);
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": layers.iter().map(layer).collect::<Vec<_>>(),
    })
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, ALL, now()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests are an edge too")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

pub(crate) async fn serve(registry: &Registry, access: Access) -> (SocketAddr, Serving) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, registry.serve(listener, access))
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        match self.headers.get(name) {
            Some(value) => value.to_str().unwrap(),
            None => panic!("no {name}: {self:?}"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// An error in the specification's form, with this status and code.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json");
        let errors = &self.json()["errors"];
        assert_eq!(errors[0]["code"], code, "{errors}");
        assert!(
            errors[0]["message"]
                .as_str()
                .is_some_and(|it| !it.is_empty())
        );
    }
}

pub(crate) async fn ask(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(HOST, format!("localhost:{}", address.port()));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    let _ = connection.await;
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}
