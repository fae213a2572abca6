//! `proxy` of the root and of roles (config §8.1).

use super::{proxy_run, secret_names};
use crate::{
    findings::{Finding, Findings},
    model::{HealthCheck, Proxy, Tls},
    reader::Reader,
};

/// Headers that are logged when nothing else is said.
const LOGGED_REQUEST_HEADERS: [&str; 3] = ["Cache-Control", "Last-Modified", "User-Agent"];

/// Reads proxy settings; absent ones are the defaults.
pub(super) fn read(proxy: &Reader<'_>, findings: &mut Findings) -> Proxy {
    let hosts = hosts(proxy, findings);
    let tls = tls(proxy, findings);
    if tls.is_on() && hosts.is_empty() {
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
        tls,
        ssl_redirect: proxy.boolean("ssl_redirect"),
        forward_headers: proxy.boolean("forward_headers"),
        response_timeout: proxy.seconds("response_timeout", findings),
        path_prefixes: path_prefixes(proxy, findings),
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

/// `ssl`, alone or with a certificate of one's own (config §8.3).
fn tls(proxy: &Reader<'_>, findings: &mut Findings) -> Tls {
    let ssl = proxy.get("ssl");
    if let Some(switch) = ssl.as_boolean() {
        return if switch { Tls::Automatic } else { Tls::Off };
    }
    if ssl.node().is_none_or(|node| node.mapping().is_none()) {
        return Tls::Off;
    }
    let mut missing = |key: &str, other: &str| {
        let message = format!("Missing {key} setting (required when {other} is present)");
        let place = ssl.get(other).span;
        findings.push(Finding::error(&proxy.path, place, message).help(format!(
            "write `{key}:` with the name of a secret beside it"
        )));
    };
    match (ssl.has("certificate_pem"), ssl.has("private_key_pem")) {
        (true, false) => missing("private_key_pem", "certificate_pem"),
        (false, true) => missing("certificate_pem", "private_key_pem"),
        (false, false) => return Tls::Automatic,
        (true, true) => {}
    }
    let certificate = secret_names::read(&ssl.get("certificate_pem"), findings);
    let private_key = secret_names::read(&ssl.get("private_key_pem"), findings);
    match (certificate, private_key) {
        (Some(certificate), Some(private_key)) => Tls::Certificate {
            certificate,
            private_key,
        },
        _ => Tls::Automatic,
    }
}

/// `host`, which may hold several with commas, or `hosts`.
fn hosts(proxy: &Reader<'_>, findings: &mut Findings) -> Vec<String> {
    let (one, many) = (proxy.get("host"), proxy.get("hosts"));
    if one.is_present() && many.is_present() {
        findings.push(
            proxy
                .error_at("hosts", "Specify one of 'host' or 'hosts', not both")
                .related(one.span, "the other one")
                .help("move this one into the list, or delete one of both"),
        );
    }
    match one.as_text() {
        Some(text) => comma_list(&text),
        None => many.as_texts(),
    }
}

fn path_prefixes(proxy: &Reader<'_>, findings: &mut Findings) -> Vec<String> {
    if proxy.has("path_prefixes") {
        if proxy.has("path_prefix") {
            let message = "`path_prefix` has no effect beside `path_prefixes`";
            findings.push(
                proxy
                    .warning_at("path_prefix", message)
                    .help("move its paths into the list"),
            );
        }
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
