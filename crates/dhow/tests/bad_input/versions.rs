//! What a run is called: given, or by the policy of the deploy file; and what HEAD may not be called.

use assert_cmd::cargo::cargo_bin;
use insta::assert_snapshot;

use crate::project::{GOOD, Project};

/// A committed project whose versions come from there.
fn with_policy(policy: &str) -> Project {
    with_settings(&format!("x-dhow: {{version: {policy}}}"))
}

fn with_settings(settings: &str) -> Project {
    let project = Project::with_deploy_file(&format!("{GOOD}{settings}\n"));
    project.write(".kamal/secrets", "KAMAL_REGISTRY_PASSWORD=$(echo x)\n");
    project.commit();
    project
}

/// The version that a run of its own chooses.
fn version(project: &Project, variables: &[(&str, &str)], options: &[&str]) -> String {
    let told = project.says_with(
        variables,
        &[&["config", "--output", "yaml"], options].concat(),
    );
    let version = told
        .lines()
        .find_map(|line| line.strip_prefix(":version: "));
    let version = version.unwrap_or_else(|| panic!("{told}"));
    version.trim_matches('\'').to_owned()
}

fn head(project: &Project) -> String {
    let repository = git2::Repository::open(project.path()).unwrap();
    repository.head().unwrap().target().unwrap().to_string()
}

fn tag(project: &Project, name: &str) {
    let repository = git2::Repository::open(project.path()).unwrap();
    let head = repository.head().unwrap().peel_to_commit().unwrap();
    repository
        .tag_lightweight(name, head.as_object(), false)
        .unwrap();
}

#[test]
fn each_policy_gives_a_version_and_a_given_one_goes_before_it() {
    let short = with_policy("{from: short_commit, digits: 9}");
    assert_eq!(version(&short, &[], &[]), head(&short)[..9]);
    let described = with_policy("describe");
    tag(&described, "v1.2+rc1");
    assert_eq!(version(&described, &[], &[]), "v1.2_rc1");
    let of_variable = with_policy("{env: RELEASE}");
    assert_eq!(version(&of_variable, &[("RELEASE", "7.1")], &[]), "7.1");
    let of_command = with_policy("{command: echo 8.$((1 + 1))}");
    assert_eq!(version(&of_command, &[], &[]), "8.2");
    for project in [&short, &described, &of_variable, &of_command] {
        assert_eq!(version(project, &[("VERSION", "5")], &[]), "5");
        assert_eq!(
            version(project, &[("VERSION", "5")], &["--version", "6"]),
            "6"
        );
    }
}

#[test]
fn a_command_runs_once_in_the_folder_of_the_project() {
    let project = with_policy("{command: pwd >> ../calls; echo 1}");
    project.says(&["deploy", "--skip-push"]);
    let calls = std::fs::read_to_string(project.path().join("../calls")).unwrap();
    assert_eq!(
        calls,
        format!("{}\n", project.path().canonicalize().unwrap().display())
    );
}

