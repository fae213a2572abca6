//! Reads JSON that holds secrets. An error knows its place in the text, and shows nothing of it.

use std::fmt;

use dhow_redaction::Secret;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
pub(crate) use serde_json::Value;

/// A text that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON, from line {line}, column {column} on")]
pub struct NotJson {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

/// Any JSON.
pub(crate) fn parse(text: &Secret) -> Result<Value, NotJson> {
    serde_json::from_str(text.expose()).map_err(|error| NotJson {
        line: error.line(),
        column: error.column(),
    })
}

/// The members of an object in the order they are written; nothing when the text is no JSON object.
pub(crate) fn members(text: &Secret) -> Option<Vec<(String, Value)>> {
    let Members(members) = serde_json::from_str(text.expose()).ok()?;
    Some(members)
}

/// The text of a value: a string as it is, nothing for null, and everything else as JSON.
pub(crate) fn secret(value: &Value) -> Option<Secret> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Secret::new(text.as_str())),
        other => Some(Secret::new(other.to_string())),
    }
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_errors_show_nothing() {
        let read = members(&Secret::new(r#"{"b": 1, "a": {"x": null}, "b": "2"}"#)).unwrap();
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert!(members(&Secret::new("\"hunter2\"")).is_none());
        let error = parse(&Secret::new("{\n\"a\": hunter2}")).unwrap_err();
        assert_eq!(error.to_string(), "it is no JSON, from line 2, column 6 on");
    }

    #[test]
    fn values_become_texts() {
        for (json, text) in [
            (r#""a\nb""#, Some("a\nb")),
            ("null", None),
            ("5432", Some("5432")),
            ("true", Some("true")),
            (r#"{"a": "b"}"#, Some(r#"{"a":"b"}"#)),
        ] {
            let value = parse(&Secret::new(json)).unwrap();
            let text = text.map(Secret::new);
            assert_eq!(secret(&value), text, "{json}");
        }
    }
}
