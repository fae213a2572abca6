use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::{failure::Kind, placed_problem, reporter::samples::events};

const SCHEMA_FILE: &str = include_str!("../../../../docs/events.schema.json");

fn problem() -> PlacedProblem {
    PlacedProblem {
        message: "servers: should be a list".to_owned(),
        place: Some(placed_problem::Place {
            file: "config/deploy.yml".into(),
            line: 3,
            column: 10,
            last_column: 12,
        }),
    }
}

fn failure() -> Failure {
    let mut failure = Failure::new(Kind::Project, "the deploy file has a problem")
        .detail("\u{1b}[31merror\u{1b}[0m: servers")
        .hint("write a list");
    failure.causes.push("it is a text".to_owned());
    let without_place = PlacedProblem {
        place: None,
        ..problem()
    };
    failure.with_problems([problem(), without_place])
}

/// Every kind of line, as text.
fn lines() -> Vec<String> {
    let kinds = events();
    let (problem, failure) = (problem(), failure());
    let (host, value): (Host, Value) = ("10.0.0.1".parse().unwrap(), json!({"held": false}));
    let mut told: Vec<Told<'_>> = kinds.iter().map(Told::from).collect();
    told.push(Told::problem(&problem));
    told.push(Told::data("There is no deploy lock\n"));
    told.push(Told::Data {
        text: "1234567".into(),
        label: Some("App"),
        host: Some(&host),
        value: Some(&value),
    });
    told.push(Told::failure(&failure, 3));
    told.push(Told::finished(3, Duration::from_millis(1_500)));
    let line = |event| EventLine::new(Duration::from_micros(1_234_567), event).text();
    told.into_iter().map(line).collect()
}

#[test]
fn each_event_is_one_line() {
    insta::assert_snapshot!(lines().join("\n"));
}

#[test]
fn the_described_form_is_the_form() {
    let schema: Value = serde_json::from_str(SCHEMA_FILE).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut kinds = BTreeSet::new();
    let mut fields = BTreeSet::new();
    for line in lines() {
        let value: Value = serde_json::from_str(&line).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
        let kind = value["event"].as_str().unwrap().to_owned();
        for field in value.as_object().unwrap().keys() {
            if field != "schema" && field != "elapsed" {
                fields.insert(format!("{kind}.{field}"));
            }
        }
        kinds.insert(kind);
    }
    let described = schema["$defs"].as_object().unwrap();
    assert_eq!(kinds, described.keys().cloned().collect());
    let described_fields = described.iter().flat_map(|(kind, it)| {
        let fields = it["properties"].as_object().unwrap();
        fields.keys().map(move |field| format!("{kind}.{field}"))
    });
    assert_eq!(fields, described_fields.collect());
}

#[test]
fn what_is_missing_or_wrong_is_not_of_the_form() {
    let schema: Value = serde_json::from_str(SCHEMA_FILE).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wrong in [
        json!({"schema": 1, "elapsed": 0.1, "event": "note"}),
        json!({"schema": 1, "elapsed": 0.1, "event": "nothing", "text": "?"}),
        json!({"schema": 2, "elapsed": 0.1, "event": "note", "text": "?"}),
        json!({"schema": 1, "event": "note", "text": "?"}),
        json!({"schema": 1, "elapsed": 0.1, "event": "finished", "exit_code": 256, "seconds": 1}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn each_kind_of_failure_is_described() {
    let schema: Value = serde_json::from_str(SCHEMA_FILE).unwrap();
    let described = &schema["$defs"]["failure"]["properties"]["kind"]["enum"];
    let kinds = [
        Kind::Step,
        Kind::Usage,
        Kind::Project,
        Kind::Machine,
        Kind::Host,
        Kind::Locked,
        Kind::Partial,
        Kind::Signal(2),
        Kind::OwnCode(9),
    ];
    assert_eq!(*described, json!(kinds.map(Kind::name)));
}
