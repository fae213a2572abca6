//! Files that ask password managers: in the process, each source once, side by side where nobody is asked.

use std::{
    fmt::Write as _,
    sync::{Condvar, Mutex},
    time::Duration,
};

use proptest::prelude::*;

use super::{Echo, Project, pairs};
use crate::{Call, CommandRunner, Finished, ProgramError};
use dhow_redaction::Secret;

#[test]
fn our_own_commands_run_in_the_process() {
    let project = Project::with(&[(
        "secrets",
        b"ACCOUNT=me\n\
          S=$(kamal secrets fetch --adapter test --account $ACCOUNT --from 'my vault' 'a $x' PAR)\n\
          A=$(kamal secrets extract 'a $x' $S)\n\
          B=$(dhow secrets extract 'my vault/PAR' $S)-tail\n\
          C=\"$(dhow  secrets -d x extract --inline PAR $S)\"",
    )]);
    let echo = Echo::default();
    let secrets = project.load_with(None, &[], &echo).unwrap();
    assert!(echo.commands().is_empty());
    assert_eq!(
        pairs(&secrets),
        [
            ("ACCOUNT", "me"),
            (
                "S",
                r#"\{\"my\ vault/a\ \":\"\ a/tluav\ ym\",\"my\ vault/PAR\":\"RAP/tluav\ ym\"\}"#
            ),
            ("A", " a/tluav ym"),
            ("B", "RAP/tluav ym-tail"),
            ("C", "RAP/tluav ym"),
        ]
    );
}

/// A file that fetches from three managers, twice from one of them.
const FETCHING: &str = "\
    A=$(kamal secrets fetch -a bitwarden-sm one)\n\
    B=$(kamal secrets fetch -a doppler p/c/X)\n\
    C=$(dhow secrets fetch --adapter bitwarden-sm one)\n\
    D=$(kamal secrets extract k $A)\n\
    E=$(kamal secrets extract X $B)\n\
    F=$(echo between)\n\
    G=$(kamal secrets fetch -a bitwarden-sm two)\n\
    H=$(kamal secrets fetch -a bitwarden-sm $D)\n";

fn managers() -> Echo {
    let one = |key: &str| format!(r#"{{"key":"{key}","value":"v-{key}"}}"#);
    Echo {
        answers: vec![
            ("bws --version", String::new()),
            ("bws project list", "[]".into()),
            ("bws secret get one", one("k")),
            ("bws secret get two", one("l")),
            ("bws secret get v-k", one("m")),
            ("doppler --version", String::new()),
            ("doppler me --json", String::new()),
            (
                "doppler secrets get X --json -p p -c c",
                r#"{"X":{"computed":"pa$w"}}"#.into(),
            ),
        ],
        ..Echo::default()
    }
}

#[test]
fn each_source_is_asked_once_per_run_and_only_after_what_stands_before() {
    let project = Project::with(&[
        ("secrets-common", FETCHING.as_bytes()),
        ("secrets", FETCHING.as_bytes()),
    ]);
    let echo = managers();
    let secrets = project.load_with(None, &[], &echo).unwrap();
    let value = |name: &str| secrets.get(&name.parse().unwrap()).unwrap().expose();
    assert_eq!((value("D"), value("E")), ("v-k", "pa$w"));
    assert_eq!(value("A"), value("C"));
    assert_eq!(value("H"), r#"\{\"m\":\"v-m\"\}"#);
    let mut commands = echo.commands();
    let between = commands.iter().position(|line| line == "echo between");
    let mut later = commands.split_off(between.unwrap());
    commands.sort();
    later[1..3].sort();
    assert_eq!(
        commands,
        [
            "bws --version",
            "bws project list",
            "bws secret get one",
            "doppler --version",
            "doppler me --json",
            "doppler secrets get X --json -p p -c c",
        ]
    );
    assert_eq!(
        later,
        [
            "echo between",
            "bws secret get two",
            "bws secret get v-k",
            "echo between"
        ]
    );
}

/// Answers like another, but not before both of two calls have come.
struct Meeting<'calls> {
    inner: Echo,
    calls: [&'calls str; 2],
    come: Mutex<usize>,
    arrival: Condvar,
}

impl CommandRunner for Meeting<'_> {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let words: Vec<&str> = call.arguments.iter().map(Secret::expose).collect();
        let line = format!("{} {}", call.program, words.join(" "));
        if self.calls.contains(&line.as_str()) {
            let mut come = self.come.lock().unwrap();
            *come += 1;
            self.arrival.notify_all();
            let patience = Duration::from_mins(1);
            let (_come, waited) = self
                .arrival
                .wait_timeout_while(come, patience, |come| *come < 2)
                .unwrap();
            if waited.timed_out() {
                return Err(ProgramError::Killed);
            }
        }
        self.inner.run(call)
    }
}

