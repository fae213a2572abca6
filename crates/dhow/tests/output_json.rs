//! `--output json`: standard output holds events and nothing else, whatever the command.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A project whose deploy file is `deploy_file`, which may be none.
fn run(deploy_file: Option<&str>, words: &[&str]) -> (Option<i32>, Vec<Value>) {
    let project = TempDir::new().unwrap();
    if let Some(text) = deploy_file {
        fs::create_dir(project.path().join("config")).unwrap();
        fs::write(project.path().join("config/deploy.yml"), text).unwrap();
    }
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project.path())
        .env_clear()
        .args(words)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(events.iter().all(|it| it["schema"] == 1), "{text}");
    let last = events.last().unwrap();
    assert_eq!(last["event"], "finished");
    assert_eq!(
        last["exit_code"].as_i64(),
        output.status.code().map(i64::from)
    );
    (output.status.code(), events)
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["event"] == kind).collect()
}

const SHOP: &str = "service: shop
image: acme/shop
servers: [web1.example]
registry: {server: ghcr.io, username: dorothea, password: hunter2-in-the-file}
builder: {arch: amd64}
";

#[test]
fn what_a_command_prints_is_data() {
    for words in [
        &["version", "--output", "json"][..],
        &["--output=json", "version"],
        &["--output", "json", "-q", "version"],
    ] {
        let (code, events) = run(None, words);
        assert_eq!((code, events.len()), (Some(0), 2), "{words:?}");
        assert_eq!(
            events[0]["text"],
            format!("{}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn a_warning_of_the_deploy_file_has_its_place() {
    let (code, events) = run(Some(SHOP), &["--output", "json", "config"]);
    assert_eq!(code, Some(0));
    let warning = of_kind(&events, "warning")[0];
    assert_eq!(
        (&warning["file"], &warning["line"]),
        (&json!("config/deploy.yml"), &json!(4))
    );
    let data = of_kind(&events, "data")[0]["text"].as_str().unwrap();
    assert!(data.contains("service: shop"), "{data}");
    assert!(!format!("{events:?}").contains("hunter2"));
}

#[test]
fn a_command_with_a_form_of_its_own_is_asked_for_it_behind_its_name() {
    let project = TempDir::new().unwrap();
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project.path())
        .env_clear()
        .args(["docs", "proxy", "--output", "json"])
        .output()
        .unwrap();
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(data.get("event").is_none());
    let (_, events) = run(None, &["--output", "json", "docs", "proxy"]);
    assert_eq!(of_kind(&events, "data").len(), 1);
}

#[test]
fn problems_of_the_deploy_file_end_a_run_as_a_failure_with_places() {
    let (code, events) = run(
        Some("service: shop\nsurprise: 1\n"),
        &["deploy", "--output", "json"],
    );
    assert_eq!(code, Some(3));
    let failure = of_kind(&events, "failure")[0];
    assert_eq!(
        (&failure["kind"], &failure["exit_code"]),
        (&json!("project"), &json!(3))
    );
    let problems = failure["problems"].as_array().unwrap();
    let lines: Vec<_> = problems.iter().map(|it| it["line"].clone()).collect();
    assert!(lines.contains(&json!(2)), "{problems:?}");
    let (code, events) = run(
        Some("service: shop\nsurprise: 1\n"),
        &["--output", "json", "config", "check"],
    );
    assert_eq!(code, Some(3));
    let value = of_kind(&events, "data")[0]["value"].as_array().unwrap();
    assert_eq!(value.len(), problems.len());
}

#[test]
fn a_line_that_cannot_be_is_a_failure_too() {
    for (words, says) in [
        (
            &["deploy", "--surprise", "--output", "json"][..],
            "unexpected argument",
        ),
        (&["--output", "json", "surprise"], "unrecognized subcommand"),
        (
            &["server", "exec", "--raw", "--output", "json", "ls"],
            "goes neither with",
        ),
    ] {
        let (code, events) = run(None, words);
        assert_eq!(code, Some(2), "{words:?}");
        let failure = of_kind(&events, "failure")[0];
        assert_eq!(failure["kind"], "usage");
        let headline = failure["headline"].as_str().unwrap();
        assert!(headline.contains(says), "{headline}");
    }
}

#[test]
fn help_is_data() {
    let (code, events) = run(None, &["deploy", "--output", "json", "--help"]);
    assert_eq!(code, Some(0));
    let data = of_kind(&events, "data")[0]["text"].as_str().unwrap();
    assert!(data.contains("--output <FORM>"), "{data}");
}
