//! `proxy.run`: how the proxy's own container runs (config §8.4).

use std::net::IpAddr;

use super::options;
use crate::{
    findings::{Finding, Findings},
    model::ProxyRun,
    reader::Reader,
};

/// None where `run` is absent or empty: then the files on the host decide.
pub(super) fn read(proxy: &Reader<'_>, findings: &mut Findings) -> Option<ProxyRun> {
    let run = &proxy.get("run");
    if run.entries().is_empty() {
        return None;
    }
    let publish = run.boolean("publish").unwrap_or(true);
    let published = ["http_port", "https_port", "bind_ips"];
    if !publish && published.iter().any(|key| run.has(key)) {
        let message = "Cannot set http_port, https_port or bind_ips when publish is false";
        let place = run.get("publish").span;
        findings.push(
            Finding::error(&proxy.path, place, message)
                .help("delete `publish: false`, or the ports and addresses"),
        );
    }
    Some(ProxyRun {
        publish,
        http_port: run.port("http_port", findings).unwrap_or(80),
        https_port: run.port("https_port", findings).unwrap_or(443),
        bind_ips: bind_ips(run, findings),
        metrics_port: run.port("metrics_port", findings),
        debug: run.boolean("debug").unwrap_or(false),
        log_max_size: text_or(run, "log_max_size", "10m"),
        registry: run.text("registry"),
        repository: text_or(run, "repository", "basecamp/kamal-proxy"),
        version: text_or(run, "version", "v0.9.2"),
        options: options::read(&run.get("options"), &[], findings),
    })
}

fn text_or(run: &Reader<'_>, key: &str, default: &str) -> String {
    run.text(key).unwrap_or_else(|| default.to_owned())
}

/// Kamal lets any text through, which Docker refuses on the host; so it is refused here.
fn bind_ips(run: &Reader<'_>, findings: &mut Findings) -> Vec<IpAddr> {
    let list = run.get("bind_ips");
    let mut addresses = Vec::new();
    for item in list.items() {
        let Some(text) = item.as_text() else { continue };
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        match bare.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => findings.push(
                item.error(format!("`{text}` is no IP address"))
                    .help("write an address, such as 127.0.0.1 or \"::1\""),
            ),
        }
    }
    addresses
}
