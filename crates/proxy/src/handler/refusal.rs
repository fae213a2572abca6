//! Answers the proxy gives itself: pages, and the 200 of a service whose gate is closed.

use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use crate::body::ResponseBody;
use crate::error_page::ErrorPages;
use crate::request_log::RequestRecord;
use crate::service::Service;

/// An answer the proxy gives itself.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) service: Option<Arc<Service>>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, service: Option<&Arc<Service>>) -> Self {
        Self {
            status,
            message: String::new(),
            service: service.cloned(),
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