#[test]
fn sources_are_read_at_the_same_time() {
    let project = Project::with(&[("secrets", FETCHING.as_bytes())]);
    let meeting = Meeting {
        inner: managers(),
        come: Mutex::new(0),
        arrival: Condvar::new(),
        calls: [
            "bws secret get one",
            "doppler secrets get X --json -p p -c c",
        ],
    };
    project.load_with(None, &[], &meeting).unwrap();
}

/// Fails when two programs that may ask something are at work at once.
#[derive(Default)]
struct OneAtATime {
    asking: Mutex<()>,
    calls: Mutex<usize>,
}

impl CommandRunner for OneAtATime {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let _asking = self.asking.try_lock().map_err(|_| ProgramError::Killed)?;
        *self.calls.lock().unwrap() += 1;
        for _ in 0..100 {
            std::thread::yield_now();
        }
        let output = match call.program {
            "aws" => r#"{"SecretValues":[{"Name":"a","SecretString":"b"}]}"#,
            _ => r#"[{"name":"a","password":"b"}]"#,
        };
        Ok(Finished {
            code: Some(0),
            output: Some(Secret::new(output)),
        })
    }
}

#[test]
fn programs_that_may_ask_somebody_never_run_at_once() {
    let mut text = String::new();
    for account in 0..8 {
        for adapter in ["aws_secrets_manager", "passbolt"] {
            let fetch = format!("kamal secrets fetch -a {adapter} --account {account} a");
            let _ = writeln!(text, "{adapter}{account}=$({fetch})");
        }
    }
    let runner = OneAtATime::default();
    let project = Project::with(&[("secrets", text.as_bytes())]);
    project.load_with(None, &[], &runner).unwrap();
    assert_eq!(*runner.calls.lock().unwrap(), 8 * 2 + 8 * 3);
}

/// Answers as `doppler` would that knows these secrets.
fn doppler(names: &str, secrets: &[(&str, &str)]) -> Echo {
    let members: Vec<String> = secrets
        .iter()
        .map(|(name, value)| {
            format!(
                "{}:{{\"computed\":{}}}",
                crate::json::quoted(name),
                crate::json::quoted(value)
            )
        })
        .collect();
    let get: &'static str = format!("doppler secrets get {names} --json -p p -c c").leak();
    Echo {
        answers: vec![
            ("doppler --version", String::new()),
            ("doppler me --json", String::new()),
            (get, format!("{{{}}}", members.join(","))),
        ],
        ..Echo::default()
    }
}

proptest! {
    #[test]
    fn any_fetched_value_comes_out_of_the_file_as_it_went_in(
        value in prop_oneof!["[$'\"`\\\\(){}#a \n\té!-]{0,30}", any::<String>()],
        other in any::<String>(),
    ) {
        // The reference takes one line end off what a command gives, ours as well (§3.1).
        prop_assume!(!value.ends_with(['\n', '\r']));
        let file = "S=$(kamal secrets fetch -a doppler --from p/c A B)\n\
                    A=$(kamal secrets extract A $S)\nB=\"$(dhow secrets extract B $S)\"";
        let runner = doppler("A B", &[("A", &value), ("B", &other)]);
        let secrets = Project::with(&[("secrets", file.as_bytes())])
            .load_with(None, &[], &runner)
            .unwrap();
        let read = |name: &str| secrets.get(&name.parse().unwrap()).unwrap().expose();
        prop_assert_eq!(read("A"), value);
        prop_assert_eq!(read("B"), crate::shell::chomp(&other));
    }
}
