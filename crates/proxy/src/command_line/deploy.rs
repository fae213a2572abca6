//! The flags of `deploy`, and the deployment they describe.

use std::time::Duration;

use clap::{ArgAction, Args};
use serde_json::{Map, json};

use super::UsageError;
use super::flags::{boolean, duration};
use crate::names::{HostPattern, PathPrefix, ServiceName, TargetAddress};
use crate::services::Deployment;
use crate::settings::{HealthCheckOptions, ServiceOptions, TargetOptions, Unsupported};

/// The flags of `deploy`, as they were given.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line that others call"
)]
pub struct DeployFlags {
    /// Target host to deploy
    #[arg(long, value_delimiter = ',')]
    target: Vec<String>,
    /// Target that gets only reads (not supported yet)
    #[arg(long, value_delimiter = ',')]
    read_target: Vec<String>,
    /// Host to serve this service on (empty for any)
    #[arg(long, value_delimiter = ',')]
    host: Vec<String>,
    /// Path prefix to serve this service below
    #[arg(long, value_delimiter = ',')]
    path_prefix: Vec<String>,
    /// Cut the matched prefix before forwarding
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "true", value_parser = boolean, action = ArgAction::Set)]
    strip_path_prefix: bool,

    /// Serve over TLS, with a certificate from files
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    tls: bool,
    /// Ask here before a certificate is issued (not supported yet)
    #[arg(long, default_value = "")]
    tls_on_demand_url: String,
    /// Use Let's Encrypt's staging directory (not supported yet)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    tls_staging: bool,
    /// File with the certificate and its chain
    #[arg(long, default_value = "")]
    tls_certificate_path: String,
    /// File with the private key
    #[arg(long, default_value = "")]
    tls_private_key_path: String,
    /// Where certificates are kept (not supported yet)
    #[arg(long, default_value = "")]
    tls_acme_cache_path: String,
    /// Redirect HTTP to HTTPS, for services with TLS
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "true", value_parser = boolean, action = ArgAction::Set)]
    tls_redirect: bool,
    /// Redirect other hosts to this one (not supported yet)
    #[arg(long, default_value = "")]
    canonical_host: String,

    /// How long the targets may take to become healthy
    #[arg(long, value_parser = duration, default_value = "30s")]
    deploy_timeout: Duration,
    /// How long requests to the replaced targets may take
    #[arg(long, value_parser = duration, default_value = "30s")]
    drain_timeout: Duration,
    /// Switch without waiting for health
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    force: bool,

    /// Time between two health checks
    #[arg(long, value_parser = duration, default_value = "1s")]
    health_check_interval: Duration,
    /// How long a health check may take
    #[arg(long, value_parser = duration, default_value = "5s")]
    health_check_timeout: Duration,
    /// Path of the health check
    #[arg(long, default_value = "/up")]
    health_check_path: String,
    /// Port of the health check (0 for the target's own)
    #[arg(long, default_value_t = 0)]
    health_check_port: u16,
    /// Host header of the health check
    #[arg(long, default_value = "")]
    health_check_host: String,

    /// How long a target may take to begin its answer
    #[arg(long, value_parser = duration, default_value = "30s")]
    target_timeout: Duration,
    /// Read requests whole before forwarding (recorded; bodies are streamed for now)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    buffer_requests: bool,
    /// Read responses whole before answering (recorded; bodies are streamed for now)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    buffer_responses: bool,
    /// Bytes of a buffered body kept in memory
    #[arg(long, default_value_t = 1_048_576)]
    buffer_memory: u64,
    /// The most bytes of a request body (0 for no limit)
    #[arg(long, default_value_t = 0)]
    max_request_body: u64,
    /// The most bytes of a response body (0 for no limit)
    #[arg(long, default_value_t = 0)]
    max_response_body: u64,

    /// Directory of error pages
    #[arg(long, default_value = "")]
    error_pages: String,
    /// Request header to log
    #[arg(long, value_delimiter = ',')]
    log_request_header: Vec<String>,
    /// Response header to log
    #[arg(long, value_delimiter = ',')]
    log_response_header: Vec<String>,
    /// Path left out of metrics (recorded)
    #[arg(long, value_delimiter = ',')]
    exclude_metrics_path: Vec<String>,
    /// Trust the client's X-Forwarded headers [default: true without TLS]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    forward_headers: Option<bool>,
    /// Header that names the client (not supported yet)
    #[arg(long, default_value = "")]
    client_ip_header: String,
    /// Move cookies below the prefix (not supported yet)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    scope_cookie_paths: bool,
    /// How long a writer's reads go to writers (recorded)
    #[arg(long, value_parser = duration, default_value = "1s")]
    writer_affinity_timeout: Duration,
    /// Send upgrades to read targets (recorded)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = boolean, action = ArgAction::Set)]
    read_target_websockets: bool,
}

