//! How headers change on their way through the proxy: pure rewriting (kamal-proxy §7).

use std::net::IpAddr;

use hyper::StatusCode;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};

/// The clients and proxies before us.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The scheme the client used.
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The host the client asked for.
pub const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// One id for a request in all logs.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// When the request came in.
pub const X_REQUEST_START: HeaderName = HeaderName::from_static("x-request-start");
/// The target the request is sent to.
pub const X_KAMAL_TARGET: HeaderName = HeaderName::from_static("x-kamal-target");

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// What a request is forwarded with besides its own headers.
#[derive(Debug)]
pub struct Forwarding<'a> {
    /// The address the connection came from.
    pub peer: IpAddr,
    /// `http` or `https`, as the connection is.
    pub scheme: &'static str,
    /// Whether the client's X-Forwarded headers are trusted.
    pub trust_client: bool,
    /// `host:port` of the target.
    pub target: &'a str,
    /// When the request came in, in milliseconds of Unix time.
    pub now_milliseconds: i64,
    /// An id for a request that has none.
    pub fresh_request_id: fn() -> String,
}

/// Makes a client's request headers the headers for the target.
pub fn rewrite_request(headers: &mut HeaderMap, forwarding: &Forwarding<'_>) {
    let upgrade = requested_upgrade(headers);
    let wants_trailers = headers
        .get(TE)
        .is_some_and(|value| lists(value, "trailers"));
    if headers.contains_key(TRANSFER_ENCODING) {
        // With both given the chunks decide; a length beside them could be read differently behind us.
        headers.remove(CONTENT_LENGTH);
    }
    remove_hop_by_hop(headers);
    if let Some(protocol) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, protocol);
    }
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    headers.remove(FORWARDED);
    set_forwarded(headers, forwarding);
    set_request_marks(headers, forwarding);
}

/// Makes a target's response headers the headers for the client.
///
/// A target may offer an upgrade on any answer, but only a switch is passed on: the offer was to us.
pub fn rewrite_response(status: StatusCode, headers: &mut HeaderMap) {
    let switching = status == StatusCode::SWITCHING_PROTOCOLS;
    let upgrade = requested_upgrade(headers).filter(|_| switching);
    remove_hop_by_hop(headers);
    if let Some(protocol) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, protocol);
    }
}

/// The protocol that an Upgrade header names, when Connection announces it.
pub fn requested_upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let upgrade = headers.get(UPGRADE)?;
    headers
        .get_all(CONNECTION)
        .iter()
        .any(|value| lists(value, "upgrade"))
        .then(|| upgrade.clone())
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        remove_connection_headers(headers);
    }
    for name in [
        KEEP_ALIVE,
        PROXY_CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
    ] {
        headers.remove(name);
    }
}

/// Removes Connection and every header it names.
fn remove_connection_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Naming these would take from the request what routing and framing rest on.
        .filter(|name| *name != HOST && *name != CONTENT_LENGTH)
        .collect();
    headers.remove(CONNECTION);
    for name in named {
        headers.remove(name);
    }
}

fn set_forwarded(headers: &mut HeaderMap, forwarding: &Forwarding<'_>) {
    let peer = forwarding.peer.to_canonical().to_string();
    let host = headers.get(HOST).cloned();
    if forwarding.trust_client {
        append(headers, X_FORWARDED_FOR, &peer);
        headers
            .entry(X_FORWARDED_PROTO)
            .or_insert(HeaderValue::from_static(forwarding.scheme));
        if let Some(host) = host {
            headers.entry(X_FORWARDED_HOST).or_insert(host);
        }
        append(headers, X_KAMAL_TARGET, forwarding.target);
    } else {
        insert(headers, X_FORWARDED_FOR, &peer);
        headers.insert(
            X_FORWARDED_PROTO,
            HeaderValue::from_static(forwarding.scheme),
        );
        match host {
            Some(host) => headers.insert(X_FORWARDED_HOST, host),
            None => headers.remove(X_FORWARDED_HOST),
        };
        insert(headers, X_KAMAL_TARGET, forwarding.target);
    }
}

fn set_request_marks(headers: &mut HeaderMap, forwarding: &Forwarding<'_>) {
    if headers.get(X_REQUEST_ID).is_none_or(HeaderValue::is_empty) {
        insert(headers, X_REQUEST_ID, &(forwarding.fresh_request_id)());
    }
    if !headers.contains_key(X_REQUEST_START) {
        insert(
            headers,
            X_REQUEST_START,
            &format!("t={}", forwarding.now_milliseconds),
        );
    }
}

/// Appends to a list header, joining what several lines held.
fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let mut list = Vec::new();
    for earlier in headers.get_all(&name) {
        list.extend_from_slice(earlier.as_bytes());
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(value.as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&list) {
        headers.insert(name, value);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether a comma-separated list holds a word, in whatever case.
fn lists(value: &HeaderValue, word: &str) -> bool {
    value.to_str().is_ok_and(|list| {
        list.split(',')
            .any(|item| item.trim().eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests;
