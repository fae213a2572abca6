//! Serving over TLS with certificates from files (kamal-proxy §8).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::names::HostPattern;
use crate::router::Router;
use crate::service::Service;

/// The protocols that are spoken over TLS, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or is no PEM.
    #[error("could not read {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("no certificate in {0}")]
    Empty(PathBuf),
    /// The key is of a kind that cannot be used, or is not the certificate's.
    #[error("the certificate and its key cannot be used")]
    Unusable(#[source] rustls::Error),
}

/// A certificate with its chain and its key.
#[derive(Clone)]
pub struct Certificate(Arc<CertifiedKey>);

/// Without the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate(chain of {})", self.0.cert.len())
    }
}

impl Certificate {
    /// Reads a certificate, its chain and its key from two files.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| CertificateError::Unreadable { path, source }
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(unreadable(certificate))?;
        if chain.is_empty() {
            return Err(CertificateError::Empty(certificate.to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
        CertifiedKey::from_der(chain, key, &provider())
            .map(|certified| Self(Arc::new(certified)))
            .map_err(CertificateError::Unusable)
    }
}

fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// How TLS is spoken: with the certificate of the service that serves the name the client asks for.
pub(crate) fn server_config(
    router: Arc<ArcSwap<Router<Arc<Service>>>>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByName { router }));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

struct ByName {
    router: Arc<ArcSwap<Router<Arc<Service>>>>,
}

impl fmt::Debug for ByName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ByName")
    }
}

impl ResolvesServerCert for ByName {
    /// A client that names nobody gets the certificate of the first service with one, by name, so that it is the
    /// same every time.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let router = self.router.load();
        let service = match hello.server_name() {
            Some(name) => router.find(name, "/").map(|found| found.route),
            None => router
                .routes()
                .filter(|service| service.certificate.is_some())
                .min_by_key(|service| &service.name),
        };
        service?
            .certificate
            .as_ref()
            .map(|certificate| certificate.0.clone())
    }
}

/// The service that decides on TLS for a host: the one that serves `/` there (kamal-proxy §6).
pub(crate) fn root_service<'router>(
    router: &'router Router<Arc<Service>>,
    service: &'router Arc<Service>,
) -> Option<&'router Arc<Service>> {
    if service.options.serves_root() {
        return Some(service);
    }
    let any = HostPattern::any();
    let first = service.options.hosts.first().unwrap_or(&any);
    router.holder(first, &crate::names::PathPrefix::root())
}
