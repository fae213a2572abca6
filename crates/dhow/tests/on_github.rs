//! What a run tells on GitHub Actions.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fs, path::Path};

use assert_cmd::cargo::cargo_bin_cmd;
use insta::assert_snapshot;
use tempfile::TempDir;

/// What is told beside the data by a project in the folder `shop` of what was checked out. The word that ends the
/// stop of words differs in each run.
fn told(deploy_file: &str, variables: &[(&str, &str)], words: &[&str]) -> String {
    let checked_out = TempDir::new().unwrap();
    let project = checked_out.path().join("shop");
    fs::create_dir_all(project.join("config")).unwrap();
    fs::write(project.join("config/deploy.yml"), deploy_file).unwrap();
    let output = cargo_bin_cmd!("dhow")
        .current_dir(&project)
        .env_clear()
        .env("GITHUB_WORKSPACE", checked_out.path())
        .envs(variables.iter().copied())
        .args(words)
        .output()
        .unwrap();
    without_token(&String::from_utf8(output.stderr).unwrap())
}

fn without_token(text: &str) -> String {
    let Some((_, rest)) = text.split_once("::stop-commands::") else {
        return text.to_owned();
    };
    let token = rest.lines().next().unwrap();
    assert_eq!(token.len(), 16, "{text}");
    text.replace(token, "TOKEN")
}

const ON_GITHUB: &[(&str, &str)] = &[("GITHUB_ACTIONS", "true")];

const WRONG: &str = "service: shop
image: acme/shop
servers: [192.0.2.1]
builder: {arch: amd64}
registry: {username: ada, password: [P]}
surprise: 1
";

#[test]
fn a_problem_of_the_deploy_file_stands_beside_its_line() {
    assert_snapshot!(told(WRONG, ON_GITHUB, &["deploy"]));
}

#[test]
fn elsewhere_nothing_is_in_its_words() {
    for variables in [&[][..], &[("GITHUB_ACTIONS", "false")]] {
        let told = told(WRONG, variables, &["deploy"]);
        assert!(told.contains("surprise") && !told.contains("::"), "{told}");
    }
}

#[test]
fn a_hook_is_a_group_and_what_it_says_is_no_word_to_github() {
    let checked_out = TempDir::new().unwrap();
    let project = checked_out.path();
    fs::create_dir_all(project.join("config")).unwrap();
    fs::create_dir_all(project.join(".kamal/hooks")).unwrap();
    let right = WRONG.replace("surprise: 1\n", "");
    fs::write(project.join("config/deploy.yml"), right).unwrap();
    secret(&project.join(".kamal/secrets"));
    hook(
        &project.join(".kamal/hooks/pre-connect"),
        "echo '::error::not from here'; exit 7",
    );
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", project)
        .envs(ON_GITHUB.iter().copied())
        .args(["deploy", "--skip-push", "--version", "1"])
        .output()
        .unwrap();
    let told = without_token(&String::from_utf8(output.stderr).unwrap());
    let told = told.replace(&*project.to_string_lossy(), "PROJECT");
    let took = |line: &str| line.contains(" after ") || line.starts_with("Finished all");
    let lines: Vec<&str> = told.lines().filter(|line| !took(line)).collect();
    assert_snapshot!(lines.join("\n"));
}

fn secret(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, "P=open-sesame\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn hook(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
