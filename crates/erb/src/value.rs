//! The values that code works with.

use std::{
    fmt::{self, Write as _},
    rc::Rc,
};

/// Reads a YAML text for `YAML.load_file`; the error says what is wrong with it, without the text.
pub type YamlReader = fn(&str) -> Result<Value, String>;

/// What one value costs of the budget beside its text.
pub(crate) const COST: usize = 16;

/// A value of the known part of Ruby.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(Rc<str>),
    /// `:name`.
    Symbol(Rc<str>),
    /// An array.
    List(List),
    /// A hash, in the order its keys were set.
    Map(Map),
}

/// The elements of an array.
pub type List = Rc<Counted<Vec<Value>>>;
/// The pairs of a hash.
pub type Map = Rc<Counted<Vec<(Value, Value)>>>;

/// A collection with what it costs, and how deep it is, so that nothing that shares parts can unfold without
/// bounds.
#[derive(Debug, PartialEq)]
pub struct Counted<T> {
    pub(crate) items: T,
    cost: usize,
    depth: usize,
}

/// Only the kind, because a value may be secret.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.noun())
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list of these.
    pub fn list(items: Vec<Self>) -> Self {
        let cost = items
            .iter()
            .map(Self::cost)
            .fold(COST, usize::saturating_add);
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or(0);
        Self::List(Rc::new(Counted { items, cost, depth }))
    }

    /// A map of these pairs; of equal keys the last one counts and keeps the place of the first.
    pub fn map(pairs: Vec<(Self, Self)>) -> Self {
        let mut positions = std::collections::HashMap::new();
        let mut items: Vec<(Self, Self)> = Vec::new();
        for (key, value) in pairs {
            let position = *positions.entry(key.inspect()).or_insert(items.len());
            match items.get_mut(position) {
                Some(known) => known.1 = value,
                None => items.push((key, value)),
            }
        }
        let both = || items.iter().flat_map(|(key, value)| [key, value]);
        let cost = both().map(Self::cost).fold(COST, usize::saturating_add);
        let depth = 1 + both().map(Self::depth).max().unwrap_or(0);
        Self::Map(Rc::new(Counted { items, cost, depth }))
    }

    /// What it costs of the budget, all that it holds included.
    pub(crate) fn cost(&self) -> usize {
        match self {
            Self::Text(text) | Self::Symbol(text) => COST + text.len(),
            Self::List(list) => list.cost,
            Self::Map(map) => map.cost,
            _ => COST,
        }
    }

    /// How many collections stand inside each other.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::List(list) => list.depth,
            Self::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// Everything but `nil` and `false` counts as true.
    pub(crate) fn is_true(&self) -> bool {
        !matches!(self, Self::Nil | Self::Boolean(false))
    }

    /// What it is, for a message.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Symbol(_) => "a symbol",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// Ruby's `to_s`.
    pub(crate) fn to_text(&self) -> Rc<str> {
        match self {
            Self::Nil => "".into(),
            Self::Text(text) | Self::Symbol(text) => Rc::clone(text),
            other => other.inspect().into(),
        }
    }

    /// Ruby's `inspect`. The form of a hash is the one up to Ruby 3.3.
    pub(crate) fn inspect(&self) -> String {
        let mut text = String::new();
        self.write_inspected(&mut text);
        text
    }

    fn write_inspected(&self, out: &mut String) {
        match self {
            Self::Nil => out.push_str("nil"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Float(number) => out.push_str(&float_text(*number)),
            Self::Text(text) => write_quoted(text, out),
            Self::Symbol(name) => {
                out.push(':');
                out.push_str(name);
            }
            Self::List(list) => {
                out.push('[');
                for (position, item) in list.items.iter().enumerate() {
                    out.push_str(if position > 0 { ", " } else { "" });
                    item.write_inspected(out);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (position, (key, value)) in map.items.iter().enumerate() {
                    out.push_str(if position > 0 { ", " } else { "" });
                    key.write_inspected(out);
                    out.push_str("=>");
                    value.write_inspected(out);
                }
                out.push('}');
            }
        }
    }
}

/// A text as Ruby writes it in double quotes.
fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '#' if matches!(rest.peek(), Some('{' | '$' | '@')) => out.push_str("\\#"),
            other if other.is_control() => drop(write!(out, "\\u{:04X}", other as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A number as Ruby writes it: `100.0`, `1.0e+15`, `1.0e-05`, `Infinity`.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let rest = digits
        .get(1..)
        .filter(|rest| !rest.is_empty())
        .unwrap_or("0");
    // Where the point stands, counted from the first digit.
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    if point > 0 && point < digits.len() {
        format!("{sign}{}.{}", &digits[..point], &digits[point..])
    } else if (1..=15).contains(&point) {
        format!("{sign}{digits:0<point$}.0")
    } else if (-4..0).contains(&exponent) {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        format!("{sign}0.{zeros}{digits}")
    } else {
        let direction = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.unsigned_abs();
        format!("{sign}{}.{rest}e{direction}{exponent:02}", &digits[..1])
    }
}
