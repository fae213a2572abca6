//! Compares a tree with the tables and reports every key and type that does not fit.

use super::{
    Kind, Section, Support, meant, tables,
    type_check::{self, should_be},
};
use crate::{
    findings::{Finding, Findings, KeyPath},
    nearest::nearest,
    tree::{Content, Entry, Meaning, Node, Scalar},
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
            None => unknown_key(section, node, entry, path, findings),
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
    if let Support::Ignored(reason) = support {
        let (effect, instead) = reason.split_once(": ").unwrap_or((reason, ""));
        let instead = (!instead.is_empty()).then(|| instead.to_owned());
        findings.push(Finding::warning(path, entry.key.span, effect).maybe_help(instead));
    }
    check_kind(kind, &entry.value, path, findings);
}

/// Tells of an unknown key. A misspelt one is taken for what it was meant to be, so that its value is checked and
/// nobody tells that the right one is missing.
fn unknown_key(
    section: &Section,
    node: &Node,
    entry: &Entry,
    path: &KeyPath,
    findings: &mut Findings,
) {
    let name = entry.key.text();
    findings.push(
        Finding::error(path, entry.key.span, format!("unknown key: {name}")).help(meant::help(
            section,
            path.as_str(),
            name,
            &entry.value,
        )),
    );
    let meant = meant::key(section, path.as_str(), name, &entry.value);
    if let Some(rule) = meant.filter(|rule| node.entry(rule.name).is_none()) {
        findings.mean(entry.key.span, rule.name);
        check_kind(rule.kind, &entry.value, &path.key(rule.name), findings);
    }
}

pub(super) fn check_kind(kind: Kind, node: &Node, path: &KeyPath, findings: &mut Findings) {
    match kind {
        Kind::Text | Kind::OneOf(_) => type_check::text(node, path, findings),
        Kind::Integer => type_check::integer(node, path, findings),
        Kind::Boolean => type_check::boolean(node, path, "should be a boolean", findings),
        Kind::Ssl => ssl(node, path, findings),
        Kind::Texts => type_check::texts(node, path, findings),
        Kind::TextMap | Kind::Aliases => type_check::text_map(node, path, findings),
        Kind::Scalars => type_check::scalars(node, path, findings),
        Kind::Free => type_check::free(node, path, findings),
        Kind::TextOrTexts(message) => type_check::one_or_several(node, path, message, findings),
        Kind::Section(section) => check(section, node, path, findings),
        Kind::WordOr(_, section) => word_or(section, node, path, findings),
        Kind::BooleanOr(section) => boolean_or(section, node, path, findings),
        Kind::FalseOr(section) => false_or(section, node, path, findings),
        Kind::Each(section) => each(section, node, path, findings),
        Kind::OrKamal1(_, section) if node.mapping().is_some() => {
            check(section, node, path, findings);
        }
        Kind::OrKamal1(kind, _) => check_kind(*kind, node, path, findings),
        Kind::Servers => servers(node, path, findings),
        Kind::HostEntries => type_check::host_entries(node, path, findings),
        Kind::Env { tags } => env(tags, node, path, findings),
        Kind::EnvTags => env_tags(node, path, findings),
        Kind::WrittenSecrets => type_check::written_secrets(node, path, findings),
        Kind::FileMode => type_check::file_mode(node, path, findings),
        Kind::Credential => type_check::credential(node, path, findings),
        Kind::HookOutput => type_check::hook_output(node, path, findings),
        Kind::SshConfig => type_check::ssh_config(node, path, findings),
        Kind::Mounts => mounts(node, path, findings),
    }
}

fn ssl(node: &Node, path: &KeyPath, findings: &mut Findings) {
    if node.mapping().is_some() {
        check_leniently(&tables::CERTIFICATE, node, path, findings);
    } else {
        type_check::boolean(node, path, "should be a boolean or a hash", findings);
    }
}

