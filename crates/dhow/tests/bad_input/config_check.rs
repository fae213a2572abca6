//! `config check`: the base and every destination at once, without anything but the files.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::project::{GOOD, Project};

/// A project in no repository, without secrets, in which nothing can be run.
fn with(files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    for (name, text) in files {
        project.write(&format!("config/{name}"), text);
    }
    project
}

#[test]
fn a_good_file_needs_no_more() {
    let project = with(&[("deploy.yml", GOOD)]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    config/deploy.yml: no problems
    exit code 0
    ");
    assert_snapshot!(project.says(&["config", "check", "--quiet"]), @"exit code 0");
    assert_snapshot!(project.says(&["config", "check", "--output", "json"]), @r"
    []
    exit code 0
    ");
}

#[test]
fn warnings_alone_are_no_failure() {
    let project = with(&[("deploy.yml", &format!("{GOOD}labels: {{at: 12:30}}\n"))]);
    assert_snapshot!(project.says(&["config", "check"]), @r#"
    warning: labels/at: `12:30` without quotes is read as 45000
     --> config/deploy.yml:9:14
      |
    9 | labels: {at: 12:30}
      |              ^^^^^
      |
      = help: quote it to keep it as it is written: "12:30"

    config/deploy.yml: 1 warning
    exit code 0
    "#);
    assert_snapshot!(project.says(&["config", "check", "-q"]), @"exit code 0");
}

#[test]
fn secrets_that_others_can_read_are_told_of_without_running_anything() {
    let project = with(&[("deploy.yml", GOOD)]);
    project.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=hunter2hunter2\nOTHER=$(exit 3)\n",
    );
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(project.path().join(".kamal/secrets"), mode).unwrap();
    let told = project.says(&["config", "check"]);
    assert!(told.contains("run `chmod 600 .kamal/secrets`"), "{told}");
    assert!(told.ends_with("exit code 0"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_problem_of_the_base_is_told_once() {
    let project = with(&[
        (
            "deploy.yml",
            &format!("{GOOD}colour: teal\nproxy: {{ssl: true}}\n"),
        ),
        ("deploy.production.yml", "proxy: {host: shop.example}\n"),
        (
            "deploy.staging.yml",
            "proxy: {host: staging.example, app_prt: 3000}\n",
        ),
    ]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    error: unknown key: colour
     --> config/deploy.yml:9:1
      |
    9 | colour: teal
      | ^^^^^^
      |
      = help: `dhow docs configuration` shows all keys

    error: proxy: Must set a host to enable automatic SSL
      --> config/deploy.yml:10:9
       |
    10 | proxy: {ssl: true}
       |         ^^^
       |
       = help: write `host: www.example.com` beside it
       = note: only without a destination; if this file is never used alone, write `require_destination: true`

    error: proxy: unknown key: app_prt
     --> config/deploy.staging.yml:1:32
      |
    1 | proxy: {host: staging.example, app_prt: 3000}
      |                                ^^^^^^^
      |
      = help: did you mean `app_port`?

    config/deploy.yml: 2 errors
    config/deploy.production.yml: no problems
    config/deploy.staging.yml: 1 error
    exit code 3
    ");
}

#[test]
fn one_destination_can_be_asked_for() {
    let project = with(&[
        ("deploy.yml", &format!("{GOOD}proxy: {{ssl: true}}\n")),
        ("deploy.production.yml", "proxy: {host: shop.example}\n"),
        ("deploy.staging.yml", "colour: teal\n"),
    ]);
    assert_snapshot!(project.says(&["config", "check", "-d", "production"]), @r"
    config/deploy.yml: no problems
    config/deploy.production.yml: no problems
    exit code 0
    ");
    assert_snapshot!(project.says(&["config", "check", "-d", "testing"]), @r"
    error: Configuration file not found in [folder]/shop/config/deploy.testing.yml; destinations that have a file: production, staging

    exit code 3
    ");
}

#[test]
fn options_stand_where_they_belong() {
    let project = with(&[("deploy.yml", GOOD), ("deploy.staging.yml", "{}\n")]);
    let told =
        "config/deploy.yml: no problems\nconfig/deploy.staging.yml: no problems\nexit code 0";
    assert_eq!(project.says(&["-d", "staging", "config", "check"]), told);
    assert_eq!(project.says(&["config", "-d", "staging", "check"]), told);
    assert_eq!(project.says(&["config", "check", "-d", "staging"]), told);
    assert_snapshot!(project.says(&["config", "--output", "json", "check"]), @r"
    error: --explain, --reveal and --output before a subcommand of config mean nothing

    hint: options of a subcommand stand behind it: `dhow config check --output json`
    exit code 2
    ");
}

#[test]
fn a_base_that_is_never_used_alone_is_not_checked_alone() {
    let base = GOOD.replace("servers: [web1.example]", "require_destination: true");
    let staging = ("deploy.staging.yml", "servers: [web1.example]\n");
    let project = with(&[("deploy.yml", &base), staging]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    config/deploy.yml: no problems
    config/deploy.staging.yml: no problems
    exit code 0
    ");
    let without_it = GOOD.replace("servers: [web1.example]\n", "");
    let project = with(&[("deploy.yml", &without_it), staging]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    error: No servers or accessories specified
     --> config/deploy.yml:1:1
      |
    1 | service: shop
      | ^
      |
      = help: write `servers:` with a list of hosts
      = note: only without a destination; if this file is never used alone, write `require_destination: true`

    config/deploy.yml: 1 error
    config/deploy.staging.yml: no problems
    exit code 3
    ");
    // Nobody can deploy it.
    let project = with(&[("deploy.yml", &base)]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    error: You must specify a destination
     --> config/deploy.yml:3:1
      |
    3 | require_destination: true
      | ^^^^^^^^^^^^^^^^^^^
      |
      = help: name one with `-d`

    config/deploy.yml: 1 error
    exit code 3
    ");
}

/// What the file says of itself can only be read with a destination here.
#[test]
fn a_base_whose_tags_ask_for_the_destination_is_read_with_it() {
    let base = format!(
        "{GOOD}require_destination: true\nlabels: {{stage: <%= ENV.fetch(\"KAMAL_DESTINATION\") %>}}\n"
    );
    let project = with(&[("deploy.yml", &base), ("deploy.staging.yml", "{}\n")]);
    assert_snapshot!(project.says(&["config", "check"]), @r"
    config/deploy.yml: no problems
    config/deploy.staging.yml: no problems
    exit code 0
    ");
}

#[test]
fn files_that_cannot_be_read_do_not_hide_the_others() {
    let project = with(&[
        ("deploy.yml", GOOD),
        ("deploy.a b.yml", "{}\n"),
        ("deploy.empty.yml", ""),
        (
            "deploy.staging.yml",
            "servers: staging.example]]\nservers: ]\n",
        ),
    ]);
    std::fs::create_dir(project.path().join("config/deploy.folder.yml")).unwrap();
    assert_snapshot!(project.says(&["config", "check"]), @r"
    error: the file is empty
     --> config/deploy.empty.yml:1:1
      |
    1 |
      | ^
      |
      = help: write what differs from the base, or `{}` for nothing

    error: not valid YAML: misplaced bracket
     --> config/deploy.staging.yml:2:10
      |
    2 | servers: ]
      |          ^
      |
      = help: the mistake may begin in a line above: look for indentation, a missing `:` or an open quote

    warning: config/deploy.a b.yml is of no use: ' ' cannot be part of the destination name `a b`

    error: reading [folder]/shop/config/deploy.folder.yml failed: Is a directory (os error 21)

    config/deploy.yml: no problems
    config/deploy.empty.yml: 1 error
    config/deploy.staging.yml: 1 error
    exit code 3
    ");
    assert_snapshot!(Project::empty().says(&["config", "check"]), @r"
    error: Configuration file not found in [folder]/shop/config/deploy.yml; `dhow init` writes one, and `-c FILE` names another

    exit code 3
    ");
}

#[test]
fn commands_in_tags_run_as_for_a_deploy() {
    let base = GOOD.replace("web1.example", "<%= `hosts` %>");
    let project = with(&[("deploy.yml", &base)]);
    project.program("hosts", "echo web1.example");
    assert_snapshot!(project.says(&["config", "check"]), @r"
    config/deploy.yml: no problems
    exit code 0
    ");
}

#[test]
fn programs_are_told_the_same_as_data() {
    let project = with(&[
        (
            "deploy.yml",
            &format!("{GOOD}lables: {{}}\nlabels: {{a: é, a: 12:30}}\n"),
        ),
        ("deploy.staging.yml", "{}\n"),
    ]);
    let told = project.says(&["config", "check", "--output", "json"]);
    assert_snapshot!(told, @r#"
    [
      {
        "severity": "error",
        "key": null,
        "message": "unknown key: lables",
        "file": "config/deploy.yml",
        "line": 9,
        "column": 1,
        "end_column": 7,
        "help": "did you mean `labels`?",
        "related": null,
        "destinations": [
          null,
          "staging"
        ]
      },
      {
        "severity": "warning",
        "key": "labels",
        "message": "the key `a` is written twice; the last one counts",
        "file": "config/deploy.yml",
        "line": 10,
        "column": 16,
        "end_column": 17,
        "help": "delete one of them",
        "related": {
          "label": "written here first",
          "file": "config/deploy.yml",
          "line": 10,
          "column": 10,
          "end_column": 11
        },
        "destinations": [
          null,
          "staging"
        ]
      },
      {
        "severity": "warning",
        "key": "labels/a",
        "message": "`12:30` without quotes is read as 45000",
        "file": "config/deploy.yml",
        "line": 10,
        "column": 19,
        "end_column": 24,
        "help": "quote it to keep it as it is written: \"12:30\"",
        "related": null,
        "destinations": [
          null,
          "staging"
        ]
      }
    ]
    exit code 3
    "#);
    let (json, code) = told.rsplit_once("exit code ").unwrap();
    assert_eq!(code, "3");
    let problems: Value = serde_json::from_str(json).unwrap();
    assert_eq!(problems.as_array().unwrap().len(), 3);
}

#[test]
fn github_is_told_in_its_own_words() {
    let project = with(&[(
        "deploy.yml",
        &format!("{GOOD}colour: teal\nlabels: {{at: 12:30}}\n"),
    )]);
    let on_github = |words: &[&str]| {
        let above = project.path();
        let above = above.parent().unwrap().to_string_lossy().into_owned();
        project.says_with(
            &[("GITHUB_ACTIONS", "true"), ("GITHUB_WORKSPACE", &above)],
            words,
        )
    };
    let told = on_github(&["config", "check"]);
    let annotations: Vec<&str> = told.lines().filter(|line| line.starts_with("::")).collect();
    assert_snapshot!(annotations.join("\n"), @r#"
    ::error file=shop/config/deploy.yml,line=9,col=1,endColumn=6::unknown key: colour%0A`dhow docs configuration` shows all keys
    ::warning file=shop/config/deploy.yml,line=10,col=14,endColumn=18::labels/at: `12:30` without quotes is read as 45000%0Aquote it to keep it as it is written: "12:30"
    "#);
    assert!(!on_github(&["config", "check", "--output", "json"]).contains("::"));
}

#[test]
fn secrets_in_the_file_are_in_no_problem() {
    let base = GOOD.replace(
        "[KAMAL_REGISTRY_PASSWORD]",
        "open-sesame\n  prot: open-sesame",
    );
    let project = with(&[("deploy.yml", &base), ("deploy.staging.yml", "{}\n")]);
    // `says` holds that the password is not told.
    for output in [&["--output", "json"] as &[&str], &[]] {
        let told = project.says(&[&["config", "check"], output].concat());
        assert_eq!(told.matches("unknown key: prot").count(), 1, "{told}");
    }
}
