//! `builder` (config §7).

use std::path::PathBuf;

use dhow_names::SecretName;

use super::{kamal_1, root::path_or, secret_names};
use crate::{
    findings::{Finding, Findings, KeyPath},
    model::{Architecture, Architectures, BuildCache, Builder, Driver, Pack, Registry},
    nearest::did_you_mean,
    reader::Reader,
    tree::Node,
};

/// What a build takes from the rest of the file.
pub(super) struct Surroundings<'file> {
    pub(super) image: Option<&'file str>,
    pub(super) registry: Option<&'file Registry>,
}

pub(super) fn read(
    builder: &Reader<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Builder> {
    if builder.is_no_mapping() {
        return None;
    }
    let old = kamal_1::builder(builder, findings);
    let arch = match old.arch {
        _ if builder.has("arch") => named(builder, findings),
        // A `multiarch` that says nothing has a wrong type, which was told.
        None if !builder.has("multiarch") => missing(builder, findings),
        arch => arch,
    };
    let remote = old.remote.or_else(|| builder.text("remote"));
    let local = old
        .local
        .or_else(|| builder.boolean("local"))
        .unwrap_or(true);
    if !local && remote.is_none() && !builder.has("remote") {
        let message = "Cannot disable local builds, no remote is set";
        findings.push(
            builder
                .error_at("local", message)
                .help("write `remote: ssh://user@host` beside it, or take `local` out"),
        );
    }
    if let (Some(url), Some(registry)) = (&remote, surroundings.registry)
        && registry.is_local()
        && !url.starts_with("ssh://")
    {
        let message =
            "Local registry with remote builder requires an SSH URL (e.g., ssh://user@host)";
        let place = builder.get("remote").value_span();
        findings.push(
            Finding::error(&KeyPath::root(), place, message)
                .help("write `remote: ssh://user@host`, or use a registry that all can reach"),
        );
    }
    let driver = builder.text("driver");
    let arch = arch?;
    Some(Builder {
        pack: pack(builder, &arch, findings),
        arch,
        remote,
        local,
        driver: driver.as_deref().map_or(Driver::Container, Driver::from),
        context: builder.text("context").map(PathBuf::from),
        dockerfile: path_or(builder, "dockerfile", "Dockerfile"),
        target: builder.text("target"),
        args: builder.pairs("args"),
        secrets: secrets(builder, findings),
        ssh: builder.text("ssh"),
        cache: cache(builder, surroundings.image, findings),
        provenance: builder.text("provenance"),
        sbom: builder.boolean("sbom"),
    })
}

/// Each name once: buildx refuses a secret that is given twice.
fn secrets(builder: &Reader<'_>, findings: &mut Findings) -> Vec<SecretName> {
    let mut secrets = Vec::new();
    for item in builder.get("secrets").items() {
        if let Some(name) = secret_names::read(&item, findings)
            && !secrets.contains(&name)
        {
            secrets.push(name);
        }
    }
    secrets
}

fn missing<T>(builder: &Reader<'_>, findings: &mut Findings) -> Option<T> {
    findings.push(
        builder
            .key_error("Builder arch not set")
            .help("write `arch: amd64` or `arch: arm64` below `builder`, as your hosts are"),
    );
    None
}

/// `arch`, one or several; those that cannot be were reported.
fn named(builder: &Reader<'_>, findings: &mut Findings) -> Option<Architectures> {
    let value = builder.get("arch");
    let written = builder.text_or_texts("arch");
    if written.is_empty() && value.node()?.list().is_some_and(<[_]>::is_empty) {
        return missing(builder, findings);
    }
    let mut places = value.items();
    let named: Vec<Architecture> = written
        .iter()
        .filter_map(|text| {
            let place = places.next().unwrap_or_else(|| value.clone());
            architecture(&place, text, findings)
        })
        .collect();
    Some(Architectures::Named(named))
}

/// Kamal takes any word and lets buildx fail (config §7).
pub(super) fn architecture(
    value: &Reader<'_>,
    text: &str,
    findings: &mut Findings,
) -> Option<Architecture> {
    match text.parse() {
        Ok(architecture) => Some(architecture),
        Err(error) => {
            let error: crate::model::UnknownArchitecture = error;
            let bare = text.strip_prefix("linux/").unwrap_or(text);
            let help = did_you_mean(bare, "known", &Architecture::KNOWN);
            findings.push(value.error(error.to_string()).help(help));
            None
        }
    }
}

fn pack(builder: &Reader<'_>, arch: &Architectures, findings: &mut Findings) -> Option<Pack> {
    let pack = builder.get("pack");
    pack.node()?.mapping()?;
    if arch.named().len() > 1 {
        findings.push(
            builder
                .error_at("pack", "buildpacks only support building for one arch")
                .help("leave one in `arch`, or build with a Dockerfile"),
        );
    }
    let image = pack.text("builder").filter(|image| !image.is_empty());
    let buildpacks = pack.texts("buildpacks");
    let list = pack.get("buildpacks");
    let is_empty = list
        .node()
        .and_then(Node::list)
        .is_some_and(<[_]>::is_empty);
    for (key, example, is_missing) in [
        (
            "builder",
            "heroku/builder:24",
            pack.get("builder").is_blank(),
        ),
        (
            "buildpacks",
            "[heroku/ruby]",
            !list.is_present() || is_empty,
        ),
    ] {
        if is_missing {
            let message = format!("`{key}` is missing");
            let help = format!("write `{key}: {example}` below it, or what you build with");
            findings.push(pack.key_error(message).help(help));
        }
    }
    Some(Pack {
        builder: image?,
        buildpacks,
    })
}

fn cache(builder: &Reader<'_>, image: Option<&str>, findings: &mut Findings) -> Option<BuildCache> {
    let cache = builder.get("cache");
    cache.node()?.mapping()?;
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
