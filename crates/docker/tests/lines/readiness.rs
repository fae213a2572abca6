//! Waiting for a container without a proxy in front of it.

use std::{fs, time::Duration};

use dhow_docker::app;

use crate::host::{SHELLS, StubHost};

/// Prints the file's first line and takes it away, unless it is the last.
const NEXT_STATE: &str = r#"head -n 1 "$HOME/states"
if [ "$(wc -l < "$HOME/states")" -gt 1 ]; then sed -i 1d "$HOME/states"; fi"#;

/// A clock that only waiting moves, so that no slow machine changes what is asked how often. Functions, since the
/// shell of busybox prefers its own programs to those of the path.
const CLOCK: &str = r#"echo 0 > "$HOME/clock"
date() { cat "$HOME/clock"; }
sleep() { echo $(($(cat "$HOME/clock") + $1)) > "$HOME/clock"; }
"#;

#[test]
fn a_container_is_ready_when_it_is_healthy_or_has_run_long_enough() {
    let ended = "container not ready: it ended (exited)\n";
    let unhealthy = "container not ready after 1 seconds (unhealthy)\n";
    let table = [
        // States, deploy timeout, readiness delay, exit code, error, how often docker is asked.
        ("running 0", 1, 0, 0, "", 1),
        ("running 0\nrunning 0", 1, 1, 0, "", 2),
        ("healthy 0", 1, 7, 0, "", 1),
        ("starting 0\nhealthy 0", 5, 7, 0, "", 2),
        ("created 0\nrunning 0\nrunning 1\nrunning 1", 9, 1, 0, "", 4),
        ("exited 0", 9, 7, 1, ended, 1),
        ("running 0\nexited 0", 9, 1, 1, ended, 2),
        ("unhealthy 0", 1, 7, 1, unhealthy, 2),
    ];
    for row in table {
        for shell in SHELLS {
            check_readiness(shell, row);
        }
    }
}

fn check_readiness(
    shell: &[&str],
    (states, timeout, delay, exit_code, error, asked): (&str, u64, u64, i32, &str, usize),
) {
    let host = StubHost::with_docker(NEXT_STATE);
    fs::write(host.path().join("states"), format!("{states}\n")).unwrap();
    let line = app::wait_until_ready(
        "shop-workers-1",
        Duration::from_secs(timeout),
        Duration::from_secs(delay),
    );
    let done = host.run(shell, &format!("{CLOCK}{}", line.exposed()));
    assert_eq!(done.exit_code, Some(exit_code), "{states}: {}", done.stderr);
    assert_eq!(done.stderr, error, "{states}");
    assert_eq!(host.asked().lines().count(), asked, "{states}");
}

#[test]
fn a_container_that_restarts_for_ever_is_given_up_in_time() {
    for shell in SHELLS {
        // Every look finds it running, after one more restart.
        let host = StubHost::with_docker("echo \"running $(wc -l < \"$HOME/asked\")\"");
        let line = app::wait_until_ready("c", Duration::from_secs(2), Duration::from_secs(1));
        let done = host.run(shell, &format!("{CLOCK}{}", line.exposed()));
        assert_eq!(done.exit_code, Some(1));
        assert_eq!(
            done.stderr,
            "container not ready after 2 seconds (running)\n"
        );
    }
}

#[test]
fn a_container_that_is_not_there_is_not_waited_for() {
    for shell in SHELLS {
        let host = StubHost::with_docker("echo 'no such object: c' >&2; exit 1");
        let line = app::wait_until_ready("c", Duration::from_secs(9), Duration::from_secs(1));
        let done = host.run(shell, &line.exposed());
        assert_eq!(
            (done.exit_code, done.stderr.as_str()),
            (Some(1), "no such object: c\n")
        );
    }
}
