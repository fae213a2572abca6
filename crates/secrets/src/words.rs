//! Cuts a text into words as Ruby's `Shellwords` does, and writes a text so that it is cut into itself.
//!
//! Kamal reads `$(kamal secrets …)` with these rules (secrets-and-hooks §3.1). They differ from a shell's,
//! and from those of the crates for it, in that nothing is a comment or an operator.

use dhow_redaction::Secret;

/// A quote that is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quote is never closed")]
pub struct OpenQuote;

/// What stands around the character that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Single,
    Double,
}

/// The words of a text.
pub fn split(text: &str) -> Result<Vec<String>, OpenQuote> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut within = Within::Nothing;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (within, character) {
            (Within::Nothing, space) if space.is_ascii_whitespace() => words.extend(word.take()),
            (Within::Nothing | Within::Single, '\'') | (Within::Nothing | Within::Double, '"') => {
                word.get_or_insert_default();
                within = turned(within, character);
            }
            (Within::Nothing, '\\') => match characters.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => word.get_or_insert_default().push('\\'),
            },
            (Within::Double, '\\') => match characters.next() {
                Some(next @ ('$' | '`' | '"' | '\\' | '\n')) => {
                    word.get_or_insert_default().push(next);
                }
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => return Err(OpenQuote),
            },
            (_, plain) => word.get_or_insert_default().push(plain),
        }
    }
    if within != Within::Nothing {
        return Err(OpenQuote);
    }
    words.extend(word);
    Ok(words)
}

fn turned(within: Within, quote: char) -> Within {
    match (within, quote) {
        (Within::Nothing, '\'') => Within::Single,
        (Within::Nothing, _) => Within::Double,
        _ => Within::Nothing,
    }
}

/// The text with a backslash before every character that could mean something, and its line ends in quotes.
pub(crate) fn escape(text: &Secret) -> Secret {
    let mut escaped = String::with_capacity(text.expose().len() * 2);
    for character in text.expose().chars() {
        match character {
            '\n' => escaped.push_str("'\n'"),
            plain if plain.is_ascii_alphanumeric() || "_-.,:+/@".contains(plain) => {
                escaped.push(plain);
            }
            special => escaped.extend(['\\', special]),
        }
    }
    if escaped.is_empty() {
        escaped.push_str("''");
    }
    Secret::new(escaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_cut_as_ruby_cuts_them() {
        for (text, words) in [
            ("a  b\tc\n", vec!["a", "b", "c"]),
            ("a'b c'\"d e\"f", vec!["ab cd ef"]),
            ("'' \"\"", vec!["", ""]),
            (r"a\ b \'", vec!["a b", "'"]),
            (r#""a\"b\n\\ \$""#, vec![r#"a"b\n\ $"#]),
            (r"'a\'", vec![r"a\"]),
            ("a | b # c", vec!["a", "|", "b", "#", "c"]),
            ("", vec![]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        for open in ["'a", "\"a", "a \"b\\", "a'"] {
            assert_eq!(split(open), Err(OpenQuote), "{open}");
        }
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        let escaped = escape(&Secret::new("a_-.,:+/@Z9 {\"é\"}\n$"));
        assert_eq!(escaped.expose(), "a_-.,:+/@Z9\\ \\{\\\"\\é\\\"\\}'\n'\\$");
        assert_eq!(escape(&Secret::new("")).expose(), "''");
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_one_word_again(text in any::<String>()) {
            let escaped = escape(&Secret::new(text.as_str()));
            prop_assert_eq!(split(escaped.expose()), Ok(vec![text]));
        }
    }
}
