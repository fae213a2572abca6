use std::time::{Duration, Instant};

use super::*;

fn run(command: &str) -> Result<String, SubstitutionError> {
    let folder = tempfile::tempdir().unwrap();
    let output = ShellSubstitution::new(folder.path()).run(&Secret::new(command))?;
    Ok(output.expose().to_owned())
}

#[test]
fn output_comes_back_without_its_last_line_end() {
    for (command, output) in [
        ("printf 'a b'", "a b"),
        ("printf 'a\\n'", "a"),
        ("printf 'a\\n\\n'", "a\n"),
        ("printf 'a\\r\\n'", "a"),
        ("printf ''", ""),
        ("printf 'é \\044x'", "é $x"),
        ("echo seen; echo unseen >&2", "seen"),
        (
            "head -c 300000 /dev/zero | tr '\\0' x | wc -c | tr -d ' '",
            "300000",
        ),
    ] {
        assert_eq!(run(command).unwrap(), output, "{command}");
    }
}

#[test]
fn much_output_is_no_trouble() {
    let output = run("head -c 1000000 /dev/zero | tr '\\0' x").unwrap();
    assert_eq!(output.len(), 1_000_000);
}

#[test]
fn commands_run_in_the_project() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "from the project\n").unwrap();
    let output = ShellSubstitution::new(folder.path())
        .run(&Secret::new("cat key"))
        .unwrap();
    assert_eq!(output.expose(), "from the project");
}

#[test]
fn every_failure_has_its_reason() {
    let reason = |command: &str| run(command).unwrap_err().to_string();
    assert!(reason("echo out; exit 3").contains("exit code 3"));
    assert!(reason("no-such-program-here x").contains("not found"));
    assert!(reason("kill -KILL $$").contains("signal"));
    assert!(reason("printf '\\377'").contains("UTF-8"));
    let gone = ShellSubstitution::new("/no/such/folder").run(&Secret::new("true"));
    assert!(matches!(gone, Err(SubstitutionError::Start(_))));
}

#[test]
fn a_stop_ends_the_command_and_allows_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let mut shell = ShellSubstitution::new(folder.path());
    let handle = shell.stop_handle();
    let begin = Instant::now();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !started.exists() {
                std::thread::yield_now();
            }
            handle.stop();
        });
        shell.run(&Secret::new("trap 'touch ended; exit 0' TERM; touch started; while :; do read x < /dev/null || :; done"))
    });
    assert!(
        matches!(result, Err(SubstitutionError::Stopped)),
        "{result:?}"
    );
    assert!(begin.elapsed() < Duration::from_mins(1));
    while !folder.path().join("ended").exists() {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "the command went on"
        );
        std::thread::yield_now();
    }
    let next = shell.run(&Secret::new("true"));
    assert!(matches!(next, Err(SubstitutionError::Stopped)));
}
