//! Takes secrets out of text that came from elsewhere: a program's output, a server's error.

use crate::{REDACTED, Secret};

/// Secrets shorter than this are not looked for: replacing every `1` or `ok` would ruin the text and hide
/// nothing, since such a value can be guessed.
const SHORTEST: usize = 4;

/// The same for the lines of a secret of several: `}` and `else` are in every text.
const SHORTEST_LINE: usize = 8;

/// Knows the secrets of a run and replaces them in any text that is about to be shown.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Longest first, so that a secret that contains another goes as a whole.
    secrets: Vec<Secret>,
}

impl Redactor {
    /// A filter for these secrets. A secret of several lines is also looked for line by line, because output
    /// is read by lines; one with quotes, backslashes or control characters also in the spellings in which
    /// programs and env files write it.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut parts: Vec<Secret> = secrets.into_iter().flat_map(spellings).collect();
        parts.sort_unstable_by(|one, other| {
            let (one, other) = (one.expose(), other.expose());
            other.len().cmp(&one.len()).then(one.cmp(other))
        });
        parts.dedup();
        Self { secrets: parts }
    }

    /// `text` with every known secret replaced.
    pub fn redact(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in &self.secrets {
            if shown.contains(secret.expose()) {
                shown = shown.replace(secret.expose(), REDACTED);
            }
        }
        shown
    }
}

/// The ways in which a secret may stand in a text.
fn spellings(secret: &Secret) -> Vec<Secret> {
    let text = secret.expose();
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let lines = text.lines().map(str::trim);
    let mut all: Vec<Secret> = lines
        .filter(|line| line.len() >= SHORTEST_LINE)
        .map(Secret::new)
        .chain([secret.clone(), Secret::new(text.trim())])
        .collect();
    // Env files write line ends and backslashes with a backslash; JSON and the errors of many programs also
    // double quotes.
    all.push(escaped(text, &[]));
    all.push(escaped(text, &['"']));
    // A shell's way to write a quote inside quotes.
    all.push(Secret::new(text.replace('\'', r"'\''")));
    all
}

/// `text` with a backslash before every backslash and each of `quotes`, and for control characters.
fn escaped(text: &str, quotes: &[char]) -> Secret {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str(r"\n"),
            '\r' => escaped.push_str(r"\r"),
            '\t' => escaped.push_str(r"\t"),
            '\\' => escaped.push_str(r"\\"),
            quote if quotes.contains(&quote) => escaped.extend(['\\', quote]),
            plain => escaped.push(plain),
        }
    }
    Secret::new(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_vanish_and_the_rest_stays() {
        let redactor = Redactor::new(&[Secret::new("p$w\"x"), Secret::new("p$w\"x and more")]);
        assert_eq!(
            redactor.redact("a p$w\"x and more b p$w\"x c"),
            "a [REDACTED] b [REDACTED] c"
        );
    }

    #[test]
    fn a_key_of_many_lines_is_found_line_by_line() {
        let redactor = Redactor::new(&[Secret::new("-----BEGIN\nQUJDREVG\nline\n-----END\n")]);
        assert_eq!(redactor.redact("line QUJDREVG"), "line [REDACTED]");
    }

    #[test]
    fn a_secret_is_found_as_env_files_json_and_shells_write_it() {
        let redactor = Redactor::new(&[Secret::new("p\\a\"s's\n\tend of it")]);
        for text in [
            r#"PW=p\\a"s's\n\tend of it"#,
            r#"{"pw":"p\\a\"s's\n\tend of it"}"#,
            "echo 'p\\a\"s'\\''s\n\tend of it'",
        ] {
            let shown = redactor.redact(text);
            assert!(!shown.contains("s's") && !shown.contains("end"), "{shown}");
        }
    }

    #[test]
    fn a_secret_too_short_to_hide_leaves_the_text_alone() {
        assert_eq!(
            Redactor::new(&[Secret::new("1")]).redact("step 1"),
            "step 1"
        );
    }
}
