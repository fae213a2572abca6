//! On which hosts an accessory runs (config §9, host resolution).

use std::collections::BTreeSet;

use dhow_names::Host;

use crate::{
    findings::Findings,
    model::Role,
    nearest::{did_you_mean, listed},
    reader::Reader,
    tree::Node,
};

const KEYS: [&str; 6] = ["host", "hosts", "role", "roles", "tag", "tags"];

/// The hosts that one of six keys names, each once.
pub(super) fn read(value: &Reader<'_>, roles: &[Role], findings: &mut Findings) -> Vec<Host> {
    let given: Vec<&str> = KEYS.into_iter().filter(|key| value.has(key)).collect();
    let [key] = given.as_slice() else {
        let message = "specify one of `host`, `hosts`, `role`, `roles`, `tag` or `tags`";
        let help = match given.as_slice() {
            [] => "write `host: 10.0.0.9`, or `role: web` for the hosts of that role".to_owned(),
            several => format!("all of these are there: {}; keep one", several.join(", ")),
        };
        findings.push(value.key_error(message).help(help));
        return Vec::new();
    };
    let found: Vec<Host> = match *key {
        "host" => value.get("host").parse(findings).into_iter().collect(),
        "hosts" => value
            .get("hosts")
            .items()
            .filter_map(|item| item.parse(findings))
            .collect(),
        "role" | "roles" => of_roles(value, key, roles, findings),
        _ => of_tags(value, key, roles, findings),
    };
    let mut seen = BTreeSet::new();
    let is_new = |host: &Host| seen.insert(host.clone());
    let hosts: Vec<Host> = found.into_iter().filter(is_new).collect();
    let list = value.get(key).node().and_then(Node::list);
    if list.is_some_and(<[_]>::is_empty) {
        findings.push(
            value
                .warning_at(key, "the accessory has no hosts")
                .help("name at least one, or delete the accessory"),
        );
    }
    hosts
}

fn of_roles(value: &Reader<'_>, key: &str, roles: &[Role], findings: &mut Findings) -> Vec<Host> {
    let names = value.text_or_texts(key);
    let is_known = |name: &String| roles.iter().any(|role| role.name.as_str() == name);
    let unknown: Vec<&str> = names
        .iter()
        .filter(|name| !is_known(name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let known: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
        findings.push(
            value
                .error_at(key, format!("unknown {key} {}", listed(&unknown)))
                .help(did_you_mean(unknown[0], "roles of this file", &known)),
        );
    }
    names
        .iter()
        .filter_map(|name| roles.iter().find(|role| role.name.as_str() == name))
        .flat_map(|role| role.hosts.iter().map(|entry| entry.host.clone()))
        .collect()
}

fn suggestion(tags: &[String], roles: &[Role]) -> String {
    let hosts = roles.iter().flat_map(|role| &role.hosts);
    let known: BTreeSet<&str> = hosts
        .flat_map(|entry| &entry.tags)
        .map(AsRef::as_ref)
        .collect();
    if known.is_empty() {
        return "write the tag behind a host: `{10.0.0.1: TAG}`".to_owned();
    }
    let known: Vec<&str> = known.into_iter().collect();
    let first = tags.first().map_or("", String::as_str);
    did_you_mean(first, "tags of this file", &known)
}

/// Hosts of any role that carry one of the tags. Kamal matches parts of tags and passes over `hosts:` keys,
/// which its own users call traps (config §16.6).
fn of_tags(value: &Reader<'_>, key: &str, roles: &[Role], findings: &mut Findings) -> Vec<Host> {
    let tags = match key {
        "tag" => Vec::from_iter(value.text(key)),
        _ => value.texts(key),
    };
    if tags.is_empty() {
        return Vec::new();
    }
    let hosts: Vec<Host> = roles
        .iter()
        .flat_map(|role| &role.hosts)
        .filter(|entry| {
            entry
                .tags
                .iter()
                .any(|tag| tags.iter().any(|wanted| wanted == tag.as_str()))
        })
        .map(|entry| entry.host.clone())
        .collect();
    if hosts.is_empty() {
        let message = format!("no host carries the tag {}", tags.join(", "));
        findings.push(
            value
                .warning_at(key, message)
                .help(suggestion(&tags, roles)),
        );
    }
    hosts
}
