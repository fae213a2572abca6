//! What reaches the proxy: its command line, its state file, messages and requests.

use std::net::{IpAddr, Ipv4Addr};

use dhow_proxy::{
    command_line,
    control::{Reply, Request},
    environment::go_boolean,
    error_page::ErrorPages,
    go_duration,
    headers::{Forwarding, rewrite_request, rewrite_response},
    names::{HostPattern, PathPrefix, TargetAddress},
    router::{Router, host_without_port},
    state_file,
};
use fs_err as fs;
use hyper::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::parts;

/// A command line, a word on each line; each word also as what flags take.
pub(crate) fn proxy_command(data: &[u8]) {
    let Some([text]) = parts(data) else {
        return;
    };
    let words: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Err(error) = command_line::parse(&words) {
        drop(error.to_string());
    }
    for word in &words {
        if let Ok(duration) = go_duration::parse(word) {
            let printed = go_duration::print(duration);
            assert_eq!(go_duration::parse(&printed), Ok(duration));
        }
        if let Ok(target) = TargetAddress::parse(word) {
            assert_eq!(TargetAddress::parse(target.as_str()), Ok(target));
        }
        go_boolean(word);
    }
}

/// A state file of any proxy. What is taken from it and written is read back the same.
pub(crate) fn proxy_state(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("proxy.state");
    fs::write(&path, data).expect("a file in it");
    match state_file::read(&path) {
        Ok(saved) => {
            state_file::write(&path, &saved.entries).expect("what was read can be written");
            let again = state_file::read(&path).expect("what was written can be read");
            assert_eq!(again.entries, saved.entries);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// A line of the control socket, either way.
pub(crate) fn proxy_messages(data: &[u8]) {
    if let Ok(request) = serde_json::from_slice::<Request>(data) {
        let text = serde_json::to_string(&request).expect("what was read can be written");
        assert_eq!(serde_json::from_str(&text).ok(), Some(request));
    }
    if let Ok(reply) = serde_json::from_slice::<Reply>(data) {
        let text = serde_json::to_string(&reply).expect("what was read can be written");
        assert_eq!(serde_json::from_str(&text).ok(), Some(reply));
    }
}

/// A visitor's request: its host and its path, and headers line by line; then a route and a page of a service.
pub(crate) fn proxy_request(data: &[u8]) {
    let Some([host, path, headers, prefix, page]) = parts(data) else {
        return;
    };
    let prefix = PathPrefix::from(prefix.to_owned());
    let mut router = Router::default();
    router.insert(&[HostPattern::any()], &[prefix], &());
    router.insert(
        &[HostPattern::from("*.example.com".to_owned())],
        &[PathPrefix::root()],
        &(),
    );
    if let Some(found) = router.find(host_without_port(host), path) {
        assert!(path.is_char_boundary(found.prefix_length));
    }
    for trust_client in [false, true] {
        let mut headers = read_headers(headers);
        let forwarding = Forwarding {
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            trust_client,
            scheme: "http",
            target: "web:80",
            now_milliseconds: 0,
            fresh_request_id: || "id".to_owned(),
        };
        rewrite_response(StatusCode::SWITCHING_PROTOCOLS, &mut headers.clone());
        rewrite_request(&mut headers, &forwarding);
        assert!(headers.contains_key("x-forwarded-for"));
    }
    error_page(page, host);
}

fn read_headers(text: &str) -> HeaderMap {
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let value = HeaderValue::from_str(value.trim()).ok()?;
        Some((name.parse::<HeaderName>().ok()?, value))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(header) {
        // Whoever reads requests allows no more than a hundred lines.
        if headers.len() < 100 {
            headers.append(name, value);
        }
    }
    headers
}

fn error_page(page: &str, message: &str) {
    let folder = tempfile::tempdir().expect("a folder for the page");
    fs::write(folder.path().join("503.html"), page).expect("a file in it");
    if let Ok(pages) = ErrorPages::load(folder.path()) {
        pages.render(StatusCode::SERVICE_UNAVAILABLE, message);
    }
}
