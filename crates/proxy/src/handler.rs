//! One request, from its arrival to the head of its answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use serde_json::json;

use crate::body::{Passing, RequestBody, ResponseBody, Upload};
use crate::clock;
use crate::error_page::ErrorPages;
use crate::flight::Flight;
use crate::headers::{
    Forwarding, X_REQUEST_ID, requested_upgrade, rewrite_request, rewrite_response,
};
use crate::log::{Level, Log, with_causes};
use crate::pause::Passage;
use crate::request_log::RequestRecord;
use crate::router::{Router, host_without_port};
use crate::service::{NoTarget, Service};
use crate::target::Target;
use crate::upgrade;
use crate::upstream::{Answer, UpstreamError, send};

/// Targets can be replaced while a request looks for one; more often than this is no accident.
const ROUTING_LIMIT: usize = 16;

/// What every request of one worker shares.
#[derive(Debug)]
pub struct Handler {
    /// The services, replaced as a whole on every change.
    pub router: Arc<ArcSwap<Router<Arc<Service>>>>,
    /// Where request lines go.
    pub log: Log,
    /// Which of the targets' pools is ours.
    pub worker: usize,
    /// The port in the request lines.
    pub port: u16,
}

/// A request that found its way.
struct Routed {
    service: Arc<Service>,
    target: Arc<Target>,
    flight: Flight,
    prefix_length: usize,
}

/// An answer the proxy gives itself.
struct Refusal {
    status: StatusCode,
    message: String,
    service: Option<Arc<Service>>,
}

impl Refusal {
    fn new(status: StatusCode, service: Option<&Arc<Service>>) -> Self {
        Self {
            status,
            message: String::new(),
            service: service.cloned(),
        }
    }
}

/// Why a target's answer did not come.
enum Failure {
    Upstream(UpstreamError),
    Timeout,
    Cut,
}

impl Handler {
    /// Answers a request.
    pub async fn handle(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<ResponseBody>, Infallible> {
        let mut record = RequestRecord::begin(self.log.clone(), &request, peer, self.port);
        let routed = match self.route(&request, &mut record).await {
            Ok(routed) => routed,
            Err(refusal) => return Ok(refuse(&refusal, record)),
        };
        Ok(self.forward(routed, request, peer, record).await)
    }

    /// Finds a target for the request, waiting where its service is paused.
    async fn route(
        &self,
        request: &Request<Incoming>,
        record: &mut RequestRecord,
    ) -> Result<Routed, Refusal> {
        if request.method() == Method::CONNECT {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, None));
        }
        for _ in 0..ROUTING_LIMIT {
            let (service, prefix_length) = self
                .find(request)
                .ok_or(Refusal::new(StatusCode::NOT_FOUND, None))?;
            record.routed_to(&service, request.headers());
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

    async fn forward(
        &self,
        routed: Routed,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        mut record: RequestRecord,
    ) -> Response<ResponseBody> {
        let options = &routed.service.target_options;
        let refused = |status, record| refuse(&Refusal::new(status, Some(&routed.service)), record);
        let limit = Some(options.max_request_body_size).filter(|&limit| limit > 0);
        if limit.is_some_and(|limit| declared_length(request.headers()) > limit) {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, record);
        }
        let upgrade =
            requested_upgrade(request.headers()).map(|_| hyper::upgrade::on(&mut request));
        let upload = Upload::default();
        let request = self.request_for_target(request, &routed, peer, limit, &upload);
        record.forwarded_to(&routed.target, request.headers().get(X_REQUEST_ID));
        match self.exchange(&routed, request, &upload).await {
            Ok(answer) => self.answer(routed, answer, upgrade, record).await,
            Err(_) if upload.was_too_large() => refused(StatusCode::PAYLOAD_TOO_LARGE, record),
            Err(failure) => refused(self.explain(&failure, &routed), record),
        }
    }

    /// Makes the client's request the one for the target.
    fn request_for_target(
        &self,
        request: Request<Incoming>,
        routed: &Routed,
        peer: SocketAddr,
        limit: Option<u64>,
        upload: &Upload,
    ) -> Request<RequestBody> {
        let (mut parts, incoming) = request.into_parts();
        if let Some(host) = parts
            .uri
            .authority()
            .and_then(|host| HeaderValue::from_str(host.as_str()).ok())
        {
            parts.headers.insert(HOST, host);
        }
        let strip = if routed.service.options.strip_prefix {
            routed.prefix_length
        } else {
            0
        };
        parts.uri = uri_for_target(&parts.uri, strip);
        rewrite_request(
            &mut parts.headers,
            &Forwarding {
                peer: peer.ip(),
                trust_client: routed.service.target_options.forward_headers,
                target: routed.target.address().as_str(),
                now_milliseconds: clock::now().as_millisecond(),
                fresh_request_id,
            },
        );
        let body = if incoming.is_end_stream() {
            RequestBody::Empty
        } else {
            RequestBody::Streamed {
                incoming,
                allowance: limit,
                upload: upload.clone(),
            }
        };
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.uri_mut() = parts.uri;
        *request.headers_mut() = parts.headers;
        *request.version_mut() = Version::HTTP_11;
        request
    }

    async fn exchange(
        &self,
        routed: &Routed,
        request: Request<RequestBody>,
        upload: &Upload,
    ) -> Result<Answer, Failure> {
        let has_body = matches!(request.body(), RequestBody::Streamed { .. });
        let limit = routed.service.target_options.response_timeout;
        let too_late = async {
            if has_body {
                // The target's time begins when it has heard everything.
                upload.finished().await;
            }
            if limit == Duration::ZERO {
                std::future::pending().await
            } else {
                tokio::time::sleep(limit).await
            }
        };
        tokio::select! {
            biased;
            answer = send(&routed.target, self.worker, request) => answer.map_err(Failure::Upstream),
            () = routed.flight.cut() => Err(Failure::Cut),
            () = too_late => Err(Failure::Timeout),
        }
    }

