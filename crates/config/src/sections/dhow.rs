//! `x-dhow`: settings of our own.

use crate::{
    findings::Findings,
    model::{Dhow, ExpandSecrets},
    reader::Reader,
};

pub(super) fn read(dhow: &Reader<'_>, findings: &mut Findings) -> Dhow {
    Dhow {
        expand_secrets: expand(&dhow.get("secrets").get("expand"), findings),
    }
}

fn expand(value: &Reader<'_>, findings: &mut Findings) -> ExpandSecrets {
    match value.as_text().as_deref() {
        None => ExpandSecrets::Never,
        Some("kamal") => ExpandSecrets::Kamal,
        Some(other) => {
            findings.push(
                value
                    .error(format!("`{other}` is no way to expand secrets"))
                    .help(
                        "write `kamal` to replace variables in what a command printed, or take the key out",
                    ),
            );
            ExpandSecrets::Never
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        findings::KeyPath,
        schema,
        source::Layer,
        tree::{Node, parse},
    };

    /// What a text says, or nothing when it is wrong.
    fn read_text(text: &str) -> Option<ExpandSecrets> {
        let root: Node = parse(text, Layer::Base).root.unwrap();
        let mut findings = Findings::none();
        let alone = Reader::root(&root);
        schema::check(&schema::ROOT, &root, &KeyPath::root(), &mut findings);
        let dhow = read(&alone.get("x-dhow"), &mut findings);
        (!findings.has_errors()).then_some(dhow.expand_secrets)
    }

    #[test]
    fn settings_of_our_own_are_read_and_checked_and_those_of_others_passed_over() {
        for (text, read) in [
            ("x-other: {secrets: 1}", Some(ExpandSecrets::Never)),
            ("x-dhow: {}", Some(ExpandSecrets::Never)),
            ("x-dhow: {secrets: {}}", Some(ExpandSecrets::Never)),
            (
                "x-dhow: {secrets: {expand: kamal}}",
                Some(ExpandSecrets::Kamal),
            ),
            ("x-dhow: {secrets: {expand: ruby}}", None),
            ("x-dhow: {secrets: {expnd: kamal}}", None),
            ("x-dhow: {secret: {expand: kamal}}", None),
            ("x-dhow: kamal", None),
        ] {
            assert_eq!(read_text(text), read, "{text}");
        }
    }
}
