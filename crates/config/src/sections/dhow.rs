//! `x-dhow`: settings of our own.

use super::version_policy;
use crate::{
    findings::Findings,
    model::{Dhow, EnvFiles, ExpandSecrets},
    reader::Reader,
};

pub(super) fn read(dhow: &Reader<'_>, findings: &mut Findings) -> Dhow {
    let secrets = dhow.get("secrets");
    Dhow {
        expand_secrets: expand(&secrets.get("expand"), findings),
        env_files: env_files(&secrets.get("env_files"), findings),
        version: version_policy::read(&dhow.get("version"), findings),
        moves_latest_at_build: moves_latest_at_build(&dhow.get("latest"), findings),
    }
}

fn moves_latest_at_build(value: &Reader<'_>, findings: &mut Findings) -> bool {
    match value.as_text().as_deref() {
        None | Some("after_deploy") => false,
        Some("build") => true,
        Some(other) => {
            findings.push(
                value
                    .error(format!("`{other}` is no moment to move the tag `latest`"))
                    .help("write `after_deploy`, or `build` to move it with every build, as Kamal does"),
            );
            false
        }
    }
}

fn env_files(value: &Reader<'_>, findings: &mut Findings) -> Option<EnvFiles> {
    match value.as_text()?.as_str() {
        "kamal" => Some(EnvFiles::Kamal),
        "literal" => Some(EnvFiles::Literal),
        other => {
            findings.push(
                value
                    .error(format!("`{other}` is no way to write env files"))
                    .help(
                        "write `literal` to deliver secrets as they are, or `kamal` for line breaks as `\\n` and \
                         doubled backslashes",
                    ),
            );
            None
        }
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
    fn read_text(text: &str) -> Option<Dhow> {
        let root: Node = parse(text, Layer::Base).root.unwrap();
        let mut findings = Findings::none();
        let alone = Reader::root(&root);
        schema::check(&schema::ROOT, &root, &KeyPath::root(), &mut findings);
        let dhow = read(&alone.get("x-dhow"), &mut findings);
        (!findings.has_errors()).then_some(dhow)
    }

    #[test]
    fn settings_of_our_own_are_read_and_checked_and_those_of_others_passed_over() {
        let expanding = Dhow {
            expand_secrets: ExpandSecrets::Kamal,
            ..Dhow::default()
        };
        let writing = |env_files| Dhow {
            env_files: Some(env_files),
            ..Dhow::default()
        };
        for (text, read) in [
            ("x-other: {secrets: 1}", Some(Dhow::default())),
            ("x-dhow: {}", Some(Dhow::default())),
            ("x-dhow: {secrets: {}}", Some(Dhow::default())),
            ("x-dhow: {secrets: {expand: kamal}}", Some(expanding)),
            (
                "x-dhow: {secrets: {env_files: literal}}",
                Some(writing(EnvFiles::Literal)),
            ),
            (
                "x-dhow: {secrets: {env_files: kamal}}",
                Some(writing(EnvFiles::Kamal)),
            ),
            (
                "x-dhow: {latest: build}",
                Some(Dhow {
                    moves_latest_at_build: true,
                    ..Dhow::default()
                }),
            ),
            ("x-dhow: {latest: after_deploy}", Some(Dhow::default())),
            ("x-dhow: {latest: never}", None),
            ("x-dhow: {version: tag}", None),
            ("x-dhow: {secrets: {expand: ruby}}", None),
            ("x-dhow: {secrets: {expnd: kamal}}", None),
            ("x-dhow: {secrets: {env_files: raw}}", None),
            ("x-dhow: {secret: {expand: kamal}}", None),
            ("x-dhow: kamal", None),
        ] {
            assert_eq!(read_text(text), read, "{text}");
        }
    }
}
