//! The proxy: what it is told about an app, and how its own container runs.

use std::time::Duration;

use dhow_names::SecretName;
use serde::Serialize;

use super::Options;

/// Proxy settings of a role or an accessory, root merged in (config §8.1). An unset field leaves the proxy's
/// own default, except where a default is named here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proxy {
    /// Hosts that are routed to the app; none means every host.
    pub hosts: Vec<String>,
    /// The port the app listens on, 80 by default.
    pub app_port: u16,
    /// Whether the proxy serves TLS, and where its certificate comes from.
    pub tls: Tls,
    /// Whether plain HTTP is redirected.
    pub ssl_redirect: Option<bool>,
    /// Whether the client's `X-Forwarded-*` are trusted.
    pub forward_headers: Option<bool>,
    /// How long the app may take to answer.
    pub response_timeout: Option<Duration>,
    /// Paths that are routed to the app.
    pub path_prefixes: Vec<String>,
    /// Whether the path prefix is cut off.
    pub strip_path_prefix: Option<bool>,
    /// How the proxy asks whether the app is well.
    pub health_check: HealthCheck,
    /// `buffering.requests`, true by default.
    pub buffer_requests: bool,
    /// `buffering.responses`, true by default.
    pub buffer_responses: bool,
    /// Bytes kept in memory per buffered body.
    pub buffer_memory: Option<u64>,
    /// Most bytes of a request body.
    pub max_request_body: Option<u64>,
    /// Most bytes of a response body.
    pub max_response_body: Option<u64>,
    /// Request headers that are logged.
    pub log_request_headers: Vec<String>,
    /// Response headers that are logged.
    pub log_response_headers: Vec<String>,
    /// `run`: how the proxy's container runs on the hosts of this role, when the file says so.
    pub run: Option<ProxyRun>,
}

/// `ssl` (config §8.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// No TLS.
    #[default]
    Off,
    /// The proxy gets a certificate by itself.
    Automatic,
    /// Two secrets hold the certificate and its key in PEM form.
    Certificate {
        /// The secret with the certificate and its chain.
        certificate: SecretName,
        /// The secret with the key.
        private_key: SecretName,
    },
}

impl Tls {
    /// Whether the proxy serves TLS at all.
    pub fn is_on(&self) -> bool {
        *self != Self::Off
    }
}

/// `healthcheck`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// Time between two probes (the proxy's default: 1 s).
    pub interval: Option<Duration>,
    /// How long one probe may take (5 s).
    pub timeout: Option<Duration>,
    /// The path that is asked for (`/up`).
    pub path: Option<String>,
}

/// `proxy.run` (config §8.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProxyRun {
    /// Whether the ports are published at all.
    pub publish: bool,
    /// The host's port for HTTP, 80 by default.
    pub http_port: u16,
    /// The host's port for HTTPS, 443 by default.
    pub https_port: u16,
    /// Addresses to publish on; none means all.
    pub bind_ips: Vec<std::net::IpAddr>,
    /// The port for metrics.
    pub metrics_port: Option<u16>,
    /// Whether the proxy logs more.
    pub debug: bool,
    /// `--log-opt max-size`, `10m` by default; empty leaves it out.
    pub log_max_size: String,
    /// Prefix of the image.
    pub registry: Option<String>,
    /// The image, `basecamp/kamal-proxy` by default.
    pub repository: String,
    /// The image's tag, `v0.9.2` by default.
    pub version: String,
    /// Further `docker run` flags.
    pub options: Options,
}
