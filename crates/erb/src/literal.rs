//! Texts in quotes, backticks and `%x(…)`.

use crate::{
    lexer::Lexer,
    mistake::Mistake,
    token::{Part, TokenKind},
};

/// A text in the quotes the lexer stands at.
pub(crate) fn quoted(lexer: &mut Lexer<'_>) -> Result<TokenKind, Mistake> {
    let quote = lexer.next().unwrap_or('"');
    let parts = body(lexer, Delimiters::same(quote), Escapes::of(quote != '\''))?;
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
        Some('w' | 'W' | 'i' | 'I' | 'x' | 'q' | 'Q' | 'r' | 's') => {
            is_bracket(bracket) && (!continues || spaced)
        }
        _ => is_bracket(kind) && !continues,
    }
}

/// `%x(…)`, `%w[…]`, `%i[…]`, `%q(…)`, `%Q(…)`, `%r{…}`, `%s(…)` or `%(…)`.
pub(crate) fn percent(lexer: &mut Lexer<'_>) -> Result<TokenKind, Mistake> {
    let start = lexer.at;
    lexer.next();
    let kind = lexer.peek().filter(char::is_ascii_alphabetic);
    if kind.is_some() {
        lexer.next();
    }
    let open = lexer.next().unwrap_or('(');
    let delimiters = Delimiters::around(open);
    match kind {
        Some('w' | 'W' | 'i' | 'I') => {
            let symbols = matches!(kind, Some('i' | 'I'));
            let escapes = if matches!(kind, Some('W' | 'I')) {
                Escapes::Kept
            } else {
                Escapes::KeptOnly
            };
            return words(lexer, delimiters, escapes, symbols, start);
        }
        Some('r') => return expression(lexer, delimiters),
        _ => {}
    }
    let interpolates = !matches!(kind, Some('q' | 's'));
    let parts = body(lexer, delimiters, Escapes::of(interpolates))?;
    Ok(match kind {
        Some('x') => TokenKind::Command(parts),
        Some('s') => TokenKind::Symbol(plain(&parts).unwrap_or_default()),
        _ => TokenKind::String(parts),
    })
}

/// `/…/`, which the lexer stands at.
pub(crate) fn pattern(lexer: &mut Lexer<'_>) -> Result<TokenKind, Mistake> {
    lexer.next();
    expression(lexer, Delimiters::same('/'))
}

fn expression(lexer: &mut Lexer<'_>, delimiters: Delimiters) -> Result<TokenKind, Mistake> {
    let parts = body(lexer, delimiters, Escapes::Kept)?;
    let mut flags = String::new();
    while let Some(flag) = lexer.peek().filter(char::is_ascii_alphabetic) {
        lexer.next();
        flags.push(flag);
    }
    Ok(TokenKind::Pattern(parts, flags))
}

/// Words between white space; a backslash keeps a space in its word.
fn words(
    lexer: &mut Lexer<'_>,
    delimiters: Delimiters,
    escapes: Escapes,
    symbols: bool,
    start: usize,
) -> Result<TokenKind, Mistake> {
    let parts = body(lexer, delimiters, escapes)?;
    let Some(text) = plain(&parts) else {
        return Err(Mistake::not_understood(
            &(start..lexer.at),
            "interpolation is not supported in such a list of words",
        )
        .help("write a list: `[\"one\", \"two#{three}\"]`"));
    };
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character.is_ascii_whitespace() {
            words.extend(word.take());
        } else {
            let behind = if character == '\\' {
                characters.next()
            } else {
                None
            };
            let is_mark = |one: char| {
                one.is_ascii_whitespace()
                    || one == '\\'
                    || one == delimiters.open
                    || one == delimiters.close
            };
            let into = word.get_or_insert_default();
            match behind {
                Some(one) if is_mark(one) => into.push(one),
                Some(one) => into.extend(['\\', one]),
                None => into.push(character),
            }
        }
    }
    words.extend(word);
    Ok(TokenKind::Words { words, symbols })
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

