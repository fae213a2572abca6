//! The two ways a text becomes a shell word.

use std::fmt::Write as _;

/// The text as one word of a POSIX shell, in which nothing is expanded: bare where every character is
/// harmless, in single quotes otherwise.
pub fn quote(text: &str) -> String {
    let harmless = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                '@' | '%' | '+' | '=' | ':' | ',' | '.' | '/' | '_' | '-'
            )
    };
    if !text.is_empty() && text.chars().all(harmless) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The text as Kamal writes a value of the deploy file: each run of ASCII in double quotes with `${NAME}`
/// left alive for the host's shell, everything else bare (host-commands §1.3). An empty text becomes an
/// empty word in quotes, where Kamal leaves the word out and so lets the next one take its place.
pub fn expanding(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let mut word = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest
            .find(|character: char| !character.is_ascii())
            .unwrap_or(rest.len());
        if ascii > 0 {
            quote_ascii_run(&rest[..ascii], &mut word);
        }
        rest = &rest[ascii..];
        let other = rest
            .find(|character: char| character.is_ascii())
            .unwrap_or(rest.len());
        word.push_str(&rest[..other]);
        rest = &rest[other..];
    }
    word
}

fn quote_ascii_run(run: &str, word: &mut String) {
    word.push('"');
    for (at, character) in run.char_indices() {
        let rest = &run[at..];
        match character {
            '"' | '\\' | '`' => {
                word.push('\\');
                word.push(character);
            }
            '$' if !begins_expansion(rest) => word.push_str("\\$"),
            '#' if rest[1..].starts_with(['{', '$', '@']) => word.push_str("\\#"),
            '\n' => word.push_str("\\n"),
            '\r' => word.push_str("\\r"),
            '\t' => word.push_str("\\t"),
            '\u{c}' => word.push_str("\\f"),
            '\u{b}' => word.push_str("\\v"),
            '\u{8}' => word.push_str("\\b"),
            '\u{7}' => word.push_str("\\a"),
            '\u{1b}' => word.push_str("\\e"),
            control if control.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(word, "\\x{:02X}", u32::from(control));
            }
            plain => word.push(plain),
        }
    }
    word.push('"');
}

/// Whether the text starts with `${…}`, the one thing that stays alive.
fn begins_expansion(text: &str) -> bool {
    text.strip_prefix("${")
        .is_some_and(|rest| rest.contains('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line::tests::sh;
    use proptest::prelude::*;

    #[test]
    fn harmless_words_stay_bare() {
        assert_eq!(quote("ghcr.io/acme/shop:1.2"), "ghcr.io/acme/shop:1.2");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's"), "'it'\\''s'");
    }

    #[test]
    fn kamals_quoting_is_followed() {
        assert_eq!(expanding("p$w\"x`y"), "\"p\\$w\\\"x\\`y\"");
        assert_eq!(expanding("é x"), "é\" x\"");
        assert_eq!(expanding("${HOME}/data $x"), "\"${HOME}/data \\$x\"");
        assert_eq!(expanding("a\nb\te#{x}"), "\"a\\nb\\te\\#{x}\"");
    }

    proptest! {
        #[test]
        fn a_shell_reads_the_quoted_word_back(text in "[^\\x00]{0,40}") {
            prop_assert_eq!(sh(&format!("printf %s {}", quote(&text))), text);
        }

        #[test]
        fn a_shell_reads_printable_values_back(text in "[ !-\"%-\\[\\]-~é✓]{1,40}") {
            // Without `$`, `#` and `\\`, whose escapes are Kamal's and partly reach the container.
            let text = text.replace('#', "");
            prop_assume!(!text.is_empty());
            prop_assert_eq!(sh(&format!("printf %s {}", expanding(&text))), text);
        }

        #[test]
        fn a_value_never_runs_a_command(text in "[$`()a-z{} ]{1,20}") {
            let text = text.replace("${", "");
            prop_assume!(!text.is_empty());
            prop_assert_eq!(sh(&format!("printf %s {}", expanding(&text))), text);
        }
    }
}
