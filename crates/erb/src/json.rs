//! `JSON.parse`, `JSON.generate` and `to_json`. The order of keys stays as it is.

use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::{float::float_text, value::Value};

/// Parses a JSON text; the error names line and column only, because the text may be secret.
pub(crate) fn parse(text: &str, symbols: bool) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reading = Reading { symbols };
    reading
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("the text is not valid JSON at line {line} column {column}")
        })
}

/// Reads a value, its keys as symbols or texts.
#[derive(Clone, Copy)]
struct Reading {
    symbols: bool,
}

impl<'de> DeserializeSeed<'de> for Reading {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        let number = i64::try_from(number).map_err(|_| E::custom("the number is too large"))?;
        Ok(Value::Integer(number))
    }

    /// A whole number that is too large arrives here too, and would be written otherwise.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        if number.abs() >= 1e18 {
            return Err(E::custom("the number is too large"));
        }
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let key = if self.symbols {
                Value::Symbol(key.into())
            } else {
                Value::text(key)
            };
            map.push((key, pairs.next_value_seed(self)?));
        }
        Ok(Value::map(map))
    }
}

/// The value as JSON without white space; a message in Ruby's words when it holds a number that JSON has not.
pub(crate) fn generate(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Nil => out.push_str("null"),
        Value::Boolean(_) | Value::Integer(_) => out.push_str(&value.to_text()),
        Value::Float(number) if !number.is_finite() => {
            return Err(format!("{} not allowed in JSON", float_text(*number)));
        }
        Value::Float(number) => out.push_str(&float_text(*number)),
        Value::List(list) => {
            out.push('[');
            for (position, item) in list.items.iter().enumerate() {
                out.push_str(if position > 0 { "," } else { "" });
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (position, (key, item)) in map.items.iter().enumerate() {
                out.push_str(if position > 0 { "," } else { "" });
                write_text(&key.to_text(), out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
        other => write_text(&other.to_text(), out),
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from the Ruby of Debian's Kamal: `JSON::GeneratorError`.
    #[test]
    fn numbers_that_json_has_not_are_refused_as_ruby_does() {
        let told = |number| generate(&Value::list(vec![Value::Float(number)]));
        assert_eq!(told(1.5), Ok("[1.5]".to_owned()));
        assert_eq!(
            told(f64::INFINITY),
            Err("Infinity not allowed in JSON".to_owned())
        );
        assert_eq!(told(f64::NAN), Err("NaN not allowed in JSON".to_owned()));
    }
}
