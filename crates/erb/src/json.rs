//! `JSON.parse`, `JSON.generate` and `to_json`.

use serde_json::Value as Json;

use crate::value::Value;

/// Parses a JSON text; the error names line and column only, because the text may be secret.
pub(crate) fn parse(text: &str, symbols: bool) -> Result<Value, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("the text is not valid JSON at line {line} column {column}")
    })?;
    Ok(value(json, symbols))
}

fn value(json: Json, symbols: bool) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(boolean) => Value::Boolean(boolean),
        Json::Number(number) => number.as_i64().map_or_else(
            || Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            Value::Integer,
        ),
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            Value::list(items.into_iter().map(|item| value(item, symbols)).collect())
        }
        Json::Object(pairs) => {
            let pair = |(key, item): (String, Json)| {
                let key = if symbols {
                    Value::Symbol(key.into())
                } else {
                    Value::text(key)
                };
                (key, value(item, symbols))
            };
            Value::map(pairs.into_iter().map(pair).collect())
        }
    }
}

/// The value as JSON without white space.
pub(crate) fn generate(value: &Value) -> String {
    to_json(value).to_string()
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(boolean) => Json::Bool(*boolean),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(text) | Value::Symbol(text) => Json::from(&**text),
        Value::List(list) => list.items.iter().map(to_json).collect(),
        Value::Map(map) => map
            .items
            .iter()
            .map(|(key, item)| (key.to_text().to_string(), to_json(item)))
            .collect(),
    }
}
