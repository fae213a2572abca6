//! Numbers that are written in texts.

use std::ops::Range;

use crate::mistake::{Mistake, MistakeKind};

/// The number at the beginning of a text, 0 without one.
pub(super) fn leading_integer(text: &str, base: u32, range: &Range<usize>) -> Result<i64, Mistake> {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let prefix = match base {
        16 => ["0x", "0X"],
        8 => ["0o", "0O"],
        2 => ["0b", "0B"],
        _ => ["", ""],
    };
    let digits = unsigned
        .strip_prefix(prefix[0])
        .or_else(|| unsigned.strip_prefix(prefix[1]));
    let digits = taken(digits.unwrap_or(unsigned), |one| one.is_digit(base));
    let sign = if text.starts_with('-') { "-" } else { "" };
    if digits.is_empty() {
        return Ok(0);
    }
    i64::from_str_radix(&format!("{sign}{digits}"), base).map_err(|_| {
        Mistake::new(MistakeKind::Limit, range, "the number is too large").help("leave it a text")
    })
}

/// Digits with single underscores between them, without those.
fn taken(text: &str, fits: impl Fn(char) -> bool) -> String {
    let mut digits = String::new();
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        let is_gap = one == '_' && !digits.is_empty() && rest.peek().copied().is_some_and(&fits);
        match one {
            _ if fits(one) => digits.push(one),
            _ if is_gap => {}
            _ => break,
        }
    }
    digits
}

/// The number with a fraction at the beginning of a text, 0 without one.
pub(super) fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole_end = unsigned
        .find(|one: char| one != '_' && !one.is_ascii_digit())
        .unwrap_or(unsigned.len());
    let is_digit = |one: char| one.is_ascii_digit();
    let mut number = taken(unsigned, is_digit);
    let mut rest = &unsigned[whole_end..];
    if let Some(behind) = rest
        .strip_prefix('.')
        .filter(|behind| behind.starts_with(is_digit))
    {
        let fraction = taken(behind, is_digit);
        number = format!("{number}.{fraction}");
        rest = &behind[fraction.len().min(behind.len())..];
    }
    if let Some(behind) = rest.strip_prefix(['e', 'E']) {
        let sign = if behind.starts_with('-') { "-" } else { "" };
        let digits = taken(behind.strip_prefix(['-', '+']).unwrap_or(behind), is_digit);
        if !digits.is_empty() && !number.is_empty() {
            number = format!("{number}e{sign}{digits}");
        }
    }
    let size: f64 = number.parse().unwrap_or(0.0);
    if text.starts_with('-') { -size } else { size }
}

/// `Integer("12")`: the whole text has to be a number, also `0x1f`, `0b11` and `017`.
pub(crate) fn strict_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, lower[1..].trim_start_matches('_')),
        _ => (10, lower.as_str()),
    };
    let clean = taken(digits, |one| one.is_digit(base));
    let is_whole = clean.len() == digits.len() - digits.matches('_').count();
    let is_neat = !digits.ends_with('_') && !digits.contains("__") && !clean.is_empty();
    let sign = if text.starts_with('-') { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{clean}"), base)
        .ok()
        .filter(|_| is_whole && is_neat)
}

/// `Float("1.5")`: the whole text has to be a number in decimal digits.
pub(crate) fn strict_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let fits = |one: char| one.is_ascii_digit() || "+-.eE".contains(one);
    let is_plain = text.chars().all(fits)
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains(".e")
        && !text.contains(".E");
    text.parse().ok().filter(|_| is_plain)
}
