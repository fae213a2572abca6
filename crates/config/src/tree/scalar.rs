//! What a scalar means to Kamal, which reads YAML 1.1 through Ruby's psych (config §1.3).

mod date;
mod number;

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
    /// A whole number beyond 64 bits, in decimal digits.
    LargeInteger(String),
    Float(f64),
    Symbol(String),
    /// A day, with or without a time of day, as it is written.
    Date(String),
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
            Meaning::LargeInteger(text)
            | Meaning::Symbol(text)
            | Meaning::Date(text)
            | Meaning::Text(text) => Value::String(text),
        }
    }
}

impl Meaning {
    /// The text Kamal would put where text is wanted; none for null and dates, which it refuses there.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Null | Self::Date(_) => None,
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => Some(dhow_erb::float_text(*value)),
            Self::LargeInteger(text) | Self::Symbol(text) | Self::Text(text) => Some(text.clone()),
        }
    }

    /// What kind of value this is, for a message.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::LargeInteger(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Symbol(_) => "a Ruby symbol",
            Self::Date(_) => "a date",
            Self::Text(_) => "text",
        }
    }
}

/// The rules in psych's order: a text that could be two things is the first of them.
fn plain_meaning(text: &str) -> Meaning {
    if let Some(word) = word_meaning(text) {
        return word;
    }
    // Nothing else begins with another character, and most scalars do.
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.:".contains(first)) {
        return Meaning::Text(text.to_owned());
    }
    if date::is_date(text) {
        return Meaning::Date(text.to_owned());
    }
    symbol(text)
        .map(Meaning::Symbol)
        .or_else(|| number::read(text))
        .unwrap_or_else(|| Meaning::Text(text.to_owned()))
}

fn word_meaning(text: &str) -> Option<Meaning> {
    const LONGEST: usize = "false".len();
    if text.len() > LONGEST {
        return None;
    }
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

/// `:word`, `:"some words"`. Behind the last quote that is like the first, psych drops what follows.
fn symbol(text: &str) -> Option<String> {
    let name = text.strip_prefix(':').filter(|name| !name.is_empty())?;
    let quoted = name
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
        .and_then(|quote| name[1..].rsplit_once(quote));
    let name = match quoted {
        Some((inside, _)) => inside.strip_prefix(':').unwrap_or(inside),
        None => name,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests;
