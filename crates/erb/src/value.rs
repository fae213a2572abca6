//! The values that code works with.

use std::{
    fmt::{self, Write as _},
    rc::Rc,
};

use crate::{class::Class, float::float_text, pattern::Pattern, range::Interval};

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
    /// `1..3`.
    Range(Rc<Interval>),
    /// `/…/`.
    Pattern(Rc<Pattern>),
    /// `String` and its like, for `is_a?` and `when`.
    Class(Class),
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

    /// In how many places this very value stands.
    pub(crate) fn holders(&self) -> usize {
        match self {
            Self::List(list) => Rc::strong_count(list),
            Self::Map(map) => Rc::strong_count(map),
            Self::Text(text) => Rc::strong_count(text),
            _ => 1,
        }
    }

    /// A value of its own with the same elements.
    pub(crate) fn separate(&self) -> Self {
        match self {
            Self::List(list) => Self::list(list.items.clone()),
            Self::Map(map) => Self::map(map.items.clone()),
            Self::Text(text) => Self::text(&**text),
            other => other.clone(),
        }
    }

    /// A list with one more element.
    pub(crate) fn appended(mut list: List, item: Self) -> Self {
        match Rc::get_mut(&mut list) {
            Some(counted) => {
                counted.cost = counted.cost.saturating_add(item.cost());
                counted.depth = counted.depth.max(1 + item.depth());
                counted.items.push(item);
                Self::List(list)
            }
            None => Self::list(list.items.iter().cloned().chain([item]).collect()),
        }
    }

    /// A list with another element at a place within it or right behind it.
    pub(crate) fn with_item(list: &List, at: usize, item: Self) -> Self {
        let mut items = list.items.clone();
        match items.get_mut(at) {
            Some(known) => *known = item,
            None => items.push(item),
        }
        Self::list(items)
    }

    /// A map with this pair.
    pub(crate) fn with_pair(map: &Map, key: Self, value: Self) -> Self {
        let mut items = map.items.clone();
        match items.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => items.push((key, value)),
        }
        Self::map(items)
    }

    /// What it costs of the budget, all that it holds included.
    pub(crate) fn cost(&self) -> usize {
        match self {
            Self::Text(text) | Self::Symbol(text) => COST + text.len(),
            Self::List(list) => list.cost,
            Self::Map(map) => map.cost,
            Self::Range(range) => COST + range.first.cost() + range.last.cost(),
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
            Self::Range(_) => "a range",
            Self::Pattern(_) => "a regular expression",
            Self::Class(_) => "a class",
        }
    }

    /// Ruby's `to_s`.
    pub(crate) fn to_text(&self) -> Rc<str> {
        match self {
            Self::Nil => "".into(),
            Self::Text(text) | Self::Symbol(text) => Rc::clone(text),
            Self::Range(range) => range.text().into(),
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
            Self::Symbol(name) => write_symbol(name, out),
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
            Self::Range(range) => {
                let end = |value: &Self, out: &mut String| {
                    if *value != Self::Nil {
                        value.write_inspected(out);
                    }
                };
                end(&range.first, out);
                out.push_str(if range.exclusive { "..." } else { ".." });
                end(&range.last, out);
            }
            Self::Pattern(pattern) => drop(write!(out, "/{}/", pattern.source())),
            Self::Class(class) => out.push_str(class.name()),
        }
    }
}

/// A symbol as it is written, in quotes where it has to be.
fn write_symbol(name: &str, out: &mut String) {
    let bare = name.strip_suffix(['?', '!', '=']).unwrap_or(name);
    let is_name = bare.starts_with(|first: char| first == '_' || first.is_alphabetic())
        && bare.chars().all(|one| one == '_' || one.is_alphanumeric());
    out.push(':');
    if is_name {
        out.push_str(name);
    } else {
        write_quoted(name, out);
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
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '#' if matches!(rest.peek(), Some('{' | '$' | '@')) => out.push_str("\\#"),
            other if other.is_control() => drop(write!(out, "\\u{:04X}", other as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}
