//! Whether a value has the type its key wants, in Kamal's words (config §2.1, §2.2).

use super::advice;
use crate::{
    findings::{Finding, Findings, KeyPath},
    tree::{Content, Key, Meaning, Node, Scalar},
};

/// A finding in Kamal's words, with what was found instead.
pub(super) fn should_be(message: &str, node: &Node, path: &KeyPath) -> Finding {
    Finding::error(path, node.span, message).help(advice::on_type(message, node))
}

/// Text: numbers and booleans are taken, with a warning when Kamal's text for them is not what is written
/// (config §1.3, §2.2).
pub(super) fn text(node: &Node, path: &KeyPath, findings: &mut Findings) {
    text_as("should be a string", node, path, findings);
}

fn text_as(message: &str, node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(scalar) = node.scalar() else {
        findings.push(should_be(message, node, path));
        return;
    };
    match scalar.meaning().as_text() {
        Some(text) if text == scalar.text => {}
        Some(text) => findings.push(
            Finding::warning(path, node.span, read_otherwise(scalar, &text)).help(quote_it(scalar)),
        ),
        None if scalar.is_null() => findings.push(should_be(message, node, path)),
        None => {
            let noun = scalar.meaning().noun();
            findings.push(Finding::error(path, node.span, message).help(format!(
                "without quotes this is {noun}; {}",
                quote_it(scalar)
            )));
        }
    }
}

fn read_otherwise(scalar: &Scalar, text: &str) -> String {
    format!("`{}` without quotes is read as {text}", scalar.text)
}

fn quote_it(scalar: &Scalar) -> String {
    format!("quote it to keep it as it is written: \"{}\"", scalar.text)
}

/// A key that may be any text, in Kamal's reading (config §1.3).
pub(super) fn free_key(key: &Key, path: &KeyPath, findings: &mut Findings) {
    if key.scalar.is_null() {
        findings.push(
            Finding::error(path, key.span, "an empty key names nothing").help("write a name"),
        );
    } else if key.text() != key.scalar.text {
        let message = read_otherwise(&key.scalar, key.text());
        findings.push(Finding::warning(path, key.span, message).help(quote_it(&key.scalar)));
    }
}

pub(super) fn integer(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(scalar) = node.scalar() else {
        findings.push(should_be("should be an integer", node, path));
        return;
    };
    match scalar.meaning() {
        Meaning::Integer(number) if number.to_string() == scalar.text => {}
        Meaning::Integer(number) => findings.push(
            Finding::warning(path, node.span, read_otherwise(scalar, &number.to_string())).help(
                format!("write {number}, or the number you mean in plain digits"),
            ),
        ),
        Meaning::Text(text) if text.parse::<i64>().is_ok() => findings.push(
            Finding::error(path, node.span, "should be an integer")
                .help(format!("take the quotes off: {text}")),
        ),
        _ => findings.push(should_be("should be an integer", node, path)),
    }
}

/// True or false in any of YAML 1.1's spellings.
pub(super) fn boolean(node: &Node, path: &KeyPath, message: &str, findings: &mut Findings) {
    match node.scalar().map(Scalar::meaning) {
        Some(Meaning::Boolean(_)) => {}
        Some(Meaning::Text(text)) if text == "true" || text == "false" => findings.push(
            Finding::error(path, node.span, message).help(format!("take the quotes off: {text}")),
        ),
        _ => findings.push(should_be(message, node, path)),
    }
}

fn is_boolean(node: &Node) -> bool {
    let meaning = node.scalar().map(Scalar::meaning);
    matches!(meaning, Some(Meaning::Boolean(_)))
}

pub(super) fn texts(node: &Node, path: &KeyPath, findings: &mut Findings) {
    for (position, item) in items(node, path, findings).iter().enumerate() {
        text(item, &path.item(position), findings);
    }
}

pub(super) fn text_map(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        free_key(&entry.key, path, findings);
        text(&entry.value, &path.key(entry.key.text()), findings);
    }
}

/// A mapping with scalars, empty ones included; anything else would reach Docker as Ruby source (config §12.3).
pub(super) fn scalars(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        free_key(&entry.key, path, findings);
        if !entry.value.scalar().is_some_and(Scalar::is_null) {
            text(&entry.value, &path.key(entry.key.text()), findings);
        }
    }
}

/// A mapping with free values; mappings below it would reach Docker as Ruby source (config §12.2).
pub(super) fn free(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let Some(entries) = node.mapping() else {
        findings.push(should_be("should be a hash", node, path));
        return;
    };
    for entry in entries {
        free_key(&entry.key, path, findings);
        let path = path.key(entry.key.text());
        let value = &entry.value;
        match &value.content {
            // `restart` has a message of its own, and an empty build argument has a meaning.
            Content::Scalar(scalar) if scalar.is_null() => {}
            Content::Scalar(_) if entry.key.text() == "restart" => {}
            Content::Scalar(_) => text(value, &path, findings),
            Content::List(_) => texts(value, &path, findings),
            Content::Mapping(_) => {
                findings.push(should_be("should be a string or an array", value, &path));
            }
        }
    }
}

/// A text or a list of them; the message is about the whole, wherever the mistake is.
pub(super) fn one_or_several(node: &Node, path: &KeyPath, message: &str, findings: &mut Findings) {
    let alone = std::slice::from_ref(node);
    for text in node.list().unwrap_or(alone) {
        text_as(message, text, path, findings);
    }
}

