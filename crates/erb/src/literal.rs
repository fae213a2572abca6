//! Texts in quotes, backticks and `%x(…)`.

use crate::{
    lexer::Lexer,
    mistake::Mistake,
    token::{Part, TokenKind},
};

/// A text in the quotes the lexer stands at.
pub(crate) fn quoted(lexer: &mut Lexer<'_>) -> Result<TokenKind, Mistake> {
    let quote = lexer.next().unwrap_or('"');
    let parts = body(lexer, Delimiters::same(quote), quote != '\'')?;
    Ok(if quote == '`' {
        TokenKind::Command(parts)
    } else {
        TokenKind::String(parts)
    })
}

/// Whether a `%` begins a literal such as `%w[…]` rather than a division.
pub(crate) fn opens_percent(rest: &str, continues: bool, spaced: bool) -> bool {
    let mut behind = rest.chars().skip(1);
    let (kind, bracket) = (behind.next(), behind.next());
    let is_bracket = |character: Option<char>| character.is_some_and(|c| "([{<|!/".contains(c));
    match kind {
        Some('w' | 'W' | 'i' | 'x' | 'q' | 'Q') => is_bracket(bracket) && (!continues || spaced),
        _ => is_bracket(kind) && !continues,
    }
}

/// `%x(…)`, `%w[…]`, `%i[…]`, `%q(…)`, `%Q(…)` or `%(…)`.
pub(crate) fn percent(lexer: &mut Lexer<'_>) -> Result<TokenKind, Mistake> {
    lexer.next();
    let kind = lexer.peek().filter(char::is_ascii_alphabetic);
    if kind.is_some() {
        lexer.next();
    }
    let open = lexer.next().unwrap_or('(');
    let interpolates = !matches!(kind, Some('q' | 'w' | 'i'));
    let parts = body(lexer, Delimiters::around(open), interpolates)?;
    Ok(match kind {
        Some('x') => TokenKind::Command(parts),
        Some('w' | 'W' | 'i') => TokenKind::Words {
            words: plain(&parts)
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            symbols: kind == Some('i'),
        },
        _ => TokenKind::String(parts),
    })
}

/// The text when nothing in it is interpolated.
pub(crate) fn plain(parts: &[Part]) -> Option<String> {
    match parts {
        [] => Some(String::new()),
        [Part::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Delimiters {
    open: char,
    close: char,
}

impl Delimiters {
    fn same(quote: char) -> Self {
        Self {
            open: quote,
            close: quote,
        }
    }

    fn around(open: char) -> Self {
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            other => other,
        };
        Self { open, close }
    }
}

/// The parts up to the closing delimiter, which is taken too. Brackets may be nested.
fn body(
    lexer: &mut Lexer<'_>,
    delimiters: Delimiters,
    interpolates: bool,
) -> Result<Vec<Part>, Mistake> {
    let start = lexer.at.saturating_sub(delimiters.open.len_utf8());
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut nested = 0_usize;
    while let Some(character) = lexer.next() {
        match character {
            '\\' if interpolates => text.extend(escape(lexer)?),
            '\\' => text.push_str(&single_escape(lexer, delimiters)),
            '#' if interpolates && lexer.peek() == Some('{') => {
                if !text.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut text)));
                }
                let open = lexer.at - 1;
                lexer.next();
                let tokens = lexer.interpolation(open)?;
                parts.push(Part::Code(tokens, open..lexer.at));
            }
            _ if character == delimiters.close && nested == 0 => {
                if !text.is_empty() {
                    parts.push(Part::Literal(text));
                }
                return Ok(parts);
            }
            _ => {
                if character == delimiters.close {
                    nested -= 1;
                } else if character == delimiters.open {
                    nested += 1;
                }
                text.push(character);
            }
        }
    }
    let close = delimiters.close;
    Err(
        Mistake::not_understood(&(start..start + 1), "this text is not closed")
            .help(format!("end it with `{close}` before the tag ends")),
    )
}

/// What a backslash and what follows stand for between double quotes; nothing for an escaped line end.
fn escape(lexer: &mut Lexer<'_>) -> Result<Option<char>, Mistake> {
    let start = lexer.at - 1;
    let Some(character) = lexer.next() else {
        return Ok(None);
    };
    Ok(Some(match character {
        '\n' => return Ok(None),
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        's' => ' ',
        'e' => '\u{1b}',
        '0' => '\0',
        'u' => return unicode(lexer, start).map(Some),
        'x' | 'M' | 'C' | 'c' => {
            return Err(Mistake::not_understood(
                &(start..lexer.at),
                "this escape is not supported",
            )
            .help("write the character itself, or `\\u` with four hexadecimal digits"));
        }
        other => other,
    }))
}

/// `\u00e9` or `\u{e9}`.
fn unicode(lexer: &mut Lexer<'_>, start: usize) -> Result<char, Mistake> {
    let rest = lexer.rest();
    let (digits, length) = match rest.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}').unwrap_or(0);
            (&braced[..end], end + 2)
        }
        None => (rest.get(..4).unwrap_or_default(), 4),
    };
    let character = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    character.inspect(|_| lexer.at += length).ok_or_else(|| {
        Mistake::wrong(&(start..lexer.at), "invalid Unicode escape")
            .help("write `\\u` with four hexadecimal digits, such as `\\u00e9`")
    })
}

/// Between single quotes a backslash escapes only itself and the delimiters.
fn single_escape(lexer: &mut Lexer<'_>, delimiters: Delimiters) -> String {
    match lexer.peek() {
        Some(next) if next == '\\' || next == delimiters.close || next == delimiters.open => {
            lexer.next();
            next.to_string()
        }
        _ => "\\".to_owned(),
    }
}
