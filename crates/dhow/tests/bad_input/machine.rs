//! This machine lacks what a build needs.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn there_is_no_docker() {
    assert_snapshot!(Project::committed().says(&["deploy"]), @"
    warning: .kamal/secrets:1: KAMAL_REGISTRY_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    error: no Docker engine answers on this machine

    [the shell's words]

    hint: install Docker and start it (Debian: apt-get install docker.io), set DOCKER_HOST to an engine, build on another machine with `builder: {remote: ssh://USER@HOST}`, or deploy what lies in the registry with --skip-push
    exit code 4
    ");
}

#[test]
fn no_engine_answers() {
    let project = Project::committed();
    let said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
    project.program("docker", &format!("echo '{said}' >&2; exit 1"));
    assert_snapshot!(project.says(&["deploy"]), @"
    warning: .kamal/secrets:1: KAMAL_REGISTRY_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    error: no Docker engine answers on this machine

    Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?

    hint: install Docker and start it (Debian: apt-get install docker.io), set DOCKER_HOST to an engine, build on another machine with `builder: {remote: ssh://USER@HOST}`, or deploy what lies in the registry with --skip-push
    exit code 4
    ");
}

#[test]
fn docker_has_no_buildx() {
    let project = Project::committed();
    let said = "docker: '\\''buildx'\\'' is not a docker command.\nSee '\\''docker --help'\\''";
    project.program(
        "docker",
        &format!("case $1 in version) echo 28.2.2 ;; *) echo '{said}' >&2; exit 1 ;; esac"),
    );
    assert_snapshot!(project.says(&["deploy"]), @"
    warning: .kamal/secrets:1: KAMAL_REGISTRY_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    error: Docker buildx plugin is not installed locally

    docker: 'buildx' is not a docker command.
    See 'docker --help'

    hint: install it (Debian: docker-buildx; Docker's packages: docker-buildx-plugin)
    exit code 4
    ");
}

#[test]
fn there_is_no_ssh() {
    let project = Project::committed();
    assert_snapshot!(project.says(&["deploy", "--skip-push", "--version", "1.2.3"]), @"
    warning: .kamal/secrets:1: KAMAL_REGISTRY_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    error: no host can be reached, nothing was changed
      caused by: `ssh` could not be started on this machine

    hint: install the OpenSSH client (Debian: openssh-client)
    exit code 4
    ");
}

#[test]
fn nothing_of_docker_is_needed_here_when_nothing_is_built() {
    let project = Project::committed();
    let told = project.says(&["deploy", "--skip-push", "--version", "1.2.3"]);
    assert!(!told.contains("Docker"), "{told}");
}
