//! Ranges such as `1..3`, `"a".."e"` and `2..`.

use std::cmp::Ordering;

use crate::{order::compare, value::Value};

/// The most elements that a range is taken apart into.
pub(crate) const MOST_ELEMENTS: usize = 10_000;
/// All texts of a range together.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// All between two values. [`Value::Nil`] is an open end.
#[derive(Debug, PartialEq)]
pub struct Interval {
    pub(crate) first: Value,
    pub(crate) last: Value,
    /// `1...3`, without the last.
    pub(crate) exclusive: bool,
}

/// Why a range cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endless {
    /// It has no first or last element, or none that follow each other.
    Uncountable,
    /// There are more than [`MOST_ELEMENTS`].
    TooMany,
}

impl Interval {
    /// A range between values that can be compared.
    pub(crate) fn new(first: Value, last: Value, exclusive: bool) -> Option<Self> {
        let fits = first == Value::Nil || last == Value::Nil || compare(&first, &last).is_some();
        fits.then_some(Self {
            first,
            last,
            exclusive,
        })
    }

    /// Whether a value lies in it.
    pub(crate) fn covers(&self, value: &Value) -> bool {
        let from_start =
            self.first == Value::Nil || compare(&self.first, value).is_some_and(Ordering::is_le);
        let to_end = self.last == Value::Nil
            || compare(value, &self.last).is_some_and(|order| {
                order == Ordering::Less || (order == Ordering::Equal && !self.exclusive)
            });
        from_start && to_end
    }

    /// Its elements.
    pub(crate) fn items(&self) -> Result<Vec<Value>, Endless> {
        match (&self.first, &self.last) {
            (Value::Integer(first), Value::Integer(last)) => {
                let end = if self.exclusive {
                    *last
                } else {
                    last.saturating_add(1)
                };
                if end.saturating_sub(*first) > i64::try_from(MOST_ELEMENTS).unwrap_or(i64::MAX) {
                    return Err(Endless::TooMany);
                }
                Ok((*first..end).map(Value::Integer).collect())
            }
            (Value::Text(first), Value::Text(last)) => self.texts(first, last),
            _ => Err(Endless::Uncountable),
        }
    }

    /// Texts follow each other by [`successor`] until the last, or until they are longer than it.
    fn texts(&self, first: &str, last: &str) -> Result<Vec<Value>, Endless> {
        let mut items = Vec::new();
        let mut text = first.to_owned();
        if first.len() == last.len() && first > last {
            return Ok(items);
        }
        while text.len() <= last.len() {
            let is_last = text == last;
            if is_last && self.exclusive {
                break;
            }
            items.push(Value::text(text.as_str()));
            if items.len() > MOST_ELEMENTS || items.len().saturating_mul(last.len()) > MOST_BYTES {
                return Err(Endless::TooMany);
            }
            if is_last {
                break;
            }
            text = successor(&text).ok_or(Endless::Uncountable)?;
        }
        Ok(items)
    }

    /// Start and length of the part of so many elements that it cuts out; none when it begins outside.
    pub(crate) fn within(&self, length: usize) -> Option<(usize, usize)> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let at = |value: &Value, open: i64| match value {
            Value::Integer(at) if *at < 0 => Some(at.saturating_add(length)),
            Value::Integer(at) => Some(*at),
            Value::Nil => Some(open),
            _ => None,
        };
        let start = at(&self.first, 0).filter(|start| (0..=length).contains(start))?;
        let has_end = self.last != Value::Nil;
        let end = at(&self.last, length)?.saturating_add(i64::from(has_end && !self.exclusive));
        let count = (end.min(length) - start).max(0);
        Some((usize::try_from(start).ok()?, usize::try_from(count).ok()?))
    }

    /// Ruby's `to_s`: the ends as texts.
    pub(crate) fn text(&self) -> String {
        let dots = if self.exclusive { "..." } else { ".." };
        format!("{}{dots}{}", self.first.to_text(), self.last.to_text())
    }
}

/// Ruby's `succ` for texts of plain letters and digits with other characters between: `az` → `ba`, `web-9` →
/// `web-10`. None for others.
pub(crate) fn successor(text: &str) -> Option<String> {
    if !text.is_ascii() || !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = bytes.iter().rposition(u8::is_ascii_alphanumeric)?;
    loop {
        let (next, carry) = match bytes[at] {
            b'z' => (b'a', Some(b'a')),
            b'Z' => (b'A', Some(b'A')),
            b'9' => (b'0', Some(b'1')),
            other => (other + 1, None),
        };
        bytes[at] = next;
        let Some(carry) = carry else { break };
        // Other characters are crossed between two digits or two letters only: `1.9` → `2.0`, `a.9` → `a.10`.
        let left = bytes[..at].iter().rposition(u8::is_ascii_alphanumeric);
        let left = left.filter(|before| {
            before + 1 == at || bytes[*before].is_ascii_digit() == bytes[at].is_ascii_digit()
        });
        let Some(before) = left else {
            bytes.insert(at, carry);
            break;
        };
        at = before;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successors() {
        for (text, next) in [
            ("a", "b"),
            ("az", "ba"),
            ("Zz", "AAa"),
            ("a9", "b0"),
            ("web-9", "web-10"),
            ("web-19", "web-20"),
            ("1.9", "2.0"),
            ("a.9", "a.10"),
            ("web-z9", "wec-a0"),
            ("zZ9", "aaA0"),
            ("9-9", "10-0"),
            ("<<koala>>", "<<koalb>>"),
        ] {
            assert_eq!(successor(text).as_deref(), Some(next), "{text}");
        }
        assert_eq!(successor("é"), None);
        assert_eq!(successor("--"), None);
    }
}