#[test]
fn a_policy_that_gives_nothing_is_told_with_the_way_out() {
    let says = |policy: &str| with_policy(policy).says(&["deploy", "--skip-push"]);
    assert_snapshot!(says("{env: RELEASE}"), @"
    error: the environment variable RELEASE is not set, and the version is to come from it

    hint: `x-dhow/version` in the deploy file names it; --version goes before it
    exit code 3
    ");
    assert_snapshot!(says("{command: echo the registry is closed >&2; exit 3}"), @"
    error: the command for the version ended with exit code 3

    $ echo the registry is closed >&2; exit 3
    the registry is closed

    hint: `x-dhow/version` in the deploy file names it; --version goes before it
    exit code 3
    ");
    assert_snapshot!(says("{command: echo v1/2}"), @"
    error: what the command for the version printed cannot be used
      caused by: '/' cannot be part of the version `v1/2` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `v1_2` would do

    hint: `x-dhow/version` in the deploy file names it; --version goes before it
    exit code 3
    ");
    assert_snapshot!(says("describe"), @"
    error: `git describe --tags` has nothing to say of [folder]/shop: no tag can be reached from HEAD

    hint: `git fetch --tags` gets those of the remote (a shallow clone has none), `git tag v0.1` makes the first
    exit code 3
    ");
    let slashed = with_policy("describe");
    tag(&slashed, "web/1");
    assert_snapshot!(slashed.says(&["deploy", "--skip-push"]), @"
    error: the tag nearest to HEAD cannot be used as version
      caused by: '/' cannot be part of the version `web/1` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `web_1` would do

    hint: a command can spell it otherwise: `x-dhow: {version: {command: git describe --tags | tr / -}}`
    exit code 3
    ");
}

#[test]
fn head_is_not_built_under_a_foreign_name() {
    let project = with_settings("");
    assert_snapshot!(project.says(&["deploy", "--version", "1.2.3"]), @"
    error: 1.2.3 is no name of commit de451e3a581c44cc5a6241e957d8cecc6d544f7f, which would be built

    hint: --skip-push deploys the image 1.2.3 that lies in the registry, --build-as builds the commit and calls it 1.2.3
    hint: without --version and VERSION the commit is built under its own name
    exit code 2
    ");
    let refused = "is no name of commit";
    for command in [
        &["setup"][..],
        &["redeploy"],
        &["plan"],
        &["build", "push"],
        &["build", "deliver"],
    ] {
        let told = project.says_with(&[("VERSION", "1.2.3")], command);
        assert!(
            told.contains(refused) && told.ends_with("exit code 2"),
            "{command:?}: {told}"
        );
        let told = project.says_with(
            &[("VERSION", "1.2.3")],
            &[command, &["--build-as"]].concat(),
        );
        assert!(!told.contains(refused), "{command:?}: {told}");
    }
    for command in [&["deploy", "--skip-push"][..], &["build", "pull"]] {
        let told = project.says_with(&[("VERSION", "1.2.3")], command);
        assert!(!told.contains(refused), "{command:?}: {told}");
    }
}

#[test]
fn head_is_built_under_each_of_its_own_names() {
    let project = with_policy("{env: RELEASE}");
    tag(&project, "v4");
    let head = head(&project);
    for own in [&head, &head[..7], "v4", "4.0"] {
        let told = project.says_with(&[("RELEASE", "4.0")], &["deploy", "--version", own]);
        assert!(told.contains("no Docker engine answers"), "{own}: {told}");
    }
    let told = project.says_with(&[("RELEASE", "4.0")], &["deploy", "--version", "4.1"]);
    assert!(told.contains("which would be built as 4.0"), "{told}");
}

#[test]
fn without_a_repository_any_name_is_fine() {
    let told = Project::with_deploy_file(GOOD).says(&["deploy", "--version", "1.2.3"]);
    assert!(told.contains("no Docker engine answers"), "{told}");
}

#[test]
fn a_plus_is_told_once_and_a_tag_that_moves_is_refused() {
    let project = with_settings("");
    let given = ["deploy", "--skip-push", "--version", "1.2.3+build123"];
    let told = project.says(&given);
    let warning = "warning: the version 1.2.3+build123 is called 1.2.3_build123, because a Docker tag holds no `+`";
    assert_eq!(told.matches(warning).count(), 1, "{told}");
    for command in [
        &["deploy", "-P"][..],
        &["setup"],
        &["redeploy", "-P"],
        &["plan"],
        &["build", "push", "--build-as"],
        &["build", "pull"],
        &["build", "deliver"],
    ] {
        for moving in ["latest", "latest-staging"] {
            let told = project.says_with(&[("VERSION", moving)], command);
            assert!(
                told.contains("cannot be deployed as a version"),
                "{command:?}: {told}"
            );
        }
    }
    let told = project.says(&["rollback", "latest"]);
    assert!(told.contains("cannot be deployed as a version"), "{told}");
}

#[test]
fn a_dhow_in_a_hook_is_about_the_same_version() {
    let project = with_policy("{command: date +%s%N}");
    std::os::unix::fs::symlink(cargo_bin("dhow"), project.path().join("../programs/dhow")).unwrap();
    for program in ["date", "env", "grep"] {
        let place = ["/bin", "/usr/bin"].map(|folder| format!("{folder}/{program}"));
        let place = place
            .iter()
            .find(|place| std::path::Path::new(place).exists())
            .unwrap();
        std::os::unix::fs::symlink(place, project.path().join("../programs").join(program))
            .unwrap();
    }
    project.hook(
        "pre-connect",
        "env | grep VERSION=; dhow config --output yaml | grep ^:version:; exit 1",
    );
    let told = project.says(&["deploy", "--skip-push"]);
    let versions: Vec<&str> = told
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("| "))
        .filter(|line| !line.contains("SERVICE"))
        .map(|line| {
            line.split(['=', ' '])
                .next_back()
                .unwrap()
                .trim_matches('\'')
        })
        .collect();
    assert_eq!(versions.len(), 3, "{told}");
    assert!(
        versions.iter().all(|version| *version == versions[0]),
        "{told}"
    );
    // Another run has another one.
    assert!(
        !project
            .says(&["deploy", "--skip-push"])
            .contains(versions[0])
    );
}