pub(super) fn text_or_texts(node: &Node, path: &KeyPath, message: &str, findings: &mut Findings) {
    match &node.content {
        Content::List(_) => texts(node, path, findings),
        _ => text_as(message, node, path, findings),
    }
}

/// What a list holds; nothing of what is not one, which is told.
pub(super) fn items<'a>(node: &'a Node, path: &KeyPath, findings: &mut Findings) -> &'a [Node] {
    node.list().unwrap_or_else(|| {
        findings.push(should_be("should be an array", node, path));
        &[]
    })
}

/// Hosts, each a text or a mapping from one host to its tags (config §4.1).
pub(super) fn host_entries(node: &Node, path: &KeyPath, findings: &mut Findings) {
    for (position, item) in items(node, path, findings).iter().enumerate() {
        let path = path.item(position);
        match &item.content {
            Content::Mapping(entries) => match entries.as_slice() {
                [entry] => {
                    free_key(&entry.key, &path, findings);
                    let below = path.key(entry.key.text());
                    let message = "should be a string or an array";
                    text_or_texts(&entry.value, &below, message, findings);
                }
                _ => findings.push(
                    Finding::error(&path, item.span, "multiple hosts found")
                        .help("give each host a list entry of its own"),
                ),
            },
            Content::Scalar(scalar) if matches!(scalar.meaning(), Meaning::Text(_)) => {}
            Content::Scalar(scalar) if !scalar.is_null() => findings.push(
                Finding::error(&path, item.span, "should be a string or a hash").help(format!(
                    "Kamal reads {} here; {}",
                    scalar.meaning().noun(),
                    quote_it(scalar)
                )),
            ),
            _ => findings.push(should_be("should be a string or a hash", item, &path)),
        }
    }
}

/// A user or password; its text is in no message (config §6).
pub(super) fn credential(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let is_text =
        |node: &Node| matches!(node.scalar().map(Scalar::meaning), Some(Meaning::Text(_)));
    let fits = match &node.content {
        Content::List(items) => items.is_empty() || (items.len() == 1 && is_text(&items[0])),
        // What Ruby calls blank is told as missing.
        Content::Scalar(scalar) => {
            let meaning = scalar.meaning();
            matches!(meaning, Meaning::Null | Meaning::Boolean(false)) || is_text(node)
        }
        Content::Mapping(_) => false,
    };
    if !fits {
        findings.push(
            Finding::error(
                path,
                node.span,
                "should be a string or an array with one string (for secret lookup)",
            )
            .help("name a secret of `.kamal/secrets` in a list, such as `- KAMAL_REGISTRY_PASSWORD`; quote a number"),
        );
    }
}

pub(super) fn hook_output(node: &Node, path: &KeyPath, findings: &mut Findings) {
    let is_word = |node: &Node| {
        matches!(
            node.scalar().map(Scalar::meaning),
            Some(Meaning::Text(_) | Meaning::Symbol(_))
        )
    };
    let message = "should be a string or a symbol";
    match node.mapping() {
        Some(entries) => {
            for entry in entries.iter().filter(|entry| !is_word(&entry.value)) {
                findings.push(should_be(
                    message,
                    &entry.value,
                    &path.key(entry.key.text()),
                ));
            }
        }
        None if is_word(node) => {}
        // Kamal passes over one that is for all hooks, but not over one for a single hook (config §11).
        None if is_boolean(node) => findings.push(
            Finding::warning(path, node.span, "a boolean has no effect here")
                .help("write `verbose` or `quiet`"),
        ),
        None => findings.push(should_be(message, node, path)),
    }
}

pub(super) fn ssh_config(node: &Node, path: &KeyPath, findings: &mut Findings) {
    if !is_boolean(node) {
        let message = "should be a boolean or a string or an array";
        text_or_texts(node, path, message, findings);
    }
}

/// Names of secrets, or secrets: no message repeats them.
pub(super) fn written_secrets(node: &Node, path: &KeyPath, findings: &mut Findings) {
    for (position, item) in items(node, path, findings).iter().enumerate() {
        let is_text = item
            .scalar()
            .is_some_and(|scalar| scalar.meaning().as_text().is_some());
        if !is_text {
            findings.push(should_be("should be a string", item, &path.item(position)));
        }
    }
}

/// What `chmod` takes. Kamal makes `chmod 420` of `0644` without quotes; here it stays what is written.
pub(super) fn file_mode(node: &Node, path: &KeyPath, findings: &mut Findings) {
    match node.scalar() {
        Some(scalar) if is_octal(scalar) => findings.push(
            Finding::warning(
                path,
                node.span,
                format!(
                    "Kamal reads `{}` without quotes as {}",
                    scalar.text,
                    scalar.meaning().as_text().unwrap_or_default()
                ),
            )
            .help(quote_it(scalar)),
        ),
        _ => text(node, path, findings),
    }
}

/// Octal digits that YAML makes another number of.
pub(crate) fn is_octal(scalar: &Scalar) -> bool {
    matches!(scalar.meaning(), Meaning::Integer(_))
        && scalar.text.len() > 1
        && scalar.text.starts_with('0')
        && scalar.text.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
}
