//! BuildKit's `SolveStatus`, as far as it is used here.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) vertexes: Vec<Vertex>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) logs: Vec<Log>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) warnings: Vec<Warning>,
}

/// A step.
#[derive(Debug, Deserialize)]
pub(super) struct Vertex {
    pub(super) digest: String,
    #[serde(default)]
    pub(super) name: String,
    pub(super) started: Option<Timestamp>,
    pub(super) completed: Option<Timestamp>,
    #[serde(default)]
    pub(super) cached: bool,
    #[serde(default)]
    pub(super) error: String,
}

/// A piece of what a step printed; it need not end with a line.
#[derive(Debug, Deserialize)]
pub(super) struct Log {
    #[serde(default)]
    pub(super) vertex: String,
    /// 1 or 2, as everywhere.
    #[serde(default)]
    pub(super) stream: u8,
    #[serde(default)]
    data: String,
}

impl Log {
    pub(super) fn text(&self) -> String {
        text(&self.data)
    }
}

/// What BuildKit thinks of a Dockerfile.
#[derive(Debug, Deserialize)]
pub(super) struct Warning {
    #[serde(default)]
    short: String,
    #[serde(rename = "sourceInfo")]
    source: Option<Source>,
    #[serde(default, deserialize_with = "or_none")]
    range: Vec<Range>,
}

#[derive(Debug, Deserialize)]
struct Source {
    #[serde(default)]
    filename: String,
}

#[derive(Debug, Deserialize)]
struct Range {
    start: Option<Position>,
}

#[derive(Debug, Deserialize)]
struct Position {
    #[serde(default)]
    line: u32,
}

impl Warning {
    /// `Dockerfile:3: what is wrong`.
    pub(super) fn text(&self) -> String {
        let short = text(&self.short);
        let line = self.range.first().and_then(|range| range.start.as_ref());
        match (&self.source, line) {
            (Some(source), Some(start)) => {
                format!("{}:{}: {short}", source.filename, start.line)
            }
            _ => short,
        }
    }
}

/// Bytes as Go writes them into JSON. What is no UTF-8 is replaced.
fn text(base64: &str) -> String {
    let bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Go writes an empty list as `null`.
fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
