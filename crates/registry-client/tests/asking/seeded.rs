//! A registry of ours with images in it.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use dhow_names::Digest;
use dhow_registry::{Access, Kept, Registry, Serving, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio_rustls::{TlsAcceptor, rustls};

pub(crate) const LAYER: &str = "what an app needs";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub(crate) struct Seeded {
    registry: Registry,
    port: u16,
    folder: TempDir,
    _serving: Serving,
    sockets: std::sync::Mutex<Vec<Serving>>,
}

impl Seeded {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept {
            versions: usize::MAX,
            unused: Duration::MAX,
        };
        #[expect(clippy::disallowed_methods, reason = "tests are an edge too")]
        let now = SystemTime::now();
        let store = Store::open(&folder.path().join("store"), kept, now).unwrap();
        let registry = Registry::new(store);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = registry.serve(listener, Access::Everything);
        Self {
            registry,
            port,
            folder,
            _serving: serving,
            sockets: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn server(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The same registry on a socket.
    pub(crate) fn socket(&self) -> PathBuf {
        let path = self.folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let serving = self.registry.serve(listener, Access::Everything);
        self.sockets.lock().unwrap().push(serving);
        path
    }

    /// Its name where it speaks TLS only, and who vouches for its certificate.
    pub(crate) async fn encrypted(&self) -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(settings));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = self.port;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that trusts nobody goes away.
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut plain = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
                });
            }
        });
        (format!("localhost:{port}"), certificate.pem())
    }

    pub(crate) async fn image(&self, repository: &str, tag: &str, architecture: &str) -> Digest {
        let config =
            json!({"architecture": architecture, "config": {"Labels": {"service": "shop"}}});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": self.blob(repository, &config.to_string(), "application/vnd.oci.image.config.v1+json").await,
            "layers": [self.blob(repository, LAYER, "application/vnd.oci.image.layer.v1.tar").await],
        });
        self.put(repository, tag, IMAGE, &manifest).await
    }

    pub(crate) async fn index(
        &self,
        repository: &str,
        tag: &str,
        architectures: &[&str],
    ) -> Digest {
        let mut manifests = Vec::new();
        for architecture in architectures {
            let digest = self.image(repository, architecture, architecture).await;
            manifests.push(json!({
                "mediaType": IMAGE,
                "digest": digest.to_string(),
                "size": 1,
                "platform": {"os": "linux", "architecture": architecture},
            }));
        }
        let unknown = json!({"os": "unknown", "architecture": "unknown"});
        let mut attestation = manifests[0].clone();
        attestation["platform"] = unknown;
        manifests.push(attestation);
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.put(repository, tag, INDEX, &index).await
    }

    async fn blob(&self, repository: &str, content: &str, media_type: &str) -> Value {
        let digest = Digest::of(content.as_bytes());
        let uploads = format!("http://{}/v2/{repository}/blobs/uploads/", self.server());
        let http = http();
        let begun = http.post(uploads).send().await.unwrap();
        let location = begun.headers()["location"].to_str().unwrap();
        let end = format!("http://{}{location}?digest={digest}", self.server());
        let ended = http.put(end).body(content.to_owned()).send().await.unwrap();
        assert_eq!(ended.status().as_u16(), 201);
        json!({"mediaType": media_type, "digest": digest.to_string(), "size": content.len()})
    }

    async fn put(&self, repository: &str, tag: &str, media_type: &str, manifest: &Value) -> Digest {
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.server());
        let bytes = manifest.to_string();
        let digest = Digest::of(bytes.as_bytes());
        let put = http()
            .put(url)
            .header("content-type", media_type)
            .body(bytes);
        assert_eq!(put.send().await.unwrap().status().as_u16(), 201);
        digest
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
