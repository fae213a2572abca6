//! `builder` (config §7).

use std::path::PathBuf;

use super::root::path_or;
use crate::{
    findings::{Finding, Findings},
    model::{BuildCache, Builder},
    reader::Reader,
};

pub(super) fn read(
    builder: &Reader<'_>,
    image: Option<&str>,
    findings: &mut Findings,
) -> Option<Builder> {
    let arch = builder.text_or_texts("arch");
    let arch_value = builder.get("arch");
    if arch.is_empty() && (!arch_value.is_present() || arch_value.node()?.list().is_some()) {
        findings.push(
            builder
                .key_error("Builder arch not set")
                .help("write `arch: amd64` or `arch: arm64` below `builder`, as your hosts are"),
        );
    }
    let secrets = builder.get("secrets");
    Some(Builder {
        arch,
        driver: driver(builder, findings),
        context: builder.text("context").map(PathBuf::from),
        dockerfile: path_or(builder, "dockerfile", "Dockerfile"),
        target: builder.text("target"),
        args: builder.pairs("args"),
        secrets: secrets
            .items()
            .filter_map(|item| item.parse(findings))
            .collect(),
        ssh: builder.text("ssh"),
        cache: cache(builder, image, findings),
        provenance: builder.text("provenance"),
        sbom: builder.boolean("sbom"),
    })
}

fn driver(builder: &Reader<'_>, findings: &mut Findings) -> String {
    let driver = builder
        .text("driver")
        .unwrap_or_else(|| "docker-container".to_owned());
    if !matches!(driver.as_str(), "docker" | "docker-container") {
        findings.push(
            builder
                .get("driver")
                .error(format!(
                    "the driver `{driver}` is not supported yet by this version of dhow"
                ))
                .help("supported: docker-container, docker"),
        );
    }
    driver
}

fn cache(builder: &Reader<'_>, image: Option<&str>, findings: &mut Findings) -> Option<BuildCache> {
    let cache = builder.get("cache");
    cache.node()?;
    let options = cache.text("options");
    let Some(kind) = cache.text("type") else {
        if !cache.has("type") {
            findings.push(
                cache
                    .warning("without `type` nothing is cached")
                    .help("write `type: registry` or `type: gha`"),
            );
        }
        return None;
    };
    match kind.as_str() {
        "gha" => Some(BuildCache::Gha { options }),
        "registry" => Some(BuildCache::Registry {
            image: cache
                .text("image")
                .unwrap_or_else(|| format!("{}-build-cache", image.unwrap_or_default())),
            options,
        }),
        _ => {
            let place = cache.get("type").value_span();
            let message = format!("Invalid cache type: {kind}");
            findings
                .push(Finding::error(&builder.path, place, message).help("known: registry, gha"));
            None
        }
    }
}
