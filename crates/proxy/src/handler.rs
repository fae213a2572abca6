//! One request, from its arrival to the head of its answer.

mod refusal;
mod routing;
mod target_request;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Request, Response, StatusCode};
use serde_json::json;

use self::refusal::{Refusal, refuse};
use self::routing::Routed;
use self::target_request::request_for_target;
use crate::body::{Passing, RequestBody, ResponseBody, Upload};
use crate::headers::{X_REQUEST_ID, requested_upgrade, rewrite_response};
use crate::log::{Level, Log, with_causes};
use crate::request_log::RequestRecord;
use crate::router::Router;
use crate::service::Service;
use crate::upgrade;
use crate::upstream::{Answer, UpstreamError, send};

/// What every request of one worker shares.
#[derive(Debug)]
pub struct Handler {
    /// The services, replaced as a whole on every change.
    pub router: Arc<ArcSwap<Router<Arc<Service>>>>,
    /// Where request lines go.
    pub log: Log,
    /// Which of the targets' pools is ours.
    pub worker: usize,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// The port it came to.
    pub port: u16,
    /// Whether it is encrypted.
    pub is_tls: bool,
}

impl Arrival {
    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.is_tls { "https" } else { "http" }
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
        arrival: Arrival,
    ) -> Result<Response<ResponseBody>, Infallible> {
        let mut record = RequestRecord::begin(self.log.clone(), &request, arrival);
        let routed = match self.route(&request, arrival, &mut record).await {
            Ok(routed) => routed,
            Err(refusal) => return Ok(refuse(&refusal, record)),
        };
        Ok(self.forward(routed, request, arrival, record).await)
    }

    async fn forward(
        &self,
        routed: Routed,
        mut request: Request<Incoming>,
        arrival: Arrival,
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
        let request = request_for_target(request, &routed, arrival, limit, &upload);
        record.forwarded_to(&routed.target, request.headers().get(X_REQUEST_ID));
        match self.exchange(&routed, request, &upload).await {
            Ok(answer) => self.answer(routed, answer, upgrade, record).await,
            Err(_) if upload.was_too_large() => refused(StatusCode::PAYLOAD_TOO_LARGE, record),
            Err(failure) => refused(self.explain(&failure, &routed), record),
        }
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
                std::future::pending::<()>().await;
            } else {
                tokio::time::sleep(limit).await;
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

fn declared_length(headers: &HeaderMap) -> u64 {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}