impl DeployFlags {
    /// The deployment these flags describe, or what is wrong with them.
    pub(super) fn deployment(self, service: ServiceName) -> Result<Deployment, UsageError> {
        self.check()?;
        let targets = self
            .target
            .iter()
            .map(|target| TargetAddress::parse(target));
        Ok(Deployment {
            targets: targets.collect::<Result<_, _>>()?,
            options: self.service_options(),
            target_options: self.target_options(),
            deploy_timeout: self.deploy_timeout,
            drain_timeout: self.drain_timeout,
            force: self.force,
            service,
        })
    }

    fn check(&self) -> Result<(), UsageError> {
        if self.target.is_empty() {
            return Err(UsageError::RequiredFlag("target"));
        }
        match (
            self.tls_certificate_path.is_empty(),
            self.tls_private_key_path.is_empty(),
        ) {
            (false, true) => return Err(UsageError::HalfCertificate("tls-private-key-path")),
            (true, false) => return Err(UsageError::HalfCertificate("tls-certificate-path")),
            _ => {}
        }
        if self.tls && self.host.iter().all(String::is_empty) {
            return Err(UsageError::TlsWithoutHost);
        }
        if self.tls && !self.service_options().normalised().serves_root() {
            return Err(UsageError::TlsOffRoot);
        }
        if self.max_request_body > 0 && !self.buffer_requests {
            return Err(UsageError::LimitWithoutBuffering("request"));
        }
        if self.max_response_body > 0 && !self.buffer_responses {
            return Err(UsageError::LimitWithoutBuffering("response"));
        }
        self.unsupported()
            .map_or(Ok(()), |unsupported| Err(unsupported.into()))
    }

    fn unsupported(&self) -> Option<Unsupported> {
        let on_demand = !self.tls_on_demand_url.is_empty();
        let automatic = self.tls && self.tls_certificate_path.is_empty();
        if automatic || on_demand || self.tls_staging || !self.tls_acme_cache_path.is_empty() {
            return Some(Unsupported::AutomaticTls);
        }
        [
            (!self.canonical_host.is_empty(), Unsupported::CanonicalHost),
            (!self.read_target.is_empty(), Unsupported::ReadTargets),
            (
                !self.client_ip_header.is_empty(),
                Unsupported::ClientAddressHeader,
            ),
            (self.scope_cookie_paths, Unsupported::ScopedCookies),
        ]
        .into_iter()
        .find_map(|(asked, unsupported)| asked.then_some(unsupported))
    }

    fn service_options(&self) -> ServiceOptions {
        let affinity = u64::try_from(self.writer_affinity_timeout.as_nanos()).unwrap_or(u64::MAX);
        let mut others = Map::new();
        others.insert("writer_affinity_timeout".to_owned(), json!(affinity));
        others.insert(
            "read_targets_accept_websockets".to_owned(),
            json!(self.read_target_websockets),
        );
        if !self.exclude_metrics_path.is_empty() {
            others.insert(
                "exclude_metrics_paths".to_owned(),
                json!(self.exclude_metrics_path),
            );
        }
        ServiceOptions {
            hosts: self.host.iter().cloned().map(HostPattern::from).collect(),
            path_prefixes: self
                .path_prefix
                .iter()
                .cloned()
                .map(PathPrefix::from)
                .collect(),
            tls_enabled: self.tls,
            tls_certificate_path: self.tls_certificate_path.clone(),
            tls_private_key_path: self.tls_private_key_path.clone(),
            tls_redirect: self.tls_redirect,
            canonical_host: String::new(),
            error_page_path: self.error_pages.clone(),
            strip_prefix: self.strip_path_prefix,
            others,
        }
    }

    fn target_options(&self) -> TargetOptions {
        TargetOptions {
            health_check_config: HealthCheckOptions {
                path: self.health_check_path.clone(),
                port: self.health_check_port,
                interval: self.health_check_interval,
                timeout: self.health_check_timeout,
                host: self.health_check_host.clone(),
            },
            response_timeout: self.target_timeout,
            buffer_requests: self.buffer_requests,
            buffer_responses: self.buffer_responses,
            max_memory_buffer_size: self.buffer_memory,
            max_request_body_size: self.max_request_body,
            max_response_body_size: self.max_response_body,
            log_request_headers: self.log_request_header.clone(),
            log_response_headers: self.log_response_header.clone(),
            forward_headers: self.forward_headers.unwrap_or(!self.tls),
            scope_cookie_paths: false,
            others: Map::new(),
        }
    }
}
