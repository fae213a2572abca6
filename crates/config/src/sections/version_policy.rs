//! `x-dhow/version`: where the version comes from when nobody gives one.

use crate::{
    findings::Findings,
    model::{PolicySource, VersionPolicy},
    reader::Reader,
};

/// A word, or a mapping with more to say.
pub(super) fn read(version: &Reader<'_>, findings: &mut Findings) -> VersionPolicy {
    let source = if version.node().is_some_and(|node| node.mapping().is_some()) {
        of_mapping(version, findings)
    } else {
        of_word(version, None, findings)
    };
    let immutable = version.boolean("immutable");
    VersionPolicy {
        immutable: immutable.unwrap_or(source != PolicySource::Commit),
        source,
    }
}

fn of_mapping(version: &Reader<'_>, findings: &mut Findings) -> PolicySource {
    let written: Vec<&str> = ["from", "env", "command"]
        .into_iter()
        .filter(|key| version.has(key))
        .collect();
    if let [first, second, ..] = written.as_slice() {
        let message = format!("`{first}` and `{second}` both say where the version comes from");
        findings.push(
            version
                .error_at(second, message)
                .help(format!("keep `{first}` or `{second}`")),
        );
    }
    let digits = digits(version, findings);
    let from = version.get("from");
    let word = from.as_text();
    if digits.is_some() && word.as_deref() != Some("short_commit") {
        findings.push(
            version
                .error_at("digits", "`digits` are those of a short commit")
                .help("write `from: short_commit` beside it, or take `digits` out"),
        );
    }
    if word.is_some() {
        return of_word(&from, digits, findings);
    }
    let variable = filled(version, "env", findings).map(PolicySource::Variable);
    variable
        .or_else(|| filled(version, "command", findings).map(PolicySource::Command))
        .unwrap_or_default()
}

fn filled(version: &Reader<'_>, key: &str, findings: &mut Findings) -> Option<String> {
    let text = version.text(key)?;
    if text.trim().is_empty() {
        findings.push(
            version
                .error_at(key, format!("`{key}` says nothing"))
                .help("write a name or a command line, or take the key out"),
        );
        return None;
    }
    Some(text)
}

/// A shorter name would stand for several commits in a large repository.
fn digits(version: &Reader<'_>, findings: &mut Findings) -> Option<u8> {
    let digits = version.count("digits", findings)?;
    let fitting = u8::try_from(digits).ok().filter(|it| (7..=40).contains(it));
    if fitting.is_none() {
        let message = "a commit has 40 digits, and fewer than 7 are too few";
        findings.push(
            version
                .error_at("digits", message)
                .help("write a number from 7 to 40"),
        );
    }
    fitting
}

fn of_word(word: &Reader<'_>, digits: Option<u8>, findings: &mut Findings) -> PolicySource {
    match word.as_text().as_deref() {
        None | Some("commit") => PolicySource::Commit,
        Some("short_commit") => PolicySource::ShortCommit {
            digits: digits.unwrap_or(PolicySource::USUAL_DIGITS),
        },
        Some("describe") => PolicySource::Describe,
        Some(other) => {
            findings.push(
                word.error(format!("`{other}` is no source of versions"))
                    .help(
                        "write `commit`, `short_commit`, `describe`, `{env: NAME}` or `{command: LINE}`",
                    ),
            );
            PolicySource::Commit
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

    /// What a text says, or the first thing that is wrong with it.
    fn read_text(text: &str) -> Result<VersionPolicy, String> {
        let text = format!("x-dhow: {{version: {text}}}");
        let root: Node = parse(&text, Layer::Base).root.unwrap();
        let mut findings = Findings::none();
        schema::check(&schema::ROOT, &root, &KeyPath::root(), &mut findings);
        let policy = read(
            &Reader::root(&root).get("x-dhow").get("version"),
            &mut findings,
        );
        match findings.into_problems().first() {
            None => Ok(policy),
            Some(problem) => Err(problem.message.clone()),
        }
    }

    #[test]
    fn each_source_has_a_form_and_all_but_the_commit_are_immutable() {
        let of = |source, immutable| VersionPolicy { source, immutable };
        let short = |digits| PolicySource::ShortCommit { digits };
        let variable = PolicySource::Variable("RELEASE".to_owned());
        let command = PolicySource::Command("bin/version --short".to_owned());
        for (text, policy) in [
            ("commit", of(PolicySource::Commit, false)),
            ("{from: commit}", of(PolicySource::Commit, false)),
            ("{immutable: true}", of(PolicySource::Commit, true)),
            ("short_commit", of(short(12), true)),
            ("{from: short_commit, digits: 7}", of(short(7), true)),
            ("describe", of(PolicySource::Describe, true)),
            (
                "{from: describe, immutable: false}",
                of(PolicySource::Describe, false),
            ),
            ("{env: RELEASE}", of(variable, true)),
            (
                "{command: bin/version --short, immutable: no}",
                of(command, false),
            ),
        ] {
            assert_eq!(read_text(text), Ok(policy), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_or_two_things_is_refused() {
        for (text, message) in [
            ("tag", "`tag` is no source of versions"),
            ("{from: tag}", "`tag` is no source of versions"),
            (
                "{env: A, command: b}",
                "`env` and `command` both say where the version comes from",
            ),
            (
                "{from: describe, env: A}",
                "`from` and `env` both say where the version comes from",
            ),
            ("{env: ' '}", "`env` says nothing"),
            ("{command: ''}", "`command` says nothing"),
            ("{digits: 9}", "`digits` are those of a short commit"),
            (
                "{from: commit, digits: 9}",
                "`digits` are those of a short commit",
            ),
            (
                "{from: short_commit, digits: 3}",
                "a commit has 40 digits, and fewer than 7 are too few",
            ),
            (
                "{from: short_commit, digits: 41}",
                "a commit has 40 digits, and fewer than 7 are too few",
            ),
            ("{variable: A}", "unknown key: variable"),
            ("[commit]", "should be a string or a hash"),
        ] {
            assert_eq!(read_text(text), Err(message.to_owned()), "{text}");
        }
    }
}
