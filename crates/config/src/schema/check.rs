//! Compares a tree with the tables and reports every key and type that does not fit.

use super::{
    Kind, Section, Support, leftovers,
    type_check::{self, NOT_SUPPORTED_YET, should_be},
};
use crate::{
    findings::{Finding, Findings, KeyPath},
    tree::{Entry, Node},
};

/// Checks a mapping against its section, and everything below it.
pub(crate) fn check(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        let name = entry.key.text();
        match section.rule(name) {
            None if path.as_str().is_empty() && name.starts_with("x-") => {}
            None => findings.push(unknown_key(section, entry, path)),
            Some(rule) => check_rule(rule.support, rule.kind, entry, &path.key(name), findings),
        }
    }
}

fn check_rule(
    support: Support,
    kind: Kind,
    entry: &Entry,
    path: &KeyPath,
    findings: &mut Findings,
) {
    match support {
        Support::NotYet => {
            findings.push(
                Finding::error(path, entry.key.span, NOT_SUPPORTED_YET).help(
                    "take the key out, or deploy with Kamal until a later version supports it",
                ),
            );
            return;
        }
        Support::Ignored(reason) => {
            findings.push(Finding::warning(path, entry.key.span, reason));
        }
        Support::Yes => {}
    }
    check_kind(kind, &entry.value, path, findings);
}

fn unknown_key(section: &Section, entry: &Entry, path: &KeyPath) -> Finding {
    let name = entry.key.text();
    Finding::error(path, entry.key.span, format!("unknown key: {name}"))
        .maybe_help(leftovers::help_for(section, path.as_str(), name))
}

fn check_kind(kind: Kind, node: &Node, path: &KeyPath, findings: &mut Findings) {
    match kind {
        Kind::Text => type_check::text(node, path, findings),
        Kind::Integer => type_check::integer(node, path, findings),
        Kind::Boolean => type_check::boolean(node, path, "should be a boolean", findings),
        Kind::Ssl => type_check::ssl(node, path, findings),
        Kind::Texts => type_check::texts(node, path, findings),
        Kind::TextMap => type_check::text_map(node, path, findings),
        Kind::Free => type_check::free(node, path, findings),
        Kind::TextOrTexts(message) => type_check::text_or_texts(node, path, message, findings),
        Kind::Section(section) => check(section, node, path, findings),
        Kind::BooleanOr(section) => boolean_or(section, node, path, findings),
        Kind::Each(section) => each(section, node, path, findings),
        Kind::Servers => servers(node, path, findings),
        Kind::HostEntries => type_check::host_entries(node, path, findings),
        Kind::Env { tags } => env(tags, node, path, findings),
        Kind::Credential => type_check::credential(node, path, findings),
        Kind::HookOutput => type_check::hook_output(node, path, findings),
        Kind::SshConfig => type_check::ssh_config(node, path, findings),
        Kind::Mounts => type_check::mounts(node, path, findings),
    }
}

/// A role's `proxy`; Kamal says `should be a hash` for null (config §4.3).
fn boolean_or(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    match node.scalar() {
        Some(scalar) if scalar.is_null() => {
            findings.push(should_be("should be a hash", node, path));
        }
        Some(_) => type_check::boolean(node, path, "should be a boolean or a hash", findings),
        None if node.list().is_some() => {
            findings.push(should_be("should be a boolean or a hash", node, path));
        }
        None => check(section, node, path, findings),
    }
}

fn each(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        type_check::free_key(&entry.key, path, findings);
        check(section, &entry.value, &path.key(entry.key.text()), findings);
    }
}

/// `servers`: a list for the role `web`, or roles by name (config §4.1).
fn servers(node: &Node, path: &KeyPath, findings: &mut Findings) {
    if node.list().is_some() {
        type_check::host_entries(node, path, findings);
        return;
    }
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be an array or a hash", node, path));
        return;
    };
    for entry in entries {
        type_check::free_key(&entry.key, path, findings);
        let path = path.key(entry.key.text());
        let value = &entry.value;
        if value.list().is_some() {
            type_check::host_entries(value, &path, findings);
        } else if value.mapping().is_some() {
            check(&super::tables::ROLE, value, &path, findings);
        } else {
            findings.push(should_be("should be an array or a hash", value, &path));
        }
    }
}

/// `env`, simple or structured (config §5.1).
fn env(tags: bool, node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    let is_structured = ["clear", "secret", "tags"]
        .iter()
        .any(|key| node.entry(key).is_some());
    if !is_structured {
        type_check::text_map(node, path, findings);
        return;
    }
    for entry in entries {
        let name = entry.key.text();
        let (value, below) = (&entry.value, path.key(name));
        match name {
            "clear" => type_check::text_map(value, &below, findings),
            "secret" => type_check::texts(value, &below, findings),
            "tags" if tags => env_tags(value, &below, findings),
            "tags" => findings.push(Finding::error(
                path,
                entry.key.span,
                "tags are only allowed in the root env",
            )),
            _ => findings.push(
                Finding::error(path, entry.key.span, format!("unknown key: {name}")).help(
                    "beside `clear`, `secret` or `tags` no variable may stand: move it below `clear`",
                ),
            ),
        }
    }
}

fn env_tags(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        type_check::free_key(&entry.key, path, findings);
        env(false, &entry.value, &path.key(entry.key.text()), findings);
    }
}
