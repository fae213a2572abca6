//! Logs as they are followed.

use dhow_docker::app;
use dhow_shell::CommandLine;

use crate::host::{SHELLS, StubHost};

#[test]
fn a_followed_log_is_searched_line_by_line_by_any_grep() {
    let range = app::LogRange {
        grep: Some("o$".to_owned()),
        grep_options: Some("-i".to_owned()),
        follow: true,
        ..app::LogRange::default()
    };
    let greps = [
        "exec /bin/grep \"$@\"",
        // One that knows no such option, as BusyBox' does not.
        "case $1 in --line*) exit 2 ;; esac; exec /bin/grep \"$@\"",
    ];
    for (shell, grep) in SHELLS
        .iter()
        .flat_map(|shell| greps.map(|grep| (shell, grep)))
    {
        let host = StubHost::with_docker("printf '%s\\n' one TWO '  two' three");
        host.stub("grep", grep);
        let line = range.of(CommandLine::new("echo").arg("4711"));
        let done = host.run(shell, &line.exposed());
        assert_eq!(done.stdout, "TWO\n  two\n", "{shell:?} {grep}");
        assert_eq!(done.stderr, "", "{shell:?} {grep}");
        assert_eq!(host.asked(), "docker logs --follow 4711\n");
    }
}

#[test]
fn lines_side_by_side_are_led_by_who_printed_them() {
    let named = ["web", "jobs"].map(|name| {
        let line = CommandLine::new("docker").args(["logs", name]);
        (name.to_owned(), line)
    });
    for shell in SHELLS {
        let host = StubHost::with_docker("printf '%s\\n' \"$2 \\\\t 1\" \"  $2\\t2\"");
        let done = host.run(shell, &app::side_by_side(&named).exposed());
        let mut lines: Vec<&str> = done.stdout.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "jobs\t  jobs\\t2",
                "jobs\tjobs \\t 1",
                "web\t  web\\t2",
                "web\tweb \\t 1"
            ],
            "{shell:?}"
        );
    }
}
