//! Secrets that are looked up before anything happens.

use dhow_config::Accessory;
use dhow_names::{Host, RoleName};

use crate::scenario::{SECRETS, Scenario, plan};

const HUNGRY: &str = "
servers:
  web: [10.0.0.1, {10.0.0.2: blue}]
env:
  secret: [RAILS_MASTER_KEY, \"DATABASE_PASSWORD:DB_SECRET\"]
  tags: {blue: {secret: [BLUE]}}
accessories:
  db: {image: 'mysql:8', host: 10.0.0.9, env: {secret: [MYSQL_ROOT_PASSWORD, RAILS_MASTER_KEY]}}
";

fn hungry() -> Scenario {
    plan(HUNGRY)
}

fn host(name: &str) -> Host {
    name.parse().unwrap()
}

fn text(content: &dhow_plan::Content) -> &str {
    std::str::from_utf8(content.expose()).unwrap()
}

#[test]
fn all_that_is_missing_is_told_at_once_and_once() {
    let missing = hungry()
        .secrets("RAILS_MASTER_KEY=x\n")
        .needs()
        .unwrap_err();
    assert_eq!(missing.to_string(), "secrets are missing");
    let told: Vec<String> = missing.missing.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Secret 'REGISTRY_PASSWORD' not found in .kamal/secrets
    Secret 'DB_SECRET' not found in .kamal/secrets
    Secret 'BLUE' not found in .kamal/secrets
    Secret 'MYSQL_ROOT_PASSWORD' not found in .kamal/secrets
    ");
    let one = plan("servers: [10.0.0.1]\n")
        .secrets("A=b\n")
        .needs()
        .unwrap_err();
    assert_eq!(one.to_string(), "a secret is missing");
}

#[test]
fn what_an_env_file_cannot_hold_is_told_before_anything_happens() {
    let long = "x".repeat(70_000);
    let secrets =
        format!("{SECRETS}DB_SECRET=\"l1\nl2\"\nBLUE={long}\nMYSQL_ROOT_PASSWORD='pa\\ss'\n");
    let told = |rest: &str| {
        let needs = plan(&format!("{HUNGRY}{rest}")).secrets(&secrets).needs();
        let unmet = needs.unwrap_err();
        let all: Vec<String> = unmet
            .undeliverable
            .iter()
            .map(ToString::to_string)
            .collect();
        format!("{unmet}\n{}", all.join("\n"))
    };
    insta::assert_snapshot!(told(""), @"
    a secret cannot be delivered
    BLUE makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535
    ");
    insta::assert_snapshot!(told("x-dhow: {secrets: {env_files: literal}}"), @"
    secrets cannot be delivered
    DATABASE_PASSWORD has a line break, and Docker's env files have one line per variable
    BLUE makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535
    ");
}

#[test]
fn values_that_arrive_changed_are_named_unless_they_arrive_as_they_are() {
    let secrets = format!("{SECRETS}DB_SECRET='a\\b'\nBLUE=x\nMYSQL_ROOT_PASSWORD=\"a\nb\"\n");
    let needs = hungry().secrets(&secrets).needs().unwrap();
    let names: Vec<String> = needs.changed.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["DATABASE_PASSWORD", "MYSQL_ROOT_PASSWORD"]);
    let web: RoleName = "web".parse().unwrap();
    let content = needs.role_env(&web, &host("10.0.0.1"));
    assert_eq!(
        text(&content),
        "RAILS_MASTER_KEY=m4st3r\nDATABASE_PASSWORD=a\\\\b\n"
    );
    let literal = format!("{HUNGRY}x-dhow: {{secrets: {{env_files: literal}}}}");
    let secrets = secrets.replace('"', "").replace("a\nb", "ab");
    let needs = plan(&literal).secrets(&secrets).needs().unwrap();
    assert!(needs.changed.is_empty());
    let content = needs.role_env(&web, &host("10.0.0.1"));
    assert_eq!(
        text(&content),
        "RAILS_MASTER_KEY=m4st3r\nDATABASE_PASSWORD=a\\b\n"
    );
}

#[test]
fn each_role_gets_its_own_on_each_host() {
    let all = format!("{SECRETS}DB_SECRET='d$b'\nBLUE=blue\nMYSQL_ROOT_PASSWORD='r o#t'\n");
    let scenario = hungry().secrets(&all);
    let needs = scenario.needs().unwrap();
    let web: RoleName = "web".parse().unwrap();
    let file = |at: &str| text(&needs.role_env(&web, &host(at))).to_owned();
    assert_eq!(
        file("10.0.0.1"),
        "RAILS_MASTER_KEY=m4st3r\nDATABASE_PASSWORD=d$b\n"
    );
    assert_eq!(
        file("10.0.0.2"),
        "RAILS_MASTER_KEY=m4st3r\nDATABASE_PASSWORD=d$b\nBLUE=blue\n"
    );
    let db: &Accessory = &scenario.config.accessories[0];
    let content = needs.accessory_env(db);
    assert_eq!(
        text(&content),
        "MYSQL_ROOT_PASSWORD=r o#t\nRAILS_MASTER_KEY=m4st3r\n"
    );
    let login = needs.login.unwrap();
    assert_eq!(login.server.as_deref(), Some("ghcr.io"));
    assert_eq!(login.password.expose(), "p4ssw0rd");
}

#[test]
fn a_role_without_secrets_has_a_file_of_one_line_break() {
    let scenario = plan("servers: [10.0.0.1]\n");
    let needs = scenario.needs().unwrap();
    let content = needs.role_env(&"web".parse().unwrap(), &host("10.0.0.1"));
    assert_eq!(text(&content), "\n");
}
