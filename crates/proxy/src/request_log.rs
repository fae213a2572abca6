//! The log line of a request, written when the request ends (kamal-proxy §9).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use hyper::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Method, Request, StatusCode, Uri, Version};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::handler::Arrival;
use crate::headers::{X_FORWARDED_FOR, X_REQUEST_ID};
use crate::log::{Level, Log};
use crate::service::Service;
use crate::target::Target;

/// Fields every line has, which a header that is to be logged must not repeat.
const OWN_FIELDS: [&str; 4] = [
    "req_content_length",
    "req_content_type",
    "resp_content_length",
    "resp_content_type",
];
/// What a client that left is logged with; no such status is ever sent.
const CLIENT_LEFT: u16 = 499;

/// What is known of a request so far. The line is written when this is dropped, so it is written once,
/// however the request ends.
#[derive(Debug)]
pub struct RequestRecord {
    log: Log,
    begun: Instant,
    arrival: Arrival,
    method: Method,
    uri: Uri,
    version: Version,
    host: Option<HeaderValue>,
    request_id: Option<HeaderValue>,
    content_length: i64,
    content_type: Option<HeaderValue>,
    forwarded_for: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
    service: Option<Arc<Service>>,
    target: Option<Arc<Target>>,
    status: Option<StatusCode>,
    response_type: Option<HeaderValue>,
    extra: Vec<(String, String)>,
    /// Body bytes sent to the client.
    pub bytes_sent: u64,
}

impl RequestRecord {
    /// Begins the record of a request.
    pub fn begin<B>(log: Log, request: &Request<B>, arrival: Arrival) -> Self {
        let header = |name: &HeaderName| request.headers().get(name).cloned();
        let length = header(&CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let chunked = request
            .headers()
            .contains_key(hyper::header::TRANSFER_ENCODING);
        Self {
            log,
            begun: Instant::now(),
            arrival,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            host: header(&HOST).or_else(|| {
                // Over HTTP/2 it is a part of the URI.
                let authority = request.uri().authority()?;
                HeaderValue::from_str(authority.as_str()).ok()
            }),
            request_id: header(&X_REQUEST_ID),
            content_length: length.unwrap_or(if chunked { -1 } else { 0 }),
            content_type: header(&CONTENT_TYPE),
            forwarded_for: header(&X_FORWARDED_FOR),
            user_agent: header(&USER_AGENT),
            service: None,
            target: None,
            status: None,
            response_type: None,
            extra: Vec::new(),
            bytes_sent: 0,
        }
    }

    /// Notes which service answers, and the request headers it wants logged.
    pub fn routed_to(&mut self, service: &Arc<Service>, headers: &HeaderMap) {
        self.extra.clear();
        self.add_headers("req_", &service.target_options.log_request_headers, headers);
        self.service = Some(service.clone());
    }

    /// Notes the target, and the id the request is forwarded with.
    pub fn forwarded_to(&mut self, target: &Arc<Target>, request_id: Option<&HeaderValue>) {
        self.target = Some(target.clone());
        self.request_id = request_id.cloned();
    }

    /// Notes the head of the answer.
    pub fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.status = Some(status);
        self.response_type = headers.get(CONTENT_TYPE).cloned();
        if let Some(service) = self.service.clone() {
            self.add_headers(
                "resp_",
                &service.target_options.log_response_headers,
                headers,
            );
        }
    }

    fn add_headers(&mut self, prefix: &str, names: &[String], headers: &HeaderMap) {
        for name in names {
            let values: Vec<_> = headers.get_all(name).iter().map(text_of).collect();
            let key = format!("{prefix}{}", name.to_ascii_lowercase().replace('-', "_"));
            if !OWN_FIELDS.contains(&key.as_str()) {
                self.extra.push((key, values.join(",")));
            }
        }
    }
}

impl Drop for RequestRecord {
    fn drop(&mut self) {
        self.log.line(Level::Info, "Request", self);
    }
}

impl Serialize for RequestRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nanoseconds = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let address = self.arrival.peer.ip().to_canonical().to_string();
        let remote = self
            .forwarded_for
            .as_ref()
            .map_or(Cow::Borrowed(address.as_str()), text_of);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("host", &optional(self.host.as_ref()))?;
        map.serialize_entry("port", &self.arrival.port)?;
        map.serialize_entry("path", self.uri.path())?;
        map.serialize_entry("request_id", &optional(self.request_id.as_ref()))?;
        map.serialize_entry(
            "status",
            &self.status.map_or(CLIENT_LEFT, |status| status.as_u16()),
        )?;
        map.serialize_entry(
            "service",
            self.service
                .as_ref()
                .map_or("", |service| service.name.as_str()),
        )?;
        map.serialize_entry(
            "target",
            self.target
                .as_ref()
                .map_or("", |target| target.address().as_str()),
        )?;
        map.serialize_entry("duration", &nanoseconds)?;
        map.serialize_entry("method", self.method.as_str())?;
        map.serialize_entry("req_content_length", &self.content_length)?;
        map.serialize_entry("req_content_type", &optional(self.content_type.as_ref()))?;
        map.serialize_entry("resp_content_length", &self.bytes_sent)?;
        map.serialize_entry("resp_content_type", &optional(self.response_type.as_ref()))?;
        map.serialize_entry("client_addr", &address)?;
        map.serialize_entry("client_port", &self.arrival.peer.port().to_string())?;
        map.serialize_entry("remote_addr", &remote)?;
        map.serialize_entry("user_agent", &optional(self.user_agent.as_ref()))?;
        map.serialize_entry("proto", protocol(self.version))?;
        map.serialize_entry("scheme", self.arrival.scheme())?;
        map.serialize_entry("query", self.uri.query().unwrap_or(""))?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn optional(value: Option<&HeaderValue>) -> Cow<'_, str> {
    value.map_or(Cow::Borrowed(""), text_of)
}

fn text_of(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}
