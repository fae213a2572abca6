//! What scripts read that call the program as `kamal`.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use assert_cmd::{Command, cargo::cargo_bin};
use insta::assert_snapshot;
use tempfile::TempDir;

const DEPLOY_FILE: &str = "service: shop
image: acme/shop
servers: [192.0.2.1]
builder: {arch: amd64}
registry: {username: ada, password: [P]}
";

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What a deploy tells whose first hook fails: standard output and errors.
fn told(words: &[&str]) -> (String, String) {
    let project = TempDir::new().unwrap();
    let folder = project.path();
    write(&folder.join("config/deploy.yml"), DEPLOY_FILE, 0o644);
    write(&folder.join(".kamal/secrets"), "P=open-sesame\n", 0o600);
    let hook = "#!/bin/sh\necho open-sesame\nexit 7\n";
    write(&folder.join(".kamal/hooks/pre-connect"), hook, 0o755);
    let program = folder.join("kamal");
    symlink(cargo_bin!("dhow"), &program).unwrap();
    let output = Command::new(program)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .args(["deploy", "--skip-push", "--version", "1"])
        .args(words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_log_is_kamals_and_stands_on_the_standard_output() {
    let (output, errors) = told(&[]);
    let (before, rest) = output.split_once(" DEBUG [").unwrap();
    let (id, line) = rest.split_once("] ").unwrap();
    assert!(id.len() == 8 && id.chars().all(|it| it.is_ascii_hexdigit()));
    let line = line.lines().next().unwrap();
    assert_snapshot!(format!("{before}{line}"), @r"
    Run the pre-connect hook...
    	[REDACTED]
    ");
    assert!(
        errors.starts_with("error: Hook `pre-connect` failed"),
        "{errors}"
    );
}

#[test]
fn quiet_leaves_the_failure() {
    let (output, errors) = told(&["-q"]);
    assert_eq!(output, "");
    assert!(errors.starts_with("error: "), "{errors}");
}
