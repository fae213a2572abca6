//! Values written as YAML that every reader of deploy files reads alike: what YAML 1.1 would take for a number,
//! a boolean or a date stands in quotes.

use std::fmt::Write as _;

use dhow_redaction::REDACTED;
use serde_yaml::Value;

use crate::{
    explain::{Explained, Origin, of_value},
    tree::{Meaning, Scalar},
};

/// How far to the right origins stand at most.
const WIDEST: usize = 60;

/// Whether secrets that are written in a deploy file are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// They are not.
    Masked,
    /// They are, because somebody asked for it.
    Revealed,
}

/// A value as YAML, as psych lays it out.
pub fn to_yaml(value: Value) -> String {
    of_value(value).to_yaml(Shown::Masked)
}

impl Explained {
    /// The values as YAML, which is a deploy file again.
    pub fn to_yaml(&self, shown: Shown) -> String {
        let lines = self.lines(shown);
        lines.into_iter().map(|line| line.text + "\n").collect()
    }

    /// The same, and behind every value the file and line it is written in.
    pub fn to_annotated_yaml(&self, shown: Shown) -> String {
        let lines = self.lines(shown);
        let width = |line: &Line| line.text.chars().count();
        let widest = lines.iter().map(width).filter(|width| *width <= WIDEST);
        let column = widest.max().unwrap_or(0);
        let annotated = lines.iter().map(|line| match line.origin {
            Some(origin) => {
                let gap = " ".repeat(column.saturating_sub(width(line)));
                format!("{}{gap}  # {}\n", line.text, origin_text(origin))
            }
            None => format!("{}\n", line.text),
        });
        annotated.collect()
    }

    /// The values as plain data.
    pub fn to_value(&self, shown: Shown) -> Value {
        match self {
            Self::Value { value, .. } => value.clone(),
            Self::Secret { value, .. } => Value::String(match shown {
                Shown::Masked => REDACTED.to_owned(),
                Shown::Revealed => value.expose().to_owned(),
            }),
            Self::List(items) => {
                Value::Sequence(items.iter().map(|item| item.to_value(shown)).collect())
            }
            Self::Mapping(entries) => {
                let entries = entries.iter();
                let pairs = entries
                    .map(|(name, value)| (Value::String(name.clone()), value.to_value(shown)));
                Value::Mapping(pairs.collect())
            }
        }
    }

    fn lines(&self, shown: Shown) -> Vec<Line<'_>> {
        match self {
            Self::Value { origin, .. } | Self::Secret { origin, .. } => vec![Line {
                text: inline(&self.to_value(shown)),
                origin: Some(origin),
            }],
            Self::List(items) => items.iter().flat_map(|item| item.in_list(shown)).collect(),
            Self::Mapping(entries) => entries
                .iter()
                .flat_map(|(name, value)| value.under_key(name, shown))
                .collect(),
        }
    }

    /// Behind `- `; what follows is indented by two.
    fn in_list(&self, shown: Shown) -> Vec<Line<'_>> {
        let mut lines = self.lines(shown);
        for (position, line) in lines.iter_mut().enumerate() {
            let head = if position == 0 { "- " } else { "  " };
            line.text.insert_str(0, head);
        }
        lines
    }

    /// A scalar behind its key, a list below it, a mapping below it and indented.
    fn under_key(&self, name: &str, shown: Shown) -> Vec<Line<'_>> {
        let key = inline_text(name);
        let mut below = self.lines(shown);
        match self {
            Self::Value { .. } | Self::Secret { .. } => {
                for line in &mut below {
                    line.text = format!("{key}: {}", line.text);
                }
                return below;
            }
            Self::List(_) => {}
            Self::Mapping(_) => below
                .iter_mut()
                .for_each(|line| line.text.insert_str(0, "  ")),
        }
        let head = Line {
            text: format!("{key}:"),
            origin: None,
        };
        std::iter::once(head).chain(below).collect()
    }
}

/// A line of YAML, with the origin of the value on it.
struct Line<'a> {
    text: String,
    origin: Option<&'a Origin>,
}

fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::Written(place) => format!("{}:{}", place.file.path.display(), place.line),
        Origin::Default => "default".to_owned(),
    }
}

/// A scalar or an empty collection on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => inline_text(text),
        Value::Sequence(_) => "[]".to_owned(),
        Value::Mapping(_) => "{}".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.as_f64().filter(|_| number.is_f64()).map_or_else(
            || number.to_string(),
            |float| Meaning::Float(float).as_text().unwrap_or_default(),
        ),
        Value::Tagged(tagged) => inline(&tagged.value),
    }
}

/// Text without quotes where that means the same text, else in quotes.
fn inline_text(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return in_double_quotes(text);
    }
    let scalar = Scalar {
        text: text.to_owned(),
        plain: true,
    };
    if scalar.meaning() == Meaning::Text(text.to_owned()) && stands_alone(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Whether YAML's grammar takes the text as one plain scalar wherever a value may stand.
fn stands_alone(text: &str) -> bool {
    const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`=<";
    let first_fits = text
        .chars()
        .next()
        .is_some_and(|first| !INDICATORS.contains(first));
    first_fits
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['[', ']', '{', '}', ','])
}

fn in_double_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{source::Layer, tree::parse};

    fn read_back(text: &str) -> Value {
        let parsed = parse(text, Layer::Base);
        parsed.root.unwrap().to_value(&[])
    }

    #[test]
    fn what_yaml_1_1_would_change_stands_in_quotes() {
        let texts = [
            "12:30",
            "yes",
            "0644",
            "1_000",
            "",
            "~",
            ":word",
            "2024-01-01",
            "a: b",
            "- x",
        ];
        for text in texts {
            let yaml = to_yaml(Value::Sequence(vec![Value::String(text.to_owned())]));
            assert_eq!(yaml, format!("- '{text}'\n"));
        }
        for text in ["a b", "10.0.0.1", "bin/jobs --all", "8080:80", "ssh://a@b"] {
            let yaml = to_yaml(Value::Sequence(vec![Value::String(text.to_owned())]));
            assert_eq!(yaml, format!("- {text}\n"));
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(|number| Value::Number(number.into())),
            "\\PC{0,12}".prop_map(Value::String),
            "[0-9:_.yesno\\-]{0,6}".prop_map(Value::String),
            "[a\\n\\t'\" #:]{0,6}".prop_map(Value::String),
        ];
        scalar.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Sequence),
                prop::collection::btree_map("[a-z0-9:]{1,6}", inner, 0..4).prop_map(|map| {
                    let pairs = map
                        .into_iter()
                        .map(|(key, value)| (Value::String(key), value));
                    Value::Mapping(pairs.collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in values()) {
            let whole = Value::Sequence(vec![value]);
            prop_assert_eq!(read_back(&to_yaml(whole.clone())), whole);
        }
    }
}
