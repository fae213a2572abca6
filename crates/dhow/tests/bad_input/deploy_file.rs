//! A deploy file that is missing, or says something that cannot be.

use insta::assert_snapshot;

use crate::project::{GOOD, Project};

/// What `deploy` says of a deploy file.
fn of(text: &str) -> String {
    Project::with_deploy_file(text).says(&["deploy"])
}

#[test]
fn it_is_missing() {
    assert_snapshot!(Project::empty().says(&["deploy"]), @r"
    error: Configuration file not found in [folder]/shop/config/deploy.yml; `dhow init` writes one, and `-c FILE` names another
    exit code 3
    ");
}

#[test]
fn the_one_that_was_named_is_missing() {
    assert_snapshot!(Project::empty().says(&["deploy", "--config-file", "conf/live.yml"]), @r"
    error: Configuration file not found in [folder]/shop/conf/live.yml; `dhow init` writes one, and `-c FILE` names another
    exit code 3
    ");
}

#[test]
fn the_file_of_the_destination_is_missing() {
    assert_snapshot!(Project::with_deploy_file(GOOD).says(&["deploy", "--destination", "staging"]), @r"
    error: Configuration file not found in [folder]/shop/config/deploy.staging.yml; no destination has a file yet: write this one, or leave `-d` away
    exit code 3
    ");
}

#[test]
fn it_is_no_yaml() {
    assert_snapshot!(of("service: shop\nservers:\n  web: [web1\nimage: acme/shop\n"), @r"
    error: the deploy file has a problem

    error: not valid YAML: illegal placement of ':' indicator
     --> config/deploy.yml:3:8
      |
    3 |   web: [web1
      |        ^
      |
      = help: this is not closed
    exit code 3
    ");
}

#[test]
fn it_has_an_unknown_key() {
    assert_snapshot!(of(&format!("{GOOD}proxxy:\n  app_port: 3000\n")), @r"
    error: the deploy file has a problem

    error: unknown key: proxxy
     --> config/deploy.yml:9:1
      |
    9 | proxxy:
      | ^^^^^^
      |
      = help: did you mean `proxy`?
    exit code 3
    ");
}

#[test]
fn a_value_has_the_wrong_type() {
    assert_snapshot!(of(&format!("{GOOD}proxy:\n  app_port: lots\n")), @r"
    error: the deploy file has a problem

    error: proxy/app_port: should be an integer
      --> config/deploy.yml:10:13
       |
    10 |   app_port: lots
       |             ^^^^
       |
       = help: this is text: write a whole number, without a unit
    exit code 3
    ");
}

#[test]
fn a_role_has_no_hosts() {
    assert_snapshot!(of(&GOOD.replace("[web1.example]", "{web: [web1.example], job: []}")), @r"
    error: the deploy file has a problem

    error: No servers specified for the job role. You can ignore this with allow_empty_roles: true
     --> config/deploy.yml:3:32
      |
    3 | servers: {web: [web1.example], job: []}
      |                                ^^^
      |
      = help: list its hosts, or delete the role
    exit code 3
    ");
}

#[test]
fn all_problems_are_told_at_once() {
    assert_snapshot!(of("service: Shop Shop\nservers: [web1.example]\nretain_containers: many\ncolour: teal\n"), @r"
    error: the deploy file has 6 problems

    error: Missing required configuration for image
     --> config/deploy.yml:1:1
      |
    1 | service: Shop Shop
      | ^
      |
      = help: write `image: …` at the top level

    error: registry/username: is required
     --> config/deploy.yml:1:1
      |
    1 | service: Shop Shop
      | ^
      |
      = help: write `registry:` with `username` and `password`, and `server` unless it is Docker Hub

    error: builder: Builder arch not set
     --> config/deploy.yml:1:1
      |
    1 | service: Shop Shop
      | ^
      |
      = help: write `arch: amd64` or `arch: arm64` below `builder`, as your hosts are

    error: service: Service name can only include alphanumeric characters, hyphens, and underscores
     --> config/deploy.yml:1:10
      |
    1 | service: Shop Shop
      |          ^^^^^^^^^
      |
      = help: ' ' cannot be part of the service name `Shop Shop`; write `Shop-Shop`

    error: retain_containers: should be an integer
     --> config/deploy.yml:3:20
      |
    3 | retain_containers: many
      |                    ^^^^
      |
      = help: this is text: write a whole number, without a unit

    error: unknown key: colour
     --> config/deploy.yml:4:1
      |
    4 | colour: teal
      | ^^^^^^
      |
      = help: `dhow docs configuration` shows all keys
    exit code 3
    ");
}

#[test]
fn looking_at_it_refuses_it_too() {
    let project = Project::with_deploy_file(&format!("{GOOD}colour: teal\n"));
    assert_snapshot!(project.says(&["config"]), @r"
    error: the deploy file has a problem

    error: unknown key: colour
     --> config/deploy.yml:9:1
      |
    9 | colour: teal
      | ^^^^^^
      |
      = help: `dhow docs configuration` shows all keys
    exit code 3
    ");
}
