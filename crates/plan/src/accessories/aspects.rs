//! The aspects of an accessory, each with a digest of what the deploy file says of it.

use std::fmt::Write as _;

use dhow_config::{Accessory, Mode, OptionValue, Pair};
use dhow_docker::{accessory, proxy};
use dhow_names::Digest;

use crate::{
    plan::Content,
    recipe::{Settled, told_of_accessory},
};

/// The aspect that an accessory's own certificate is; the proxy alone has to know of it.
pub(crate) const CERTIFICATE: &str = "certificate";

/// One aspect a line, `DIGEST ASPECT`, to be kept on the host.
pub(crate) fn record(settled: &Settled<'_>, it: &Accessory) -> Content {
    Content::new(lines(&aspects(settled, it)))
}

/// The same for a comparison, with what can be compared where nothing was recorded: `=NAME=VALUE` for each variable,
/// `@DIGEST PATH` for each file. What depends on secrets that were not read is left out.
pub(crate) fn expected(settled: &Settled<'_>, it: &Accessory) -> Content {
    let mut text = lines(&aspects(settled, it));
    // What the host's shell expands cannot be known here.
    let known = it.env.clear.iter().filter(|it| !it.value.contains("${"));
    for Pair { name, value } in known.filter(|it| !it.value.contains('\n')) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "={name}={value}");
    }
    if let Some(secrets) = settled.needs.known_accessory_env(it) {
        for line in secrets.expose().lines().filter(|line| !line.is_empty()) {
            let _ = writeln!(text, "={line}");
        }
    }
    for file in &it.files {
        let key = (it.name.clone(), file.remote.clone());
        if let Some(content) = settled.files.accessories.get(&key) {
            let path = accessory::host_path(it, file);
            let _ = writeln!(text, "@{} {path}", digest(content.expose()));
        }
    }
    Content::new(text)
}

fn lines(aspects: &[(String, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, content) in aspects {
        let name = name.replace('\n', " ");
        let _ = writeln!(text, "{} {name}", digest(content));
    }
    text
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

/// Each aspect by the name a person knows it by, with everything that the container has of it. The texts may never
/// change between versions of this program: every accessory would seem to differ.
fn aspects(settled: &Settled<'_>, it: &Accessory) -> Vec<(String, Vec<u8>)> {
    let mut aspects: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, text: String| aspects.push((name.to_owned(), text.into_bytes()));
    add("image", it.image.clone());
    add("cmd", it.cmd.clone().unwrap_or_default());
    add("port", it.port.clone().unwrap_or_default());
    add("network", it.network.clone());
    add("restart", it.restart.clone());
    add("labels", pairs(&it.labels));
    add("options", options(&it.options));
    add("env", pairs(&it.env.clear));
    add("volumes", it.volumes.join("\n"));
    add("directories", directories(it));
    add("files", mounted_files(it));
    let driver = it.logging.driver.clone().unwrap_or_default();
    add(
        "logging",
        format!("{driver}\n{}", pairs(&it.logging.options)),
    );
    add("proxy", proxied(settled, it));
    if let Some(secrets) = settled.needs.known_accessory_env(it) {
        aspects.push(("secrets".to_owned(), secrets.expose().as_bytes().to_vec()));
    }
    if let Some((certificate, key)) = settled.needs.accessory_certificate(it) {
        let both = [certificate.expose(), key.expose()].concat();
        aspects.push((CERTIFICATE.to_owned(), both));
    }
    for file in &it.files {
        let key = (it.name.clone(), file.remote.clone());
        if let Some(content) = settled.files.accessories.get(&key) {
            let name = format!("file {}", accessory::host_path(it, file));
            aspects.push((name, content.expose().to_vec()));
        }
    }
    aspects
}

fn pairs(pairs: &[Pair]) -> String {
    let line = |pair: &Pair| format!("{}={}\n", pair.name, pair.value);
    pairs.iter().map(line).collect()
}

fn options(options: &[(String, OptionValue)]) -> String {
    let line = |(name, value): &(String, OptionValue)| match value {
        OptionValue::Flag => format!("{name}\n"),
        OptionValue::Text(text) => format!("{name}={text}\n"),
        OptionValue::Each(texts) => texts.iter().flat_map(|it| [name, "=", it, "\n"]).collect(),
    };
    options.iter().map(line).collect()
}

fn directories(it: &Accessory) -> String {
    let mode = |mode: &Option<Mode>| mode.as_ref().map_or(String::new(), |mode| mode.0.clone());
    let line = |it: &dhow_config::AccessoryDirectory| {
        let (local, remote, mode) = (&it.local, &it.remote, mode(&it.mode));
        format!("{local}:{remote}:{:?}:{mode}:{:?}\n", it.options, it.owner)
    };
    it.directories.iter().map(line).collect()
}

fn mounted_files(it: &Accessory) -> String {
    let line = |it: &dhow_config::AccessoryFile| {
        format!(
            "{}:{:?}:{}:{:?}\n",
            it.remote, it.options, it.mode.0, it.owner
        )
    };
    it.files.iter().map(line).collect()
}

/// What the proxy is told, whatever container it is about.
fn proxied(settled: &Settled<'_>, it: &Accessory) -> String {
    let Some(settings) = &it.proxy else {
        return String::new();
    };
    let service = &it.service_name;
    let files = told_of_accessory(settled, it);
    proxy::deploy(service, service, settings, &files, settled.fleet.config()).exposed()
}