    async fn answer(
        &self,
        routed: Routed,
        answer: Answer,
        client: Option<OnUpgrade>,
        mut record: RequestRecord,
    ) -> Response<ResponseBody> {
        let Answer {
            mut response,
            connection,
        } = answer;
        let limit =
            Some(routed.service.target_options.max_response_body_size).filter(|&limit| limit > 0);
        if limit.is_some_and(|limit| declared_length(response.headers()) > limit) {
            let fields = [("service", json!(routed.service.name))];
            self.log.event(
                Level::Error,
                "Response exceeded max response limit",
                &fields,
            );
            return refuse(
                &Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Some(&routed.service)),
                record,
            );
        }
        rewrite_response(response.status(), response.headers_mut());
        record.answered(response.status(), response.headers());
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return switch_protocols(response, client, routed, record);
        }
        let (head, incoming) = response.into_parts();
        let mut passing = Passing::new(
            incoming,
            connection,
            (routed.target, self.worker),
            routed.flight,
            limit,
        );
        passing.read_ahead().await;
        let mut response = Response::new(ResponseBody::passing(passing, record));
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        response
    }

    /// Logs why there is no answer, and gives the status that says so to the client.
    fn explain(&self, failure: &Failure, routed: &Routed) -> StatusCode {
        let (message, status, error) = match failure {
            Failure::Cut => (
                "Request cancelled due to draining",
                StatusCode::GATEWAY_TIMEOUT,
                "drained".to_owned(),
            ),
            Failure::Timeout => {
                let limit =
                    crate::go_duration::print(routed.service.target_options.response_timeout);
                (
                    "Error while proxying",
                    StatusCode::GATEWAY_TIMEOUT,
                    format!("no answer within {limit}"),
                )
            }
            Failure::Upstream(error @ UpstreamError::ConnectTimeout) => (
                "Error while proxying",
                StatusCode::GATEWAY_TIMEOUT,
                error.to_string(),
            ),
            Failure::Upstream(error) => (
                "Error while proxying",
                StatusCode::BAD_GATEWAY,
                with_causes(error),
            ),
        };
        let fields = [
            ("service", json!(routed.service.name)),
            ("target", json!(routed.target.address())),
            ("error", json!(error)),
        ];
        self.log.event(Level::Error, message, &fields);
        status
    }
}

/// Joins both sides once the client has the answer, which must have asked for it.
fn switch_protocols(
    mut response: Response<Incoming>,
    client: Option<OnUpgrade>,
    routed: Routed,
    record: RequestRecord,
) -> Response<ResponseBody> {
    let Some(client) = client else {
        return refuse(
            &Refusal::new(StatusCode::BAD_GATEWAY, Some(&routed.service)),
            record,
        );
    };
    let target = hyper::upgrade::on(&mut response);
    let (head, _) = response.into_parts();
    tokio::spawn(upgrade::join(client, target, routed.flight, record));
    let mut response = Response::new(ResponseBody::none());
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

/// Ends a request with a page of the proxy's own, or with an empty 200 for a health check at a closed gate.
fn refuse(refusal: &Refusal, mut record: RequestRecord) -> Response<ResponseBody> {
    let none = ErrorPages::default();
    let pages = refusal
        .service
        .as_ref()
        .map_or(&none, |service| &*service.error_pages);
    let page = match refusal.status {
        StatusCode::OK => String::new(),
        status => pages.render(status, &refusal.message),
    };
    let mut head = Response::new(());
    *head.status_mut() = refusal.status;
    if !page.is_empty() {
        head.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
    }
    record.answered(refusal.status, head.headers());
    head.map(|()| ResponseBody::page(page, record))
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

fn declared_length(headers: &hyper::HeaderMap) -> u64 {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// Path and query without the first `strip` bytes, byte for byte as they were sent.
fn uri_for_target(uri: &Uri, strip: usize) -> Uri {
    let Some(path_and_query) = uri.path_and_query() else {
        return Uri::from_static("/");
    };
    if strip == 0 {
        return Uri::from(path_and_query.clone());
    }
    let rest = path_and_query.as_str().get(strip..).unwrap_or("/");
    let rest = if rest.starts_with('/') {
        rest.to_owned()
    } else {
        format!("/{rest}")
    };
    PathAndQuery::try_from(rest).map_or_else(|_| uri.clone(), Uri::from)
}

/// A random UUID of version 4. It names a request in logs and guards nothing.
fn fresh_request_id() -> String {
    let random = (fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{random:032x}");
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_path_stays_as_it_was() {
        let cut = |uri: &str, strip| uri_for_target(&uri.parse().unwrap(), strip).to_string();
        assert_eq!(cut("/api/a%2Fb?x=%zz;y", 4), "/a%2Fb?x=%zz;y");
        assert_eq!(cut("/api?x", 4), "/?x");
        assert_eq!(cut("/api", 4), "/");
        assert_eq!(cut("/api//x/%2e%2e/|\"", 0), "/api//x/%2e%2e/|\"");
        assert_eq!(cut("http://host:1/a", 0), "/a");
    }

    #[test]
    fn request_ids_are_random_uuids() {
        let (one, other) = (fresh_request_id(), fresh_request_id());
        assert_ne!(one, other);
        assert_eq!((one.len(), &one[14..15]), (36, "4"));
        assert!(matches!(&one[19..20], "8" | "9" | "a" | "b"), "{one}");
    }
}
