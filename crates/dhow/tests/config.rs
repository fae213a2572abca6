//! `dhow config`: the deploy file as it is understood, with and without what is secret.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fs, os::unix::fs::PermissionsExt as _};

use assert_cmd::cargo::cargo_bin_cmd;
use insta::assert_snapshot;
use tempfile::TempDir;

const BASE: &str = "service: shop
image: acme/shop
servers: [web1.example]
registry: {server: ghcr.io, username: dorothea, password: hunter2-in-the-file}
builder: {arch: <%= \"amd64\" %>}
env:
  clear: {OPENS_AT: \"12:30\", LEVEL: info}
  secret: [MASTER_KEY]
";

const STAGING: &str = "servers: [stage1.example]
env: {clear: {LEVEL: debug}}
";

/// What the command prints, for the destination `staging`.
fn shown(words: &[&str]) -> String {
    let (code, stdout, stderr) = run(words);
    assert_eq!(code, Some(0));
    let warning = "warning: registry/password: the password is written in the deploy file";
    assert!(stderr.starts_with(warning), "{stderr}");
    let hidden = !stderr.contains("hunter2") && stderr.matches("warning").count() == 1;
    assert!(hidden, "{stderr}");
    stdout
}

fn run(words: &[&str]) -> (Option<i32>, String, String) {
    let project = TempDir::new().unwrap();
    fs::create_dir(project.path().join("config")).unwrap();
    fs::create_dir(project.path().join(".kamal")).unwrap();
    for (path, text) in [
        ("config/deploy.yml", BASE),
        ("config/deploy.staging.yml", STAGING),
        (".kamal/secrets.staging", "MASTER_KEY=of-the-master\n"),
    ] {
        let path = project.path().join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project.path())
        .env_clear()
        .args(["config", "-d", "staging"])
        .args(words)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_whole_is_shown_with_defaults_and_without_secrets() {
    assert_snapshot!(shown(&[]));
}

#[test]
fn every_value_is_explained() {
    assert_snapshot!(shown(&["--explain"]));
}

#[test]
fn secrets_are_shown_to_those_who_ask() {
    let told = shown(&["--reveal"]);
    assert!(told.contains("password: hunter2-in-the-file\n"), "{told}");
    assert!(
        told.ends_with("---\n# From the secrets files\nMASTER_KEY: of-the-master\n"),
        "{told}"
    );
    for form in [
        &[][..],
        &["--explain"],
        &["--output", "json"],
        &["--explain", "--output", "json"],
    ] {
        let told = shown(form);
        assert!(
            !told.contains("hunter2") && !told.contains("of-the-master"),
            "{told}"
        );
    }
}

#[test]
fn programs_get_all_of_it_as_one_object() {
    let told: serde_json::Value = serde_json::from_str(&shown(&["--output", "json"])).unwrap();
    assert_eq!(told["config"]["env"]["clear"]["OPENS_AT"], "12:30");
    assert_eq!(told["config"]["registry"]["password"], "[REDACTED]");
    assert!(told.get("secrets").is_none());
    let told = shown(&["--output", "json", "--reveal"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["secrets"]["MASTER_KEY"], "of-the-master");
    let told = shown(&["--output", "json", "--explain"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&told).unwrap();
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).unwrap();
    assert_eq!(
        row("env/clear/LEVEL"),
        &serde_json::json!({
            "path": "env/clear/LEVEL",
            "value": "debug",
            "file": "config/deploy.staging.yml",
            "line": 2,
            "column": 22,
        })
    );
    assert_eq!(row("primary_role")["default"], true);
}

#[test]
fn kamals_form_has_no_place_for_what_kamal_does_not_know() {
    for flag in ["--explain", "--reveal"] {
        let (code, stdout, stderr) = run(&["--output", "yaml", flag]);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert!(stderr.contains("do not go together"), "{stderr}");
    }
}

#[test]
fn scripts_get_what_kamal_prints() {
    let told = shown(&["--output", "yaml", "--version", "12_30"]);
    assert_snapshot!(told);
}
