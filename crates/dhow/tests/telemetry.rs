//! `output.otel`: a collector hears of a run, and a run does without its collector.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use assert_cmd::{Command, cargo::cargo_bin_cmd};
use tempfile::TempDir;

/// A project whose events go there, in no repository, so that a deploy has no version.
fn project(endpoint: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    let text = format!(
        "service: shop\nimage: acme/shop\nservers: [web1.example]\n\
         registry: {{username: dorothea, password: [KAMAL_REGISTRY_PASSWORD]}}\nbuilder: {{arch: amd64}}\n\
         output: {{otel: {{endpoint: '{endpoint}'}}}}\n"
    );
    fs::write(folder.path().join("config/deploy.yml"), text).unwrap();
    folder
}

fn dhow(project: &TempDir, command: &str) -> Command {
    let mut run = cargo_bin_cmd!("dhow");
    run.arg(command)
        .current_dir(project)
        .env_clear()
        .env("HOME", project.path())
        .env("PATH", "/usr/bin:/bin");
    run
}

/// A collector that takes one request, whose text it gives back.
fn collector() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = whole_request(&mut stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            .unwrap();
        request
    });
    (endpoint, taken)
}

fn whole_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let shown = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = shown.split_once("\r\n\r\n") {
            let mut lengths = head
                .lines()
                .filter_map(|it| it.strip_prefix("content-length: "));
            if lengths.next().unwrap().parse() == Ok(body.len()) {
                return shown;
            }
        }
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the request broke off: {shown}");
        text.extend(&piece[..count]);
    }
}

#[test]
fn a_deploy_that_fails_is_told_to_the_collector() {
    let (endpoint, taken) = collector();
    let project = project(&endpoint);
    let output = dhow(&project, "deploy").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains(&format!("Logs sent to {endpoint}\n")),
        "{told}"
    );
    let request = taken.join().unwrap();
    assert!(
        request.starts_with("POST /v1/logs HTTP/1.1\r\n"),
        "{request}"
    );
    let body: serde_json::Value =
        serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let records = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
    let names: Vec<&str> = records
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["eventName"].as_str())
        .collect();
    assert_eq!(names, ["kamal.start", "kamal.failed"]);
    let failed = records[records.as_array().unwrap().len() - 1]["attributes"].as_array();
    let kind = serde_json::json!({"key": "exception.type", "value": {"stringValue": "project"}});
    assert!(failed.unwrap().contains(&kind), "{failed:?}");
    for part in ["deploy shop", "exception.message", "\"failed\""] {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[test]
fn a_deploy_ends_as_it_does_without_a_collector() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let project = project(&format!("http://{closed}"));
    let output = dhow(&project, "deploy").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert_eq!(
        told.matches("OTel log shipping failed: ").count(),
        1,
        "{told}"
    );
}

#[test]
fn what_only_looks_is_told_to_nobody() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let project = project(&format!("http://{closed}"));
    let output = dhow(&project, "config").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !told.contains("OTel"), "{told}");
}
