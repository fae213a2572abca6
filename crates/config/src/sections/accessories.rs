//! `accessories` (config §9).

use dhow_names::ServiceName;

use super::{accessory_hosts, env, labels, mounts, proxy, registry, restart};
use crate::{
    findings::Findings,
    model::{Accessory, Logging, Proxy, Registry, Role},
    reader::{Reader, parse_key},
};

/// What an accessory takes from the rest of the file.
pub(super) struct Surroundings<'file> {
    pub(super) service: Option<&'file ServiceName>,
    pub(super) roles: &'file [Role],
    pub(super) logging: &'file Logging,
}

pub(super) fn read(
    accessories: &Reader<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Vec<Accessory> {
    accessories
        .children()
        .filter_map(|(name, value)| accessory(name, &value, surroundings, findings))
        .collect()
}

fn accessory(
    name: &str,
    value: &Reader<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Accessory> {
    if value.is_no_mapping() {
        return None;
    }
    let own_registry = value.get("registry");
    let registry = if own_registry.entries().is_empty() {
        None
    } else {
        registry::read(&own_registry, value.text("image").as_deref(), findings)
    };
    let (options, restart) = restart::options_and_restart(value, findings);
    Some(Accessory {
        service_name: service_name(name, value, surroundings, findings),
        image: image(value, registry.as_ref(), findings),
        registry,
        proxy: accessory_proxy(value, findings),
        hosts: accessory_hosts::read(value, surroundings.roles, findings),
        cmd: value.text("cmd"),
        port: value.text("port").map(published),
        labels: labels::read(&value.get("labels"), findings),
        options,
        restart,
        env: env::read(&value.get("env"), findings),
        files: mounts::files(&value.get("files"), findings),
        directories: mounts::directories(&value.get("directories"), findings),
        volumes: value.texts("volumes"),
        network: value.text("network").unwrap_or_else(|| "kamal".to_owned()),
        logging: surroundings.logging.clone(),
        name: parse_key(name, value, findings)?,
    })
}

/// `service`, which names the container and a folder on the host, so it keeps to the rule of services.
fn service_name(
    name: &str,
    value: &Reader<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> String {
    let own = value.get("service");
    if own.is_present() {
        let parsed: Option<dhow_names::AccessoryName> = own.parse(findings);
        return parsed.map_or_else(String::new, |name| name.to_string());
    }
    let service = surroundings.service.map_or("", ServiceName::as_str);
    format!("{service}-{name}")
}

/// Its own proxy settings; the root's are not handed on, and `{}` is none (config §8.2).
fn accessory_proxy(value: &Reader<'_>, findings: &mut Findings) -> Option<Proxy> {
    let own = value.get("proxy");
    (!own.entries().is_empty()).then(|| proxy::read(&own, findings))
}

fn image(value: &Reader<'_>, registry: Option<&Registry>, findings: &mut Findings) -> String {
    let image = value.text("image").unwrap_or_default();
    if value.get("image").is_blank() {
        findings.push(
            value
                .key_error("the accessory has no image")
                .help("write `image: …` below it; Kamal would fail on the host"),
        );
    }
    match registry.and_then(|registry| registry.server.as_ref()) {
        Some(server) => format!("{server}/{image}"),
        None => image,
    }
}

/// A port alone stands for the same port on both sides.
fn published(port: String) -> String {
    if port.contains(':') {
        port
    } else {
        format!("{port}:{port}")
    }
}
