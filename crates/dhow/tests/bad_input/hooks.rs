//! Hooks that cannot run, and signals while one runs. Nothing is connected to before `pre-connect` is done.

use std::{fs, os::unix::fs::PermissionsExt as _};

use insta::assert_snapshot;

use crate::project::Project;

/// A project with this `pre-connect` hook and no secret that is written out.
fn with_hook(script: &str, mode: u32) -> Project {
    let project = Project::committed();
    project.write(".kamal/secrets", "KAMAL_REGISTRY_PASSWORD=$(echo x)\n");
    project.write(
        ".kamal/hooks/pre-connect",
        &format!("#!/bin/sh\n{script}\n"),
    );
    let hook = project.path().join(".kamal/hooks/pre-connect");
    fs::set_permissions(hook, fs::Permissions::from_mode(mode)).unwrap();
    project
}

#[test]
fn a_hook_that_is_not_executable_is_told_before_anything_is_done() {
    let project = with_hook(":", 0o644);
    assert_snapshot!(project.says(&["deploy", "--skip-push"]), @"
    error: the hook [folder]/shop/.kamal/hooks/pre-connect is not executable

    hint: `chmod +x [folder]/shop/.kamal/hooks/pre-connect` makes it so, -H runs no hooks
    exit code 3
    ");
}

#[test]
fn hooks_of_kamal_1_are_refused_with_their_new_names() {
    let project = Project::committed();
    project.write(".kamal/hooks/pre-traefik-reboot", "#!/bin/sh\n");
    assert_snapshot!(project.says(&["config"]), @"
    error: Found pre-traefik-reboot, these should be renamed to (pre|post)-proxy-reboot; they lie in [folder]/shop/.kamal/hooks
    exit code 3
    ");
}

#[test]
fn a_hook_that_fails_stops_everything() {
    let project = with_hook("echo the tests are red >&2; exit 7", 0o755);
    assert_snapshot!(project.says(&["deploy", "--skip-push"]), @"
    Run the pre-connect hook
      | the tests are red
      stopped
    error: Hook `pre-connect` failed: [folder]/shop/.kamal/hooks/pre-connect ended with exit code 7

    hint: -H runs no hooks
    exit code 1
    ");
}

#[test]
fn a_signal_ends_the_hook_and_is_no_failure_of_it() {
    let project = with_hook("kill -INT $PPID; while :; do :; done", 0o755);
    assert_snapshot!(project.says(&["deploy", "--skip-push"]), @"
    Run the pre-connect hook

    Ending what was started; a second signal ends at once, without cleaning up
      stopped
    error: interrupted during: Run the pre-connect hook
    exit code 130
    ");
}

#[test]
fn a_terminal_that_goes_away_hangs_up_twice_and_means_one_end() {
    // The second one comes while the first is still being answered.
    let project = with_hook(
        "trap 'kill -HUP $PPID; exit 1' TERM; kill -HUP $PPID; while :; do :; done",
        0o755,
    );
    assert_snapshot!(project.says(&["deploy", "--skip-push"]), @"
    Run the pre-connect hook

    Ending what was started; a second signal ends at once, without cleaning up
      stopped
    error: interrupted during: Run the pre-connect hook
    exit code 129
    ");
}
