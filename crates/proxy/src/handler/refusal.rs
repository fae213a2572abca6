//! Answers the proxy gives itself: pages, and the 200 of a service whose gate is closed.

use std::sync::Arc;

use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::http::uri::PathAndQuery;
use hyper::{Response, StatusCode, Uri};

use crate::body::ResponseBody;
use crate::error_page::ErrorPages;
use crate::request_log::RequestRecord;
use crate::service::Service;

/// An answer the proxy gives itself.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) service: Option<Arc<Service>>,
    /// Where the client is to go instead.
    pub(super) location: Option<HeaderValue>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, service: Option<&Arc<Service>>) -> Self {
        Self {
            status,
            message: String::new(),
            service: service.cloned(),
            location: None,
        }
    }

    /// Sends the client to the same address over TLS. The port is not kept: it is the plain one.
    pub(super) fn redirecting(service: &Arc<Service>, host: &str, uri: &Uri) -> Self {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        // An address of IPv6 is only told from its port in brackets.
        let target = if host.contains(':') && !host.starts_with('[') {
            format!("https://[{host}]{path}")
        } else {
            format!("https://{host}{path}")
        };
        match HeaderValue::from_str(&target) {
            Ok(location) => Self {
                location: Some(location),
                ..Self::new(StatusCode::MOVED_PERMANENTLY, Some(service))
            },
            Err(_) => Self::new(StatusCode::BAD_REQUEST, Some(service)),
        }
    }
}

/// Ends a request with a page of the proxy's own, or with an empty 200 for a health check at a closed gate.
pub(super) fn refuse(refusal: &Refusal, mut record: RequestRecord) -> Response<ResponseBody> {
    let none = ErrorPages::default();
    let pages = refusal
        .service
        .as_ref()
        .map_or(&none, |service| &*service.error_pages);
    let page = match refusal.status {
        StatusCode::OK | StatusCode::MOVED_PERMANENTLY => String::new(),
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
    if let Some(location) = &refusal.location {
        let headers = head.headers_mut();
        headers.insert(LOCATION, location.clone());
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    record.answered(refusal.status, head.headers());
    head.map(|()| ResponseBody::page(page, record))
}
