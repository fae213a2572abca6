//! Programs on this machine: their output, their end, and what an interruption leaves of them.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use dhow_ssh_exec::{
    Input, KEPT_OUTPUT, LocalError, LocalLine, LocalProgram, LocalReport, Stream, run_local,
};
use tokio_util::sync::CancellationToken;

fn sh(command: &str) -> LocalProgram {
    LocalProgram::new("sh").args(["-c", command])
}

async fn run(program: &LocalProgram) -> (LocalReport, Vec<String>) {
    let mut lines = Vec::new();
    let watch = |LocalLine { stream, line }| lines.push(format!("{stream:?} {line}"));
    let run = run_local(program, CancellationToken::new(), watch);
    let report = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .unwrap()
        .unwrap();
    (report, lines)
}

#[tokio::test]
async fn output_and_exit_code_come_back() {
    let (report, mut lines) = run(&sh(
        "echo one; printf 'two' >&2; printf '50%%\\r100%%'; exit 3",
    ))
    .await;
    assert_eq!(
        (report.exit_code, &*report.stdout, &*report.stderr),
        (3, "one\n50%\r100%", "two")
    );
    assert!(!report.interrupted);
    lines.sort();
    assert_eq!(
        lines,
        ["Stderr two", "Stdout 100%", "Stdout 50%", "Stdout one"]
    );
    assert_eq!(run(&sh("kill -9 $$")).await.0.exit_code, 137);
}

#[tokio::test]
async fn input_environment_and_folder_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let program = sh("cat; echo $GREETING; pwd -P; wc -c </dev/stdin")
        .reading(Input::new("secret\n"))
        .env("GREETING", "ahoy")
        .in_folder(folder.path());
    let (report, _) = run(&program).await;
    let here = folder.path().canonicalize().unwrap();
    assert_eq!(
        report.stdout,
        format!("secret\nahoy\n{}\n0\n", here.display())
    );
    // Neither an input nor the wish for one: the program must not read what is typed here.
    assert_eq!(run(&sh("cat")).await.0.stdout, "");
    let mut bare = LocalProgram::new("/usr/bin/env").env("ONLY", "1");
    bare.only_this_environment = true;
    assert_eq!(run(&bare).await.0.stdout, "ONLY=1\n");
    // A program may leave a large input unread.
    let unread = sh("exit 0").reading(Input::new(vec![b'x'; 1_000_000]));
    assert_eq!(run(&unread).await.0.exit_code, 0);
}

#[tokio::test]
async fn much_output_is_streamed_and_kept_up_to_the_limit() {
    let (line, count) = ("0123456789abcde".repeat(64), KEPT_OUTPUT / 960 + 100);
    let (report, lines) = run(&sh(&format!("yes {line} | head -n {count}"))).await;
    assert_eq!(lines.len(), count);
    assert!((KEPT_OUTPUT..KEPT_OUTPUT + 100).contains(&report.stdout.len()));
    assert!(
        report
            .stdout
            .ends_with("[the rest of the output was not kept]\n")
    );
}

#[tokio::test]
async fn what_a_program_leaves_running_delays_nothing_and_lives() {
    let start = Instant::now();
    let (report, _) = run(&sh("sleep 1000 & echo $!")).await;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(runs(report.stdout.trim()));
    assert_eq!(
        run(&sh(&format!("kill {}", report.stdout)))
            .await
            .0
            .exit_code,
        0
    );
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let program = LocalProgram::new("no-such-program");
    let error = run_local(&program, CancellationToken::new(), |_| ())
        .await
        .unwrap_err();
    assert!(matches!(error, LocalError::Start { .. }));
    assert_eq!(error.to_string(), "cannot start `no-such-program`");
}

/// Runs a program that prints the numbers of its processes, cancels at the first line, and expects that none
/// of them is left.
async fn interrupted(command: &str, grace: Duration) -> LocalReport {
    let mut program = sh(command);
    program.grace = grace;
    let interrupt = CancellationToken::new();
    let cancel = interrupt.clone();
    let watch = move |line: LocalLine| {
        if line.stream == Stream::Stdout {
            cancel.cancel();
        }
    };
    let run = run_local(&program, interrupt, watch);
    let report = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .unwrap()
        .unwrap();
    assert!(report.interrupted);
    for process in report.stdout.split_whitespace() {
        gone(process).await;
    }
    report
}

#[tokio::test]
async fn an_interruption_ends_everything_that_was_started() {
    let started = Instant::now();
    let report = interrupted(
        "sleep 1000 & sleep 1000 & echo $! $$; wait",
        Duration::from_secs(10),
    )
    .await;
    assert_eq!(report.exit_code, 143);
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[tokio::test]
async fn who_does_not_end_when_asked_is_killed() {
    let deaf = "trap '' TERM; sleep 1000 & echo $! $$; while :; do sleep 1; done";
    assert_eq!(
        interrupted(deaf, Duration::from_millis(200))
            .await
            .exit_code,
        137
    );
}

#[tokio::test]
async fn a_program_may_end_well_after_an_interruption() {
    let polite = "trap 'echo bye >&2; exit 0' TERM; echo $$; while :; do sleep 0.05; done";
    let report = interrupted(polite, Duration::from_secs(10)).await;
    // The shell may say first that its `sleep` was ended.
    assert!(
        report.exit_code == 0 && report.stderr.ends_with("bye\n"),
        "{report:?}"
    );
}

#[tokio::test]
async fn dropping_the_run_kills_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let program = sh(&format!("echo $$ >{}; sleep 1000", file.display()));
    tokio::select! {
        report = run_local(&program, CancellationToken::new(), |_| ()) => panic!("{report:?}"),
        () = written(&file) => {}
    }
    gone(fs::read_to_string(file).unwrap().trim()).await;
}

async fn written(file: &Path) {
    while !fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n')) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.contains(") ") && !stat.contains(") Z ")
}

async fn gone(process: &str) {
    let start = Instant::now();
    while runs(process) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "process {process} was left behind"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_program_is_shown_without_what_its_variables_and_its_input_hold() {
    let program = sh("env")
        .env("TOKEN", "hunter2")
        .reading(Input::new("hunter2"));
    let shown = format!("{program:?} {program:#?}");
    assert!(
        shown.contains("TOKEN") && !shown.contains("hunter2"),
        "{shown}"
    );
}
