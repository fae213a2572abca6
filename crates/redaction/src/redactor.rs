//! Takes secrets out of text that came from elsewhere: a program's output, a server's error.

use crate::{REDACTED, Secret};

/// Secrets shorter than this are not looked for: replacing every `1` or `ok` would ruin the text and hide
/// nothing, since such a value can be guessed.
const SHORTEST: usize = 4;

/// Knows the secrets of a run and replaces them in any text that is about to be shown.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Longest first, so that a secret that contains another goes as a whole.
    secrets: Vec<Secret>,
}

impl Redactor {
    /// A filter for these secrets. A secret of several lines is also looked for line by line, because output
    /// is read by lines.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut parts: Vec<&str> = Vec::new();
        for secret in secrets {
            parts.push(secret.expose());
            parts.extend(secret.expose().lines().map(str::trim));
        }
        parts.retain(|part| part.len() >= SHORTEST);
        parts.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        parts.dedup();
        Self {
            secrets: parts.into_iter().map(Secret::new).collect(),
        }
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
        let redactor = Redactor::new(&[Secret::new("-----BEGIN\nQUJDREVG\n-----END")]);
        assert_eq!(redactor.redact("got QUJDREVG"), "got [REDACTED]");
    }

    #[test]
    fn a_secret_too_short_to_hide_leaves_the_text_alone() {
        assert_eq!(
            Redactor::new(&[Secret::new("1")]).redact("step 1"),
            "step 1"
        );
    }
}
