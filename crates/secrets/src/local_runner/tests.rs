use std::time::{Duration, Instant};

use super::*;

/// The longest time that anything here may take, far beyond what it needs.
const PATIENCE: Duration = Duration::from_mins(1);

fn shell(script: &str) -> Call {
    Call::new("sh", &["-c"]).word(script)
}

#[test]
fn programs_run_in_the_project_with_their_words_and_variables() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "from the project").unwrap();
    let variables = BTreeMap::from(["SESSION", "OTHER"].map(|name| (name.into(), "own".into())));
    let runner = LocalRunner::new(folder.path()).with_variables(&variables);
    let call = shell("cat key; printf ' %s' \"$SESSION\" \"$OTHER\" \"$1\"; exit 3")
        .words(["sh", "a  'b' $(c)"])
        .variable("SESSION", Some(&Secret::new("x y")))
        .variable("NONE", None);
    let finished = runner.run(&call).unwrap();
    assert_eq!(finished.code, Some(3));
    let output = finished.output.unwrap();
    assert_eq!(output.expose(), "from the project x y own a  'b' $(c)");
}

#[test]
fn a_missing_program_is_told_from_a_missing_folder() {
    let folder = tempfile::tempdir().unwrap();
    let call = Call::new("no-such-program-here", &[]);
    let missing = LocalRunner::new(folder.path()).run(&call);
    assert!(matches!(
        missing,
        Err(ProgramError::Missing("no-such-program-here"))
    ));
    let gone = LocalRunner::new("/no/such/folder").run(&shell("true"));
    assert!(matches!(
        gone,
        Err(ProgramError::Start { program: "sh", .. })
    ));
}

#[test]
fn a_stop_ends_every_program_and_allows_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let runner = LocalRunner::new(folder.path());
    let handle = runner.stop_handle();
    let begin = Instant::now();
    let there = |file: &str| {
        while !folder.path().join(file).exists() {
            assert!(begin.elapsed() < PATIENCE, "{file} never came");
            std::thread::yield_now();
        }
    };
    let waiting = |name: &str| {
        shell(&format!(
            "trap 'touch {name}-ended; exit 0' TERM; touch {name}-started; \
             while :; do read x < /dev/null || :; done"
        ))
    };
    std::thread::scope(|scope| {
        let one = scope.spawn(|| runner.run(&waiting("one")));
        let other = scope.spawn(|| runner.run(&waiting("other")));
        there("one-started");
        there("other-started");
        handle.stop();
        for result in [one.join().unwrap(), other.join().unwrap()] {
            assert!(matches!(result, Err(ProgramError::Stopped)), "{result:?}");
        }
    });
    there("one-ended");
    there("other-ended");
    let next = runner.run(&shell("true"));
    assert!(matches!(next, Err(ProgramError::Stopped)));
}
