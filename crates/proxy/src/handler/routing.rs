//! From a request to a target: the service, its gate, and whose turn it is.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode, Version};
use serde_json::json;

use super::refusal::Refusal;
use super::{Arrival, Handler};
use crate::flight::Flight;
use crate::log::Level;
use crate::pause::Passage;
use crate::request_log::RequestRecord;
use crate::router::host_without_port;
use crate::service::{NoTarget, Service};
use crate::target::Target;
use crate::tls::root_service;

/// Targets can be replaced while a request looks for one; more often than this is no accident.
const ROUTING_LIMIT: usize = 16;

/// A request that found its way.
pub(super) struct Routed {
    pub(super) service: Arc<Service>,
    pub(super) target: Arc<Target>,
    pub(super) flight: Flight,
    pub(super) prefix_length: usize,
}

impl Handler {
    /// Finds a target for the request, waiting where its service is paused.
    pub(super) async fn route(
        &self,
        request: &Request<Incoming>,
        arrival: Arrival,
        record: &mut RequestRecord,
    ) -> Result<Routed, Refusal> {
        if request.method() == Method::CONNECT {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, None));
        }
        if !names_its_host(request) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, None));
        }
        for _ in 0..ROUTING_LIMIT {
            let (service, prefix_length) = self
                .find(request)
                .ok_or(Refusal::new(StatusCode::NOT_FOUND, None))?;
            record.routed_to(&service, request.headers());
            self.check_scheme(&service, request, arrival)?;
            if !service.gate.is_open() {
                self.wait_at_gate(&service, prefix_length, request).await?;
                // What was found may have been replaced in the meantime.
                continue;
            }
            match service.targets.begin() {
                Ok((target, flight)) => {
                    return Ok(Routed {
                        service,
                        target,
                        flight,
                        prefix_length,
                    });
                }
                Err(NoTarget::Replaced) => tokio::task::yield_now().await,
                Err(NoTarget::NoneHealthy) => {
                    return Err(Refusal::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        Some(&service),
                    ));
                }
            }
        }
        Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, None))
    }

    fn find(&self, request: &Request<Incoming>) -> Option<(Arc<Service>, usize)> {
        let router = self.router.load();
        let found = router.find(host_without_port(host_of(request)), request.uri().path())?;
        Some((found.route.clone(), found.prefix_length))
    }

    /// Sends plain requests for a service with TLS to where it is spoken, and refuses encrypted ones for a service
    /// without (kamal-proxy §6).
    fn check_scheme(
        &self,
        service: &Arc<Service>,
        request: &Request<Incoming>,
        arrival: Arrival,
    ) -> Result<(), Refusal> {
        let router = self.router.load();
        let (has_tls, redirects) = match root_service(&router, service) {
            Some(root) => (root.options.tls_enabled, root.options.tls_redirect),
            None => (false, true),
        };
        match (arrival.is_tls, has_tls) {
            (true, false) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Some(service))),
            (false, true) if redirects => {
                let host = host_without_port(host_of(request));
                Err(Refusal::redirecting(service, host, request.uri()))
            }
            _ => Ok(()),
        }
    }

    async fn wait_at_gate(
        &self,
        service: &Arc<Service>,
        prefix_length: usize,
        request: &Request<Incoming>,
    ) -> Result<(), Refusal> {
        if asks_for_health(service, prefix_length, request) {
            return Err(Refusal::new(StatusCode::OK, Some(service)));
        }
        match service.gate.pass().await {
            Passage::Open | Passage::Released => Ok(()),
            Passage::Stopped(message) => Err(Refusal {
                message,
                ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Some(service))
            }),
            Passage::Expired => {
                let fields = [
                    ("service", json!(service.name)),
                    ("path", json!(request.uri().path())),
                ];
                self.log.event(
                    Level::Warn,
                    "Rejecting request due to expired pause",
                    &fields,
                );
                Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, Some(service)))
            }
        }
    }
}

/// Whether it is plain which host is meant. Where it is not, a target might read it differently than we do.
fn names_its_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let readable = match hosts.next() {
        Some(host) => host.to_str().is_ok() && hosts.next().is_none(),
        None if request.version() == Version::HTTP_2 => request.uri().authority().is_some(),
        None => request.version() == Version::HTTP_10,
    };
    let authority = request.uri().authority();
    readable && !authority.is_some_and(|authority| authority.as_str().contains('@'))
}

/// The host a request asks for: of an absolute URL, else of the Host header.
fn host_of<B>(request: &Request<B>) -> &str {
    let header = || {
        request
            .headers()
            .get(HOST)
            .and_then(|value| value.to_str().ok())
    };
    request
        .uri()
        .authority()
        .map(hyper::http::uri::Authority::as_str)
        .or_else(header)
        .unwrap_or("")
}

/// Whether this is the service's own health check, which is answered even while the gate is closed.
fn asks_for_health<B>(service: &Service, prefix_length: usize, request: &Request<B>) -> bool {
    let strip = if service.options.strip_prefix {
        prefix_length
    } else {
        0
    };
    let path = &request.uri().path()[strip..];
    let health_path = service.target_options.health_check_config.path.as_str();
    matches!(*request.method(), Method::GET | Method::HEAD) && path == health_path
}
