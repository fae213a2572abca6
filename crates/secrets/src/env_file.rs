//! The file that hands secrets to a container.

use dhow_names::SecretName;
use dhow_redaction::Secret;

/// The content of a file for `docker run --env-file`: a line `NAME=value` for each name, in the order the
/// names first appear, each with its last value; one line end when there is none (secrets-and-hooks §7).
///
/// A line end in a value becomes `\n` and a backslash is doubled, as Kamal does it. Docker does not undo
/// that, so such a value reaches the process changed.
pub fn env_file<'a>(pairs: impl IntoIterator<Item = (&'a SecretName, &'a Secret)>) -> Secret {
    let mut lines: Vec<(&SecretName, &Secret)> = Vec::new();
    for (name, secret) in pairs {
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some(line) => line.1 = secret,
            None => lines.push((name, secret)),
        }
    }
    let mut content = String::new();
    for (name, secret) in lines {
        content.push_str(name.as_str());
        content.push('=');
        escape(secret.expose(), &mut content);
        content.push('\n');
    }
    if content.is_empty() {
        content.push('\n');
    }
    Secret::new(content)
}

fn escape(value: &str, line: &mut String) {
    for (position, character) in value.char_indices() {
        match character {
            '\\' if before_plain_hash(&value[position + 1..]) => line.push('\\'),
            '\\' => line.push_str(r"\\"),
            '\n' => line.push_str(r"\n"),
            '\r' => line.push_str(r"\r"),
            '\t' => line.push_str(r"\t"),
            '\x0C' => line.push_str(r"\f"),
            '\x0B' => line.push_str(r"\v"),
            '\x08' => line.push_str(r"\b"),
            '\x07' => line.push_str(r"\a"),
            '\x1B' => line.push_str(r"\e"),
            control if control.is_ascii_control() => {
                line.extend(format!(r"\x{:02X}", u32::from(control)).chars());
            }
            plain => line.push(plain),
        }
    }
}

/// Kamal leaves a backslash single before a `#` that does not begin one of Ruby's interpolations.
fn before_plain_hash(rest: &str) -> bool {
    rest.strip_prefix('#')
        .is_some_and(|behind| !behind.starts_with(['{', '$', '@']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<(SecretName, Secret)> = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), Secret::new(*value)))
            .collect();
        let pairs = pairs.iter().map(|(name, secret)| (name, secret));
        env_file(pairs).expose().to_owned()
    }

    #[test]
    fn the_reference_examples_come_out_the_same() {
        for (value, line) in [
            ("hello\nthere", r"foo=hello\nthere"),
            (r"hello\nthere", r"foo=hello\\nthere"),
            ("#$foo", "foo=#$foo"),
            ("你好 \"x\"", "foo=你好 \"x\""),
            (r"\#x", r"foo=\#x"),
            (r"\#{x}", r"foo=\\#{x}"),
            ("", "foo="),
            ("\u{1}\u{7f}\u{1b}", r"foo=\x01\x7F\e"),
        ] {
            assert_eq!(content(&[("foo", value)]), format!("{line}\n"));
        }
        assert_eq!(content(&[]), "\n");
    }

    #[test]
    fn the_last_value_of_a_name_takes_the_first_place() {
        assert_eq!(content(&[("A", "1"), ("B", "2"), ("A", "3")]), "A=3\nB=2\n");
    }

    /// The way Kamal does it: Ruby's `String#dump` over each run of ASCII, then two replacements.
    fn as_kamal(value: &str) -> String {
        let mut result = String::new();
        let mut rest = value;
        while let Some(first) = rest.chars().next() {
            let same = |character: char| character.is_ascii() == first.is_ascii();
            let end = rest
                .find(|character| !same(character))
                .unwrap_or(rest.len());
            let (run, behind) = rest.split_at(end);
            rest = behind;
            if first.is_ascii() {
                let dumped = ruby_dump(run);
                result.push_str(&dumped.replace("\\\"", "\"").replace("\\#", "#"));
            } else {
                result.push_str(run);
            }
        }
        result
    }

    fn ruby_dump(run: &str) -> String {
        let mut dumped = String::new();
        for (position, character) in run.char_indices() {
            let next = run[position + 1..].chars().next();
            match character {
                '"' | '\\' => dumped.extend(['\\', character]),
                '#' if matches!(next, Some('{' | '$' | '@')) => dumped.push_str("\\#"),
                '\n' => dumped.push_str("\\n"),
                '\r' => dumped.push_str("\\r"),
                '\t' => dumped.push_str("\\t"),
                '\x0C' => dumped.push_str("\\f"),
                '\x0B' => dumped.push_str("\\v"),
                '\x08' => dumped.push_str("\\b"),
                '\x07' => dumped.push_str("\\a"),
                '\x1B' => dumped.push_str("\\e"),
                ' '..='~' => dumped.push(character),
                _ => dumped.extend(format!("\\x{:02X}", u32::from(character)).chars()),
            }
        }
        dumped
    }

    proptest! {
        #[test]
        fn any_value_is_escaped_as_kamal_does(
            value in prop_oneof!["[\\\\#\"{$@ü\n\t\u{7f}a]{0,12}", "\\PC*", any::<String>()]
        ) {
            prop_assert_eq!(content(&[("K", &value)]), format!("K={}\n", as_kamal(&value)));
        }

        #[test]
        fn a_value_cannot_make_a_second_line(value in any::<String>()) {
            prop_assert_eq!(content(&[("K", &value)]).matches(['\n', '\r']).count(), 1);
        }
    }
}