/// Where Kamal lets any key through and does nothing with those it does not know: `ssl` and the mapping form of
/// `files` (config §8.1, §9).
fn check_leniently(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    for entry in node.mapping().unwrap_or_default() {
        let name = entry.key.text();
        match section.rule(name) {
            Some(rule) => check_kind(rule.kind, &entry.value, &path.key(name), findings),
            None => findings.push(
                Finding::warning(path, entry.key.span, format!("`{name}` has no effect here"))
                    .help(meant::help(section, path.as_str(), name, &entry.value)),
            ),
        }
    }
}

/// `files` and `directories` of an accessory (config §9).
fn mounts(node: &Node, path: &KeyPath, findings: &mut Findings) {
    for (position, item) in type_check::items(node, path, findings).iter().enumerate() {
        let path = path.item(position);
        match item.scalar() {
            Some(scalar) if !scalar.is_null() => type_check::text(item, &path, findings),
            None if item.mapping().is_some() => {
                check_leniently(&tables::MOUNT, item, &path, findings);
            }
            _ => findings.push(should_be("should be a string or a hash", item, &path)),
        }
    }
}

/// A word, which its reader judges, or a mapping.
fn word_or(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    match &node.content {
        Content::Mapping(_) => check(section, node, path, findings),
        Content::Scalar(scalar) if !scalar.is_null() => type_check::text(node, path, findings),
        _ => findings.push(should_be("should be a string or a hash", node, path)),
    }
}

/// The `proxy` of a role or an accessory; Kamal does not name the boolean in its message (config §4.3).
fn boolean_or(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    if node.scalar().is_some() {
        type_check::boolean(node, path, "should be a hash", findings);
    } else {
        check(section, node, path, findings);
    }
}

/// An accessory's `proxy`: there is nothing that `true` could stand for (config §8.2).
fn false_or(section: &Section, node: &Node, path: &KeyPath, findings: &mut Findings) {
    if node.scalar().map(Scalar::meaning) == Some(Meaning::Boolean(true)) {
        findings.push(Finding::error(path, node.span, "should be a hash").help(
            "write the host names it answers to, such as `proxy: {host: metrics.shop.example}`",
        ));
    } else {
        boolean_or(section, node, path, findings);
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
            check(&tables::ROLE, value, &path, findings);
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
    let is_structured = entries
        .iter()
        .any(|entry| tables::ENV.rule(entry.key.text()).is_some());
    let section = if tags {
        &tables::ENV
    } else {
        &tables::ENV_OF_TAG
    };
    if !is_structured {
        simple_env(section, entries, path, findings);
        return;
    }
    for entry in entries {
        let name = entry.key.text();
        match section.rule(name) {
            Some(rule) => check_kind(rule.kind, &entry.value, &path.key(name), findings),
            None if tables::ENV.rule(name).is_some() => findings.push(
                Finding::error(
                    path,
                    entry.key.span,
                    "tags are only allowed in the root env",
                )
                .help("move `tags` below `env` of the top level"),
            ),
            None => {
                let help = match misspelt(section, entry) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "beside `clear`, `secret` or `tags` no variable may stand: move it below `clear`".to_owned(),
                };
                let message = format!("unknown key: {name}");
                findings.push(Finding::error(path, entry.key.span, message).help(help));
            }
        }
    }
}

/// Variables by name. A list or mapping among them is what somebody wanted to put below `secret` or `clear`.
fn simple_env(section: &Section, entries: &[Entry], path: &KeyPath, findings: &mut Findings) {
    for entry in entries {
        type_check::free_key(&entry.key, path, findings);
        let path = path.key(entry.key.text());
        match misspelt(section, entry) {
            Some(meant) => findings.push(
                should_be("should be a string", &entry.value, &path)
                    .help(format!("did you mean `{meant}`?")),
            ),
            None => type_check::text(&entry.value, &path, findings),
        }
    }
}

/// The key of an environment that is meant when its value is no single one.
fn misspelt(section: &Section, entry: &Entry) -> Option<&'static str> {
    let is_scalar = entry.value.scalar().is_some();
    let names: Vec<&str> = section.keys.iter().map(|rule| rule.name).collect();
    let meant = nearest(entry.key.text(), &names)?;
    (!is_scalar).then_some(meant)
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
