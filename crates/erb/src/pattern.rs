//! Regular expressions, from Ruby's spelling to that of the `regex` crate.

use std::fmt;

use regex::{Captures, Regex, RegexBuilder};

/// What a compiled expression may take, in bytes.
const MOST_COMPILED: usize = 1024 * 1024;
/// The longest expression.
const LONGEST: usize = 4096;

/// A regular expression. `^` and `$` stand at lines, and `\w`, `\d` and `\s` are those of ASCII, as in Ruby.
pub struct Pattern {
    source: String,
    compiled: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.compiled.as_str() == other.compiled.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a regular expression")
    }
}

impl Pattern {
    /// Compiles an expression with Ruby's flags `i`, `m` and `x`. The error says what is not supported.
    pub(crate) fn new(source: &str, flags: &str) -> Result<Self, String> {
        if source.len() > LONGEST {
            return Err(format!(
                "a regular expression may have {LONGEST} bytes at most"
            ));
        }
        if let Some(flag) = flags.chars().find(|flag| !"imx".contains(*flag)) {
            return Err(format!(
                "the flag `{flag}` of a regular expression is not supported"
            ));
        }
        let compiled = RegexBuilder::new(&translated(source)?)
            .multi_line(true)
            .case_insensitive(flags.contains('i'))
            .dot_matches_new_line(flags.contains('m'))
            .ignore_whitespace(flags.contains('x'))
            .size_limit(MOST_COMPILED)
            .build()
            .map_err(|_| "this regular expression is not supported".to_owned())?;
        Ok(Self {
            source: source.to_owned(),
            compiled,
        })
    }

    /// As it is written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }

    /// The byte at which the first match begins.
    pub(crate) fn position(&self, text: &str) -> Option<usize> {
        self.compiled.find(text).map(|found| found.start())
    }

    pub(crate) fn first<'text>(&self, text: &'text str) -> Option<Captures<'text>> {
        self.compiled.captures(text)
    }

    pub(crate) fn all<'pattern, 'text>(
        &'pattern self,
        text: &'text str,
    ) -> impl Iterator<Item = Captures<'text>> + use<'pattern, 'text> {
        // At the end of a text that ends with a line end no line begins.
        let no_line = self.source.starts_with('^') && text.ends_with('\n');
        let is_line = move |found: &Captures<'_>| {
            !no_line || found.get(0).is_none_or(|whole| whole.start() < text.len())
        };
        self.compiled.captures_iter(text).filter(is_line)
    }

    /// How many groups it has.
    pub(crate) fn groups(&self) -> usize {
        self.compiled.captures_len() - 1
    }

    /// The number of a named group.
    pub(crate) fn group(&self, name: &str) -> Option<usize> {
        self.compiled
            .capture_names()
            .position(|known| known == Some(name))
    }
}

/// The spelling of the `regex` crate.
fn translated(source: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut in_class = 0_usize;
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => out.push_str(&escape(rest.next(), in_class > 0)?),
            // Ruby's are of all languages.
            '[' if in_class > 0 && rest.peek() == Some(&':') => {
                return Err(
                    "named sets such as `[:alpha:]` are not supported; write `a-zA-Z`".to_owned(),
                );
            }
            '[' => {
                in_class += 1;
                out.push('[');
                if rest.peek() == Some(&'^') {
                    out.extend(rest.next());
                }
                // A bracket that stands first is one of the characters.
                if rest.peek() == Some(&']') {
                    rest.next();
                    out.push_str(r"\]");
                }
            }
            ']' if in_class > 0 => {
                in_class -= 1;
                out.push(']');
            }
            // Of these only `&&` means the same to both.
            '-' if in_class > 0 && rest.peek() == Some(&'-') => out.push_str(r"\-"),
            '~' if in_class > 0 => out.push_str(r"\~"),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn escape(character: Option<char>, in_class: bool) -> Result<String, String> {
    let Some(character) = character else {
        return Err("this regular expression ends with a backslash".to_owned());
    };
    let set = match character {
        'w' => "0-9A-Za-z_",
        'd' => "0-9",
        's' => r" \t\r\n\x0C\x0B",
        'h' => "0-9A-Fa-f",
        'W' => "^0-9A-Za-z_",
        'D' => "^0-9",
        'S' => r"^ \t\r\n\x0C\x0B",
        'H' => "^0-9A-Fa-f",
        _ => return outside_of_sets(character, in_class),
    };
    let is_negated = set.starts_with('^');
    Ok(if in_class && !is_negated {
        set.to_owned()
    } else {
        format!("[{set}]")
    })
}

fn outside_of_sets(character: char, in_class: bool) -> Result<String, String> {
    Ok(match character {
        'b' if in_class => r"\x08".to_owned(),
        'b' | 'B' => format!(r"(?-u:\{character})"),
        'A' => r"\A".to_owned(),
        'z' => r"\z".to_owned(),
        'Z' => r"(?:\n?\z)".to_owned(),
        'e' => r"\x1B".to_owned(),
        'n' | 't' | 'r' | 'f' | 'v' | 'a' | 'x' | 'u' => format!(r"\{character}"),
        '/' => "/".to_owned(),
        'p' | 'P' | 'R' | 'X' | 'K' | 'G' | 'k' | 'g' | '0'..='9' => {
            return Err(format!(
                r"`\{character}` is not supported in regular expressions"
            ));
        }
        other if other.is_ascii_punctuation() => format!(r"\{other}"),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ruby_spellings() {
        for (source, flags, text, matches) in [
            ("^b$", "", "a\nb\nc", true),
            (r"\Ab", "", "a\nb", false),
            (r"c\Z", "", "c\n", true),
            (r"c\z", "", "c\n", false),
            ("a.c", "", "a\nc", false),
            ("a.c", "m", "a\nc", true),
            (r"[^\w-]", "", "a-b_1", false),
            (r"[\w.]+@[\w.]+", "", "dev@shop.example", true),
            (r"\Aé\z", "i", "É", true),
            (r"\w", "", "é", false),
            (r"\h\H", "", "fg", true),
            ("[a:]b", "", ":b", true),
            ("[]a]", "", "]", true),
            ("a b # c", "x", "ab", true),
            (r"a\/b", "", "a/b", true),
            (r"\bweb\b", "", "a web b", true),
        ] {
            let pattern =
                Pattern::new(source, flags).unwrap_or_else(|error| panic!("{source}: {error}"));
            assert_eq!(pattern.matches(text), matches, "{source} on {text:?}");
        }
    }

    #[test]
    fn what_is_not_supported() {
        for source in [
            "a(?=b)",
            r"(a)\1",
            r"\p{L}",
            "(",
            "[[:alpha:]]",
            r"a\",
            "a{1,99999}{1,99999}",
        ] {
            assert!(Pattern::new(source, "").is_err(), "{source}");
        }
        assert!(Pattern::new("a", "o").is_err());
    }
}