/// What a backslash does in a literal.
#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    /// It writes line ends and the like, and there is interpolation.
    All,
    /// It escapes itself and the delimiters only.
    Single,
    /// It stays with what follows, for a reader of its own; there is interpolation.
    Kept,
    /// The same without interpolation.
    KeptOnly,
}

impl Escapes {
    fn of(interpolates: bool) -> Self {
        if interpolates {
            Self::All
        } else {
            Self::Single
        }
    }
}

/// The parts up to the closing delimiter, which is taken too. Brackets may be nested.
fn body(
    lexer: &mut Lexer<'_>,
    delimiters: Delimiters,
    escapes: Escapes,
) -> Result<Vec<Part>, Mistake> {
    let start = lexer.at.saturating_sub(delimiters.open.len_utf8());
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut nested = 0_usize;
    while let Some(character) = lexer.next() {
        match character {
            '\\' => match escapes {
                Escapes::All => escape(lexer, &mut text)?,
                Escapes::Single => text.push_str(&single_escape(lexer, delimiters)),
                Escapes::Kept | Escapes::KeptOnly => {
                    text.push('\\');
                    text.extend(lexer.next());
                }
            },
            '#' if matches!(escapes, Escapes::All | Escapes::Kept) && lexer.peek() == Some('{') => {
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
fn escape(lexer: &mut Lexer<'_>, text: &mut String) -> Result<(), Mistake> {
    let start = lexer.at - 1;
    let Some(character) = lexer.next() else {
        return Ok(());
    };
    text.push(match character {
        '\n' => return Ok(()),
        'u' => return unicode(lexer, start, text),
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        's' => ' ',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'e' => '\u{1b}',
        '0'..='7' => by_number(lexer, start, 8, 3, lexer.at - 1)?,
        'x' => by_number(lexer, start, 16, 2, lexer.at)?,
        'M' | 'C' | 'c' => return Err(no_escape(start..lexer.at)),
        other => other,
    });
    Ok(())
}

fn no_escape(range: std::ops::Range<usize>) -> Mistake {
    Mistake::not_understood(&range, "this escape is not supported")
        .help("write the character itself, or `\\u` with four hexadecimal digits")
}

/// `\101` or `\x41`, whose digits begin at `from`. Beyond ASCII it would be a part of a character.
fn by_number(
    lexer: &mut Lexer<'_>,
    start: usize,
    base: u32,
    most: usize,
    from: usize,
) -> Result<char, Mistake> {
    let digits = lexer.source[from..lexer.end].bytes().take(most);
    let length = digits
        .take_while(|byte| char::from(*byte).is_digit(base))
        .count();
    lexer.at = from + length;
    u8::from_str_radix(&lexer.source[from..lexer.at], base)
        .ok()
        .filter(u8::is_ascii)
        .map(char::from)
        .ok_or_else(|| no_escape(start..lexer.at))
}

/// `\u00e9` or `\u{e9 ea}`.
fn unicode(lexer: &mut Lexer<'_>, start: usize, text: &mut String) -> Result<(), Mistake> {
    let rest = lexer.rest();
    let (digits, length) = match rest.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}').unwrap_or(0);
            (&braced[..end], end + 2)
        }
        None => (rest.get(..4).unwrap_or_default(), 4),
    };
    let characters: Option<String> = digits
        .split(' ')
        .filter(|one| !one.is_empty() || digits.is_empty())
        .map(|one| u32::from_str_radix(one, 16).ok().and_then(char::from_u32))
        .collect();
    let Some(characters) = characters else {
        return Err(Mistake::wrong(&(start..lexer.at), "invalid Unicode escape")
            .help("write `\\u` with four hexadecimal digits, such as `\\u00e9`"));
    };
    lexer.at += length;
    text.push_str(&characters);
    Ok(())
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
