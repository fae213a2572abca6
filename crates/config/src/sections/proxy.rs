//! `proxy` of the root and of roles (config §8.1).

use super::proxy_run;
use crate::{
    findings::Findings,
    model::{HealthCheck, Proxy},
    reader::Reader,
};

/// Headers that are logged when nothing else is said.
const LOGGED_REQUEST_HEADERS: [&str; 3] = ["Cache-Control", "Last-Modified", "User-Agent"];

/// Reads proxy settings; absent ones are the defaults.
pub(super) fn read(proxy: &Reader<'_>, findings: &mut Findings) -> Proxy {
    let hosts = hosts(proxy, findings);
    let ssl = proxy.boolean("ssl").unwrap_or(false);
    if ssl && hosts.is_empty() {
        findings.push(
            proxy
                .error_at("ssl", "Must set a host to enable automatic SSL")
                .help("write `host: www.example.com` beside it"),
        );
    }
    let buffering = proxy.get("buffering");
    let logging = proxy.get("logging");
    let logged = if logging.has("request_headers") {
        logging.texts("request_headers")
    } else {
        LOGGED_REQUEST_HEADERS.map(str::to_owned).to_vec()
    };
    Proxy {
        hosts,
        app_port: proxy.port("app_port", findings).unwrap_or(80),
        ssl,
        ssl_redirect: proxy.boolean("ssl_redirect"),
        forward_headers: proxy.boolean("forward_headers"),
        response_timeout: proxy.seconds("response_timeout", findings),
        path_prefixes: path_prefixes(proxy),
        strip_path_prefix: proxy.boolean("strip_path_prefix"),
        health_check: health_check(&proxy.get("healthcheck"), findings),
        buffer_requests: buffering.boolean("requests").unwrap_or(true),
        buffer_responses: buffering.boolean("responses").unwrap_or(true),
        buffer_memory: buffering.natural("memory", findings),
        max_request_body: buffering.natural("max_request_body", findings),
        max_response_body: buffering.natural("max_response_body", findings),
        log_request_headers: logged,
        log_response_headers: logging.texts("response_headers"),
        run: proxy_run::read(proxy, findings),
    }
}

/// `host`, which may hold several with commas, or `hosts`.
fn hosts(proxy: &Reader<'_>, findings: &mut Findings) -> Vec<String> {
    let (one, many) = (proxy.get("host"), proxy.get("hosts"));
    if one.is_present() && many.is_present() {
        findings.push(
            proxy
                .error_at("hosts", "Specify one of 'host' or 'hosts', not both")
                .related(one.span, "the other one"),
        );
    }
    match one.as_text() {
        Some(text) => comma_list(&text),
        None => many.as_texts(),
    }
}

fn path_prefixes(proxy: &Reader<'_>) -> Vec<String> {
    if proxy.has("path_prefixes") {
        return proxy.texts("path_prefixes");
    }
    let one = proxy.text("path_prefix").unwrap_or_default();
    comma_list(&one)
}

/// Kamal does not trim the parts; white space in a host or path can only be a mistake.
fn comma_list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn health_check(section: &Reader<'_>, findings: &mut Findings) -> HealthCheck {
    HealthCheck {
        interval: section.seconds("interval", findings),
        timeout: section.seconds("timeout", findings),
        path: section.text("path"),
    }
}
