//! Secrets, the git repository and the Dockerfile: what of a project may be missing.

use insta::assert_snapshot;

use crate::project::{GOOD, Project};

#[test]
fn a_secret_is_missing() {
    let project = Project::committed();
    project.write(".kamal/secrets", "OTHER=1\n");
    assert_snapshot!(project.says(&["deploy"]), @"
    error: a secret is missing

    error: registry/password/0: Secret 'KAMAL_REGISTRY_PASSWORD' not found in .kamal/secrets
     --> config/deploy.yml:6:14
      |
    6 |   password: [KAMAL_REGISTRY_PASSWORD]
      |              ^^^^^^^^^^^^^^^^^^^^^^^

    hint: the deploy file asks for it: add a line NAME=$(command) to the secrets file, or NAME=$NAME to take it from the environment
    exit code 3
    ");
}

#[test]
fn the_secrets_file_is_missing() {
    let project = Project::committed();
    project.remove(".kamal/secrets");
    assert_snapshot!(project.says(&["deploy"]), @"
    error: a secret is missing

    error: registry/password/0: Secret 'KAMAL_REGISTRY_PASSWORD' not found, no secret files (.kamal/secrets-common, .kamal/secrets) provided
     --> config/deploy.yml:6:14
      |
    6 |   password: [KAMAL_REGISTRY_PASSWORD]
      |              ^^^^^^^^^^^^^^^^^^^^^^^

    hint: the deploy file asks for it: add a line NAME=$(command) to the secrets file, or NAME=$NAME to take it from the environment
    exit code 3
    ");
}

#[test]
fn a_line_of_the_secrets_file_is_wrong() {
    let project = Project::committed();
    project.write(
        ".kamal/secrets",
        "KAMAL_REGISTRY_PASSWORD=$(no-such-program open)\n",
    );
    assert_snapshot!(project.says(&["deploy"]), @"
    [the shell's words]
    error: .kamal/secrets:1: the command `no-such-program …` gave no value for KAMAL_REGISTRY_PASSWORD
      caused by: a program in it was not found (exit code 127); its own message stands above
    exit code 3
    ");
}

#[test]
fn there_is_no_repository() {
    assert_snapshot!(Project::with_deploy_file(GOOD).says(&["deploy"]), @r"
    error: Can't use commit hash as version, no git repository found in [folder]/shop

    hint: run `git init` and commit, or name a version with --version or VERSION
    exit code 3
    ");
}

#[test]
fn the_repository_has_no_commit() {
    let project = Project::with_deploy_file(GOOD);
    project.init();
    assert_snapshot!(project.says(&["deploy"]), @r"
    error: the git repository [folder]/shop has no commits yet, so there is nothing to build

    hint: commit what should be deployed
    exit code 3
    ");
}

#[test]
fn the_dockerfile_is_missing() {
    let project = Project::committed();
    project.remove("Dockerfile");
    assert_snapshot!(project.says(&["deploy"]), @"
    warning: .kamal/secrets:1: KAMAL_REGISTRY_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    error: Missing [folder]/shop/Dockerfile

    hint: write it, name another with `builder: {dockerfile: PATH}`, or deploy what lies in the registry with --skip-push
    exit code 3
    ");
}

#[test]
fn the_version_cannot_be_a_tag() {
    assert_snapshot!(Project::committed().says(&["deploy", "--skip-push", "--version", "fix/login"]), @r"
    error: `--version` cannot be used
      caused by: '/' cannot be part of the version `fix/login` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `fix_login` would do
    exit code 2
    ");
}
