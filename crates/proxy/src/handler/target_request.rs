//! The client's request made the one for the target.

use hyper::body::{Body, Incoming};
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Uri, Version};

use super::{Arrival, routing::Routed};
use crate::body::{RequestBody, Upload};
use crate::clock;
use crate::headers::{Forwarding, rewrite_request};

/// Makes the client's request the one for the target.
pub(super) fn request_for_target(
    request: Request<Incoming>,
    routed: &Routed,
    arrival: Arrival,
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
    if parts.version == Version::HTTP_2 {
        join_cookies(&mut parts.headers);
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
            peer: arrival.peer.ip(),
            scheme: arrival.scheme(),
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

/// HTTP/2 lets a client send its cookies in pieces; before it they are one line.
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(COOKIE).iter().nth(1).is_none() {
        return;
    }
    let pieces = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let joined = pieces.collect::<Vec<_>>().join(&b"; "[..]);
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        headers.insert(COOKIE, joined);
    }
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
    fn cookies_in_pieces_become_one_line() {
        let mut headers = HeaderMap::new();
        for piece in ["a=1", "b=2", "c=3; d=4"] {
            headers.append(COOKIE, HeaderValue::from_static(piece));
        }
        join_cookies(&mut headers);
        let cookies: Vec<_> = headers.get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; b=2; c=3; d=4"]);
    }

    #[test]
    fn request_ids_are_random_uuids() {
        let (one, other) = (fresh_request_id(), fresh_request_id());
        assert_ne!(one, other);
        assert_eq!((one.len(), &one[14..15]), (36, "4"));
        assert!(matches!(&one[19..20], "8" | "9" | "a" | "b"), "{one}");
    }
}
