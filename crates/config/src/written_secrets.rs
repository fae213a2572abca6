//! Secrets that are written in a deploy file: where they stand, so that no snippet shows them.

use dhow_redaction::looks_secret;

use crate::{
    source::Span,
    tree::{Content, Node, Scalar},
};

/// The places of everything that may be a written user, password or key.
pub(crate) fn spans(root: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    below(root, "", &mut spans);
    spans
}

/// Those below a key, in the right section or a wrong one. Variables of an environment are judged by their names.
fn below(node: &Node, key: &str, spans: &mut Vec<Span>) {
    for item in node.list().unwrap_or_default() {
        below(item, key, spans);
    }
    for entry in node.mapping().unwrap_or_default() {
        let value = &entry.value;
        match entry.key.text() {
            // The proxy's own image comes from a registry that is only named.
            "registry" if key != "run" => collect(value, spans),
            // An empty value stands where its key does, which is no secret.
            _ if value.scalar().is_some_and(Scalar::is_null) => {}
            "key_data" => written_keys(value, spans),
            "password" if !names_a_secret(value) => everything(value, spans),
            "env" => {}
            name => below(value, name, spans),
        }
    }
}

/// Private keys that are written, not named.
fn written_keys(keys: &Node, spans: &mut Vec<Span>) {
    for key in keys.list().unwrap_or(std::slice::from_ref(keys)) {
        if !is_name_of_a_key(key) {
            everything(key, spans);
        }
    }
}

/// Whether a private key is named, as secrets are, and not written.
fn is_name_of_a_key(node: &Node) -> bool {
    const LONGEST: usize = 64;
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    node.scalar()
        .is_some_and(|scalar| scalar.text.len() <= LONGEST && scalar.text.bytes().all(fits))
}

/// All texts of a registry but the server and names of secrets; a misspelt key may hold a password too.
fn collect(registry: &Node, spans: &mut Vec<Span>) {
    match &registry.content {
        Content::Scalar(scalar) if scalar.is_null() => {}
        Content::Scalar(_) => spans.push(registry.span),
        Content::List(items) => items.iter().for_each(|item| everything(item, spans)),
        Content::Mapping(entries) => {
            for entry in entries.iter().filter(|entry| entry.key.text() != "server") {
                if !names_a_secret(&entry.value) && entry.value.span != entry.key.span {
                    everything(&entry.value, spans);
                }
            }
        }
    }
}

/// Whether this is a list with at most one word that looks like the name of a secret.
fn names_a_secret(node: &Node) -> bool {
    let looks_like_name = |item: &Node| {
        item.scalar().is_some_and(|scalar| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            scalar.text.bytes().all(fits)
        })
    };
    node.list()
        .is_some_and(|items| items.len() <= 1 && items.iter().all(looks_like_name))
}

fn everything(node: &Node, spans: &mut Vec<Span>) {
    match &node.content {
        // Keys too: a missing quote or space may have made one of a password.
        Content::Scalar(_) | Content::Mapping(_) => spans.push(node.span),
        Content::List(items) => items.iter().for_each(|item| everything(item, spans)),
    }
}

/// The same by the look of lines, for a text that is not valid YAML.
pub(crate) fn ranges_by_look(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_end().len();
        for word in ["password", "username", "key_data"] {
            if let Some(at) = line.find(word)
                && let Some(colon) = line[at..written.max(at)].find(':')
                && !line[at + colon + 1..written].trim_start().starts_with('[')
            {
                ranges.push(start + at + colon + 1..start + written);
            }
        }
        if let Some(value) = value_of_secret(&line[..written]) {
            ranges.push(start + value..start + written);
        }
        start += line.len();
    }
    ranges
}

/// Where the value begins in a line `NAME: value` that looks like a secret.
fn value_of_secret(line: &str) -> Option<usize> {
    let (name, value) = line.split_once(':')?;
    let around = [' ', '-', '{', '"', '\''];
    let (name, text) = (name.trim_matches(around), value.trim());
    let is_text = !text.starts_with(['[', '{']);
    (is_text && looks_secret(name, text)).then_some(line.len() - value.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Layer, tree::parse};

    #[test]
    fn secrets_are_found_by_the_look_of_their_lines() {
        let text = "registry:\n  password: hunter2\n  server: x\nenv:\n  DB_TOKEN: \"hunt\n  'API_KEY' : hunter2\n  \
                    URL: redis://:hunter2@db\n  secret: [PASSWORD]\n";
        let mut shown = text.to_owned();
        for range in ranges_by_look(text) {
            let stars = "*".repeat(range.len());
            shown.replace_range(range, &stars);
        }
        assert!(!shown.contains("hunt"), "{shown}");
        assert!(
            shown.contains("server: x\n") && shown.contains("secret: [PASSWORD]"),
            "{shown}"
        );
    }

    #[test]
    fn names_of_private_keys_are_no_secrets() {
        let text = "ssh:\n  key_data: [DEPLOY_KEY, \"-----BEGIN KEY-----\", dGhlIGtleQ]\n";
        let root = parse(text, Layer::Base).root.unwrap();
        let written: Vec<&str> = spans(&root)
            .iter()
            .map(|span| &text[span.start..span.end])
            .collect();
        assert_eq!(written, ["\"-----BEGIN KEY-----\"", "dGhlIGtleQ"]);
    }
}
