//! What a scalar means to Kamal, which reads YAML 1.1 through Ruby's psych (config §1.3).

use serde_yaml::Value;

/// A scalar as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    /// The text without quotes.
    pub(crate) text: String,
    /// Whether it stands without quotes, so that it may be more than text.
    pub(crate) plain: bool,
}

/// What psych makes of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Symbol(String),
    Date,
    Text(String),
}

impl Scalar {
    pub(crate) fn meaning(&self) -> Meaning {
        if self.plain {
            plain_meaning(&self.text)
        } else {
            Meaning::Text(self.text.clone())
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.meaning() == Meaning::Null
    }

    pub(crate) fn to_value(&self) -> Value {
        match self.meaning() {
            Meaning::Null => Value::Null,
            Meaning::Boolean(value) => Value::Bool(value),
            Meaning::Integer(value) => Value::Number(value.into()),
            Meaning::Float(value) => Value::Number(value.into()),
            Meaning::Symbol(text) | Meaning::Text(text) => Value::String(text),
            Meaning::Date => Value::String(self.text.clone()),
        }
    }
}

impl Meaning {
    /// The text Kamal would put where text is wanted; none for null and dates, which it refuses there.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Null | Self::Date => None,
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => Some(format!("{value:?}")),
            Self::Symbol(text) | Self::Text(text) => Some(text.clone()),
        }
    }

    /// What kind of value this is, for a message.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Symbol(_) => "a Ruby symbol",
            Self::Date => "a date",
            Self::Text(_) => "text",
        }
    }
}

fn plain_meaning(text: &str) -> Meaning {
    if let Some(word) = word_meaning(text) {
        return word;
    }
    if is_date(text) {
        return Meaning::Date;
    }
    if let Some(symbol) = text.strip_prefix(':').filter(|rest| !rest.is_empty()) {
        return Meaning::Symbol(symbol.trim_matches(['"', '\'']).to_owned());
    }
    if let Some(number) = sexagesimal(text) {
        return Meaning::Integer(number);
    }
    integer(text)
        .or_else(|| float(text))
        .unwrap_or_else(|| Meaning::Text(text.to_owned()))
}

fn word_meaning(text: &str) -> Option<Meaning> {
    match text.to_ascii_lowercase().as_str() {
        "" | "~" | "null" => Some(Meaning::Null),
        "yes" | "true" | "on" => Some(Meaning::Boolean(true)),
        "no" | "false" | "off" => Some(Meaning::Boolean(false)),
        ".inf" | "+.inf" => Some(Meaning::Float(f64::INFINITY)),
        "-.inf" => Some(Meaning::Float(f64::NEG_INFINITY)),
        ".nan" => Some(Meaning::Float(f64::NAN)),
        _ => None,
    }
}

/// `2024-01-01`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('-').collect();
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [year, month, day_of_month] = parts.as_slice() else {
        return false;
    };
    let in_calendar = |part: &str, last: u8| {
        part.parse::<u8>()
            .is_ok_and(|number| (1..=last).contains(&number))
    };
    digits(year, 4..=4)
        && digits(month, 1..=2)
        && digits(day_of_month, 1..=2)
        && in_calendar(month, 12)
        && in_calendar(day_of_month, 31)
}

/// `12:30` and `1:2:3`, numbers to the base of sixty; psych takes two parts as hours and minutes.
fn sexagesimal(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let parts: Vec<&str> = digits.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut total: i64 = 0;
    for (position, part) in parts.iter().enumerate() {
        let clean: String = part.chars().filter(|character| *character != '_').collect();
        let is_number = part.starts_with(|first: char| first.is_ascii_digit())
            && clean.bytes().all(|byte| byte.is_ascii_digit());
        let number: i64 = clean.parse().ok().filter(|_| is_number)?;
        if position > 0 && (number > 59 || part.len() > 2 || part.contains('_')) {
            return None;
        }
        let weight = [3600, 60, 1][position];
        total = number
            .checked_mul(weight)
            .and_then(|amount| total.checked_add(amount))?;
    }
    Some(sign * total)
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn integer(text: &str) -> Option<Meaning> {
    let (sign, digits) = signed(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let clean: String = digits
        .chars()
        .filter(|character| !matches!(character, '_' | ','))
        .collect();
    let (base, number) = if let Some(hex) = clean.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = clean.strip_prefix("0b") {
        (2, binary)
    } else if clean.len() > 1 && clean.starts_with('0') {
        (8, &clean[1..])
    } else {
        (10, clean.as_str())
    };
    if !number.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let value = i64::from_str_radix(number, base).ok()?;
    Some(Meaning::Integer(sign * value))
}

/// A number with a point; without a sign in its exponent it is text to psych.
fn float(text: &str) -> Option<Meaning> {
    let (_, digits) = signed(text);
    let (whole, rest) = digits.split_once('.')?;
    let has_digits_only = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b','))
    };
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    let is_number = has_digits_only(whole)
        && !whole.starts_with(['_', ','])
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && exponent_fits
        && !(whole.is_empty() && fraction.is_empty());
    if !is_number {
        return None;
    }
    let clean: String = text
        .chars()
        .filter(|character| !matches!(character, '_' | ','))
        .collect();
    clean.parse().ok().map(Meaning::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Meaning {
        plain_meaning(text)
    }

    /// The table of config §1.3.
    #[test]
    fn plain_scalars_mean_what_psych_reads() {
        for text in ["yes", "On", "True"] {
            assert_eq!(meaning(text), Meaning::Boolean(true), "{text}");
        }
        for text in ["no", "off", "FALSE"] {
            assert_eq!(meaning(text), Meaning::Boolean(false), "{text}");
        }
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(meaning(text), Meaning::Null, "{text}");
        }
        let integers = [
            ("0777", 511),
            ("0x1F", 31),
            ("0b11", 3),
            ("1_000", 1000),
            ("1,000", 1000),
            ("1:2:3", 3723),
            ("12:30", 45000),
            ("22:22", 80520),
            ("1:1", 3660),
            ("-5", -5),
        ];
        for (text, number) in integers {
            assert_eq!(meaning(text), Meaning::Integer(number), "{text}");
        }
        let floats = [("0.1e+3", 100.0), ("1.10", 1.1), (".5", 0.5), ("1.", 1.0)];
        for (text, number) in floats {
            assert_eq!(meaning(text), Meaning::Float(number), "{text}");
        }
        for text in [
            "y",
            "n",
            "08",
            "0o7",
            "8080:80",
            "3306:3306",
            "1e3",
            "1e+3",
            "12e03",
            "1.2.3",
            "25%",
            "2g",
            "10.0.0.1",
            "2024-13-01",
            ":",
            ".",
        ] {
            assert_eq!(meaning(text), Meaning::Text(text.to_owned()), "{text}");
        }
        assert_eq!(meaning("2024-01-01"), Meaning::Date);
        assert_eq!(meaning(":word"), Meaning::Symbol("word".to_owned()));
        assert_eq!(meaning(":\"w x\""), Meaning::Symbol("w x".to_owned()));
    }
}
