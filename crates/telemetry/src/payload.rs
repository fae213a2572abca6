//! The form of OpenTelemetry: OTLP's `ExportLogsServiceRequest` in JSON.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::record::Record;

/// Who sends: the attributes of the resource. They are called as with Kamal, so that what watches its deploys watches
/// these (decision 0182).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The version of this program.
    pub version: String,
    /// A number that no other run has.
    pub run_id: String,
    /// The service that is deployed.
    pub service: String,
    /// The version that is deployed.
    pub deploy_version: String,
    /// Who does it.
    pub performer: String,
    /// The destination.
    pub destination: Option<String>,
    /// What was typed, such as `deploy`.
    pub command: String,
    /// When the run began.
    pub began: Timestamp,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What is sent for these records.
pub(crate) fn payload(origin: &Origin, records: &[Record]) -> Json {
    let mut resource: Vec<(&str, Value)> = vec![
        ("service.name", "kamal".into()),
        ("service.version", origin.version.as_str().into()),
        ("service.namespace", origin.service.as_str().into()),
        ("kamal.run_id", origin.run_id.as_str().into()),
        ("kamal.performer", origin.performer.as_str().into()),
        (
            "kamal.deploy_version",
            origin.deploy_version.as_str().into(),
        ),
    ];
    if let Some(destination) = &origin.destination {
        resource.push(("deployment.environment.name", destination.as_str().into()));
    }
    let records: Vec<Json> = records.iter().map(|it| record(origin, it)).collect();
    json!({"resourceLogs": [{
        "resource": {"attributes": attributes(&resource)},
        "scopeLogs": [{
            "scope": {"name": "dhow", "version": origin.version},
            "logRecords": records,
        }],
    }]})
}

fn record(origin: &Origin, record: &Record) -> Json {
    let nanoseconds = origin.began.as_nanosecond()
        + i128::try_from(record.elapsed.as_nanos()).unwrap_or_default();
    // 64-bit numbers are texts in the JSON of protocol buffers.
    let at = nanoseconds.to_string();
    let mut json = json!({
        "timeUnixNano": at,
        "observedTimeUnixNano": at,
        "severityNumber": record.severity.number(),
        "severityText": record.severity.text(),
        "body": {"stringValue": record.body},
        "attributes": attributes(&record.attributes),
    });
    if record.is_event {
        json["eventName"] = record.body.as_str().into();
    }
    json
}

fn attributes(attributes: &[(&str, Value)]) -> Json {
    let attribute = |(key, value): &(&str, Value)| {
        let value = match value {
            Value::Text(text) => json!({"stringValue": text}),
            Value::Number(number) => json!({"doubleValue": number}),
        };
        json!({"key": key, "value": value})
    };
    attributes.iter().map(attribute).collect()
}
