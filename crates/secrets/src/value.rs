//! Takes the quotes and backslashes off a value (secrets-and-hooks §2.2, steps 1 to 4).

/// A value whose quotes are taken off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unquoted {
    /// It stood in single quotes and means what it says.
    Literal(String),
    /// Commands and variables in it are still to be replaced.
    Open(String),
}

/// What stood around a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// `breaks_lines` says that `\n` and `\r` in double quotes are line ends, dotenv's older reading.
pub(crate) fn unquote(written: &str, breaks_lines: bool) -> Unquoted {
    let (quote, text) = split_quotes(trim(written));
    match quote {
        Quote::Single => Unquoted::Literal(text.to_owned()),
        Quote::None => Unquoted::Open(without_backslashes(text)),
        Quote::Double => {
            let [newline, carriage_return] = if breaks_lines {
                ["\n", "\r"]
            } else {
                // Of two backslashes the next step leaves one.
                [r"\\n", r"\\r"]
            };
            let text = text.replace(r"\n", newline).replace(r"\r", carriage_return);
            Unquoted::Open(without_backslashes(&text))
        }
    }
}

/// Ruby's idea of white space at the ends of a text.
fn trim(text: &str) -> &str {
    text.trim_matches(|character| {
        matches!(character, '\0' | '\t' | '\n' | '\x0B' | '\x0C' | '\r' | ' ')
    })
}

fn split_quotes(text: &str) -> (Quote, &str) {
    let within = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(text) = within('\'') {
        (Quote::Single, text)
    } else if let Some(text) = within('"') {
        (Quote::Double, text)
    } else {
        (Quote::None, text)
    }
}

/// Drops each backslash that has a character other than `$` behind it, and keeps that character.
fn without_backslashes(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(&next) if character == '\\' && next != '$' => {
                result.push(next);
                characters.next();
            }
            _ => result.push(character),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn open(written: &str) -> String {
        match unquote(written, false) {
            Unquoted::Open(text) => text,
            Unquoted::Literal(text) => panic!("{text} is literal"),
        }
    }

    #[test]
    fn only_a_pair_of_quotes_around_the_whole_is_taken_off() {
        for (written, read) in [
            ("  spaced value   ", "spaced value"),
            (r#"un"q"mid"#, r#"un"q"mid"#),
            ("'a'b", "'a'b"),
            (r#""a" b"#, r#""a" b"#),
            (r#""a"b""#, r#"a"b"#),
            (r#""open"#, r#""open"#),
            ("\"", "\""),
            (r"back\\slash\n", r"back\slashn"),
            (r"trailing\", r"trailing\"),
            (r#""dq \n \t \" x""#, r#"dq \n t " x"#),
            (r"x\$y", r"x\$y"),
        ] {
            assert_eq!(open(written), read, "{written}");
        }
    }

    #[test]
    fn the_older_reading_breaks_lines() {
        assert_eq!(
            unquote(r#""a\nb\rc""#, true),
            Unquoted::Open("a\nb\rc".into())
        );
        assert_eq!(unquote(r"a\nb", true), Unquoted::Open("anb".into()));
    }

    proptest! {
        #[test]
        fn single_quotes_keep_everything(text in "\\PC*") {
            let written = format!("'{text}'");
            prop_assert_eq!(unquote(&written, false), Unquoted::Literal(text));
        }
    }
}
