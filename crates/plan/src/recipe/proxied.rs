//! What an app puts beside its containers on hosts with a proxy: kept files, error pages and certificates
//! (flows §4.1). All hosts get it before any of them switches, because until the last one has switched either
//! version may be asked for the files of the other.

use std::fmt;

use dhow_config::{Accessory, Proxy, Role, Tls};
use dhow_docker::{
    apps_config::{self, CertificatePart, Certified, ProxyFiles},
    assets,
};
use dhow_names::Host;

use super::Settled;
use crate::{
    facts::HostFacts,
    plan::{Content, Step},
};

/// Puts the files in place.
pub(super) fn put(settled: &Settled<'_>, host: &Host, known: &HostFacts) -> Vec<Step> {
    let placements = settled.fleet.on(host);
    let mut steps = Vec::new();
    if placements.iter().any(|it| it.role.proxy.is_some()) {
        steps.extend(error_pages(settled));
    }
    for placement in placements {
        steps.extend(kept_files(settled, placement.role, known));
        let role = placement.role;
        let certificate = settled.needs.certificate(&role.name);
        steps.extend(put_certificate(
            settled,
            Certified::Role(role),
            &role.name,
            certificate,
        ));
    }
    steps
}

fn error_pages(settled: &Settled<'_>) -> Vec<Step> {
    let pages = settled.files.error_pages.iter();
    pages
        .map(|(name, content)| {
            let write = apps_config::write_error_page(settled.names, settled.version, name);
            Step::new(format!("write the error page {name}"), write).reading(content.clone())
        })
        .collect()
}

fn kept_files(settled: &Settled<'_>, role: &Role, known: &HostFacts) -> Vec<Step> {
    let Some(path) = &role.assets else {
        return Vec::new();
    };
    let (names, version) = (settled.names, settled.version.as_str());
    let image = settled.repository.at(settled.version);
    let current = known.current.get(&role.name);
    let old = current.and_then(|container| names.booted_version(role, container));
    vec![
        Step::new(
            format!("take the assets of {} out of the image", role.name),
            assets::extract(names, role, path, &image),
        ),
        Step::new(
            format!("put the assets of {} together", role.name),
            assets::bridge(names, role, version, old),
        ),
    ]
}

/// Puts the certificate of an accessory in place, when it has one of its own.
pub(super) fn put_accessory_certificate(settled: &Settled<'_>, it: &Accessory) -> Vec<Step> {
    let certificate = settled.needs.accessory_certificate(it);
    put_certificate(settled, Certified::Accessory(it), &it.name, certificate)
}

fn put_certificate(
    settled: &Settled<'_>,
    of: Certified<'_>,
    name: &dyn fmt::Display,
    certificate: Option<(Content, Content)>,
) -> Vec<Step> {
    let Some((certificate, key)) = certificate else {
        return Vec::new();
    };
    let write = |title: &str, part, content: Content| {
        let command = apps_config::write_certificate(settled.names, of, part);
        Step::new(format!("write the {title} of {name}"), command).reading(content)
    };
    vec![
        write("certificate", CertificatePart::Certificate, certificate),
        write("private key", CertificatePart::PrivateKey, key),
    ]
}

/// What the proxy is told of them.
pub(super) fn told(settled: &Settled<'_>, role: &Role) -> ProxyFiles {
    let names = settled.names;
    ProxyFiles {
        certificate: certificate(settled, role.proxy.as_ref(), Certified::Role(role)),
        // A folder without pages is one that the proxy refuses.
        error_pages: (!settled.files.error_pages.is_empty())
            .then(|| apps_config::error_pages_in_proxy(names, settled.version)),
    }
}

/// The same of an accessory. It has no error pages: those of the app are of a version.
pub(crate) fn told_of_accessory(settled: &Settled<'_>, it: &Accessory) -> ProxyFiles {
    ProxyFiles {
        certificate: certificate(settled, it.proxy.as_ref(), Certified::Accessory(it)),
        error_pages: None,
    }
}

fn certificate(settled: &Settled<'_>, proxy: Option<&Proxy>, of: Certified<'_>) -> Option<String> {
    let has_its_own = matches!(proxy?.tls, Tls::Certificate { .. });
    has_its_own.then(|| apps_config::certificate_in_proxy(settled.names, of))
}

/// Removes what belonged to versions before, when the old container has stopped. Nothing depends on it.
pub(super) fn clean(settled: &Settled<'_>, role: &Role) -> Vec<Step> {
    let (names, version) = (settled.names, settled.version);
    let mut steps = Vec::new();
    if role.assets.is_some() {
        let remove = assets::remove_others(settled.config(), names, role, version.as_str());
        let title = format!("remove old assets of {}", role.name);
        steps.push(Step::new(title, remove).tolerant().as_bookkeeping());
    }
    if role.proxy.is_some() && !settled.files.error_pages.is_empty() {
        let remove = apps_config::remove_other_error_pages(names, version);
        let title = "remove old error pages";
        steps.push(Step::new(title, remove).tolerant().as_bookkeeping());
    }
    steps
}
