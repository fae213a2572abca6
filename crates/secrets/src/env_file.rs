//! The file that hands secrets to a container (secrets-and-hooks §7).

use dhow_names::SecretName;
use dhow_redaction::Secret;
use indexmap::IndexMap;

/// The most bytes that Docker's command line reads as one line of an env file.
const LONGEST_LINE: usize = 65_535;

/// How values are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvFileForm {
    /// As Kamal does it (secrets-and-hooks §7): a line end becomes `\n`, a backslash is doubled. Docker does not
    /// undo that, so such a value reaches the process changed.
    #[default]
    Kamal,
    /// As they are. A value that cannot be written so is an error.
    Literal,
}

/// A file for `docker run --env-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// A line `NAME=value` for each name; one line end when there is none.
    pub content: Secret,
    /// The names whose values reach the process changed.
    pub changed: Vec<SecretName>,
}

/// A secret that no env file can bring to a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {obstacle}")]
pub struct Undeliverable {
    /// The variable in the container.
    pub name: SecretName,
    /// Why.
    pub obstacle: Obstacle,
}

/// Why a value does not fit into an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A line of the file is a variable.
    #[error("has a line break, and Docker's env files have one line per variable")]
    LineBreak,
    /// Docker takes it for a part of the line's end.
    #[error("ends in a carriage return, which Docker drops from lines of env files")]
    CarriageReturn,
    /// The system's own limit.
    #[error("has a NUL character, which no environment variable can hold")]
    Nul,
    /// Docker reads no longer lines.
    #[error(
        "makes a line of {0} bytes, and Docker reads env files in lines of at most {LONGEST_LINE}"
    )]
    TooLong(usize),
}

impl Obstacle {
    /// What to do instead.
    pub fn alternative(self) -> &'static str {
        match self {
            Self::LineBreak | Self::CarriageReturn | Self::Nul => {
                "encode the value in the secrets file, such as KEY=\"$(base64 < FILE | tr -d '\\n')\", and decode \
                 it in the app"
            }
            Self::TooLong(_) => {
                "put the value into a file on the hosts and mount that with `volumes`, or let the app fetch it"
            }
        }
    }
}

/// Writes names with their values, in the order the names first appear, each with its last value. All values
/// that do not fit are told.
pub fn env_file<'a>(
    pairs: impl IntoIterator<Item = (&'a SecretName, &'a Secret)>,
    form: EnvFileForm,
) -> Result<EnvFile, Vec<Undeliverable>> {
    let last: IndexMap<&SecretName, &Secret> = pairs.into_iter().collect();
    let (mut content, mut changed, mut undeliverable) = (String::new(), Vec::new(), Vec::new());
    for (name, secret) in last {
        let value = secret.expose();
        let start = content.len();
        content.push_str(name.as_str());
        content.push('=');
        let value_start = content.len();
        match form {
            EnvFileForm::Kamal => escape(value, &mut content),
            EnvFileForm::Literal => content.push_str(value),
        }
        let length = content.len() - start;
        if let Some(obstacle) = obstacle(&content[value_start..], length) {
            let name = name.clone();
            undeliverable.push(Undeliverable { name, obstacle });
        } else if content[value_start..] != *value {
            changed.push(name.clone());
        }
        content.push('\n');
    }
    if content.is_empty() {
        content.push('\n');
    }
    let content = Secret::new(content);
    if undeliverable.is_empty() {
        Ok(EnvFile { content, changed })
    } else {
        Err(undeliverable)
    }
}

/// What keeps a written value from arriving.
fn obstacle(written: &str, line: usize) -> Option<Obstacle> {
    if written.contains('\0') {
        Some(Obstacle::Nul)
    } else if written.contains('\n') {
        Some(Obstacle::LineBreak)
    } else if written.ends_with('\r') {
        Some(Obstacle::CarriageReturn)
    } else if line > LONGEST_LINE {
        Some(Obstacle::TooLong(line))
    } else {
        None
    }
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

    fn write(pairs: &[(&str, &str)], form: EnvFileForm) -> Result<EnvFile, Vec<Undeliverable>> {
        let pairs: Vec<(SecretName, Secret)> = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), Secret::new(*value)))
            .collect();
        env_file(pairs.iter().map(|(name, secret)| (name, secret)), form)
    }

    fn content(pairs: &[(&str, &str)]) -> String {
        let file = write(pairs, EnvFileForm::Kamal).unwrap();
        file.content.expose().to_owned()
    }

    /// The line that a value makes, or what keeps it from being one.
    fn literally(value: &str) -> Result<String, String> {
        match write(&[("K", value)], EnvFileForm::Literal) {
            Ok(file) => {
                assert_eq!(file.changed, []);
                Ok(file.content.expose().to_owned())
            }
            Err(told) => Err(told[0].to_string()),
        }
    }

    #[test]
    fn a_literal_value_is_written_as_it_is_or_refused() {
        for value in ["", " a \t", r"p\a\\n", "#x=$y `z` \"q\" 'ü'", "a\rb\u{1b}"] {
            assert_eq!(literally(value), Ok(format!("K={value}\n")));
        }
        let refused = ["a\nb", "a\r\n", "a\r", "a\0b"].map(|value| literally(value).unwrap_err());
        insta::assert_snapshot!(refused.join("\n"), @"
        K has a line break, and Docker's env files have one line per variable
        K has a line break, and Docker's env files have one line per variable
        K ends in a carriage return, which Docker drops from lines of env files
        K has a NUL character, which no environment variable can hold
        ");
        let both = write(
            &[("A", "\n"), ("B", "x"), ("C", "\n")],
            EnvFileForm::Literal,
        );
        assert_eq!(both.unwrap_err().len(), 2, "all are told");
    }

    #[test]
    fn a_line_is_as_long_as_docker_reads_it() {
        for form in [EnvFileForm::Kamal, EnvFileForm::Literal] {
            let longest = "x".repeat(LONGEST_LINE - 2);
            assert!(write(&[("K", &longest)], form).is_ok());
            let told = write(&[("K", &format!("{longest}x"))], form).unwrap_err();
            assert_eq!(
                told[0].to_string(),
                "K makes a line of 65536 bytes, and Docker reads env files in lines of at most 65535"
            );
        }
        let grown = write(&[("K", &"\\".repeat(40_000))], EnvFileForm::Kamal);
        assert_eq!(grown.unwrap_err()[0].obstacle, Obstacle::TooLong(80_002));
    }

    #[test]
    fn values_that_reach_the_process_changed_are_named() {
        let pairs = [
            ("A", "plain"),
            ("B", "l1\nl2"),
            ("C", r"p\a"),
            ("D", r"\#x"),
            ("B", "x"),
        ];
        let changed = |pairs| write(pairs, EnvFileForm::Kamal).unwrap().changed;
        let names: Vec<String> = changed(&pairs).iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            ["C"],
            "the last value counts, and `\\#` stays as it is"
        );
        assert_eq!(changed(&pairs[..4]).len(), 2);
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
            if let Ok(line) = literally(&value) {
                prop_assert_eq!(line.matches('\n').count(), 1);
                prop_assert_eq!(line.lines().collect::<Vec<_>>(), [format!("K={value}")]);
            }
        }
    }
}
