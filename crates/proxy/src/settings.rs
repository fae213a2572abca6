//! What a deploy sets: the options of a service and of its targets, in the state file's own words.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::names::{HostPattern, PathPrefix};

/// How a service is reached (state file `options`, kamal-proxy §11).
///
/// `others` keeps what this program does not act on, so that another proxy finds it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceOptions {
    /// The hosts served.
    #[serde(deserialize_with = "null_is_empty")]
    pub hosts: Vec<HostPattern>,
    /// The path prefixes served.
    #[serde(deserialize_with = "null_is_empty")]
    pub path_prefixes: Vec<PathPrefix>,
    /// Whether the service is reached over TLS.
    pub tls_enabled: bool,
    /// A file with the certificate and its chain, or empty.
    pub tls_certificate_path: String,
    /// A file with its key, or empty.
    pub tls_private_key_path: String,
    /// Whether plain HTTP is redirected once TLS is enabled.
    pub tls_redirect: bool,
    /// The host other hosts are redirected to. Not supported yet.
    pub canonical_host: String,
    /// A directory of error pages, or empty.
    pub error_page_path: String,
    /// Whether the matched prefix is cut before forwarding.
    pub strip_prefix: bool,
    /// Everything else found in the file.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            path_prefixes: Vec::new(),
            tls_enabled: false,
            tls_certificate_path: String::new(),
            tls_private_key_path: String::new(),
            tls_redirect: true,
            canonical_host: String::new(),
            error_page_path: String::new(),
            strip_prefix: true,
            others: Map::new(),
        }
    }
}

impl ServiceOptions {
    /// Whether the service answers for `/`.
    pub fn serves_root(&self) -> bool {
        self.path_prefixes.is_empty() || self.path_prefixes.iter().any(PathPrefix::is_root)
    }

    /// Whether the certificate comes from files.
    pub fn has_certificate_files(&self) -> bool {
        !self.tls_certificate_path.is_empty() && !self.tls_private_key_path.is_empty()
    }

    /// The same options with "any host" and "every path" spelled out where nothing was given.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        if self.hosts.is_empty() {
            self.hosts.push(HostPattern::any());
        }
        if self.path_prefixes.is_empty() {
            self.path_prefixes.push(PathPrefix::root());
        }
        self
    }
}

/// How a target's health is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheckOptions {
    /// The path of the request.
    pub path: String,
    /// The port, or 0 for the target's own.
    pub port: u16,
    /// The time between two checks.
    #[serde(with = "nanoseconds")]
    pub interval: Duration,
    /// How long one check may take.
    #[serde(with = "nanoseconds")]
    pub timeout: Duration,
    /// The Host header, or empty for the target's address.
    pub host: String,
}

impl Default for HealthCheckOptions {
    fn default() -> Self {
        Self {
            path: "/up".to_owned(),
            port: 0,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
            host: String::new(),
        }
    }
}

/// How requests are passed to the targets (state file `target_options`).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of a file that another program writes"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetOptions {
    /// How health is asked for.
    pub health_check_config: HealthCheckOptions,
    /// How long a target may take to begin its answer.
    #[serde(with = "nanoseconds")]
    pub response_timeout: Duration,
    /// Whether request bodies are to be read whole first; recorded, bodies are streamed for now.
    pub buffer_requests: bool,
    /// Whether response bodies are to be read whole first; recorded, bodies are streamed for now.
    pub buffer_responses: bool,
    /// Bytes of a buffered body kept in memory; recorded only.
    pub max_memory_buffer_size: u64,
    /// The most bytes of a request body; 0 for no limit.
    pub max_request_body_size: u64,
    /// The most bytes of a response body; 0 for no limit.
    pub max_response_body_size: u64,
    /// Request headers to log.
    #[serde(deserialize_with = "null_is_empty")]
    pub log_request_headers: Vec<String>,
    /// Response headers to log.
    #[serde(deserialize_with = "null_is_empty")]
    pub log_response_headers: Vec<String>,
    /// Whether the client's own X-Forwarded headers are trusted.
    pub forward_headers: bool,
    /// Whether cookie paths are moved below the prefix. Not supported yet.
    pub scope_cookie_paths: bool,
    /// Everything else found in the file.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            health_check_config: HealthCheckOptions::default(),
            response_timeout: Duration::from_secs(30),
            buffer_requests: false,
            buffer_responses: false,
            max_memory_buffer_size: 1_048_576,
            max_request_body_size: 0,
            max_response_body_size: 0,
            log_request_headers: Vec::new(),
            log_response_headers: Vec::new(),
            forward_headers: true,
            scope_cookie_paths: false,
            others: Map::new(),
        }
    }
}

/// What this program cannot do yet, as the option is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// Serving over TLS with a certificate that the proxy gets by itself.
    #[error("automatic TLS is not supported yet by dhow-proxy, give it certificate files")]
    AutomaticTls,
    /// Redirecting to one host.
    #[error("a canonical host is not supported yet by dhow-proxy")]
    CanonicalHost,
    /// Targets for reads alone.
    #[error("read targets are not supported yet by dhow-proxy")]
    ReadTargets,
    /// Moving cookies below the prefix.
    #[error("scoped cookie paths are not supported yet by dhow-proxy")]
    ScopedCookies,
    /// A second set of targets.
    #[error("rollout is not supported yet by dhow-proxy")]
    Rollout,
    /// A header that names the client.
    #[error("a client IP header is not supported yet by dhow-proxy")]
    ClientAddressHeader,
}

/// The first thing these options ask for that cannot be done yet.
pub fn unsupported(
    options: &ServiceOptions,
    target_options: &TargetOptions,
) -> Option<Unsupported> {
    let filled = |name: &str| {
        options
            .others
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    let automatic = options.tls_enabled && !options.has_certificate_files();
    if automatic || filled("tls_on_demand_url") {
        Some(Unsupported::AutomaticTls)
    } else if !options.canonical_host.is_empty() {
        Some(Unsupported::CanonicalHost)
    } else if filled("client_ip_header") {
        Some(Unsupported::ClientAddressHeader)
    } else if target_options.scope_cookie_paths {
        Some(Unsupported::ScopedCookies)
    } else {
        None
    }
}

/// Go writes an empty list as `null`.
pub(crate) fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Durations as a whole number of nanoseconds, as Go writes them.
pub(crate) mod nanoseconds {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}
