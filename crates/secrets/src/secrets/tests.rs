mod fetching;

use std::{error::Error, fmt::Write as _, os::unix::fs::PermissionsExt as _, sync::Mutex};

use fs_err as fs;
use proptest::prelude::*;

use super::*;
use crate::{Call, Finished, LocalRunner, ProgramError};

/// Answers `echo …` with its words and any other command of a shell with a failure. Whatever else is called,
/// it answers from a table, or as if it was not there; and it remembers what was run.
#[derive(Default)]
struct Echo {
    answers: Vec<(&'static str, String)>,
    commands: Mutex<Vec<String>>,
}

impl Echo {
    fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

impl CommandRunner for Echo {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let words: Vec<&str> = call.arguments.iter().map(Secret::expose).collect();
        let line = match words.as_slice() {
            ["-c", line] => match call.environment.as_slice() {
                [("DHOW_COMMAND", pasted)] => pasted.expose().to_owned(),
                _ => (*line).to_owned(),
            },
            words => format!("{} {}", call.program, words.join(" ")),
        };
        self.commands.lock().unwrap().push(line.clone());
        let answer = self.answers.iter().find(|(command, _)| *command == line);
        let output = line
            .strip_prefix("echo ")
            .or(answer.map(|(_, answer)| answer.as_str()));
        match output {
            None if call.program != "sh" => Err(ProgramError::Missing(call.program)),
            None => Ok(Finished {
                code: Some(3),
                output: None,
            }),
            Some(output) => Ok(Finished {
                code: Some(0),
                output: Some(Secret::new(output)),
            }),
        }
    }
}

struct Project(tempfile::TempDir);

impl Project {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".kamal")).unwrap();
        for (name, content) in files {
            let path = folder.path().join(".kamal").join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self(folder)
    }

    fn load_with(
        &self,
        destination: Option<&str>,
        environment: &[(&str, &str)],
        runner: &dyn CommandRunner,
    ) -> Result<Secrets, SecretsError> {
        self.load_as(destination, environment, runner, Expansion::Literal)
    }

    fn load_as(
        &self,
        destination: Option<&str>,
        environment: &[(&str, &str)],
        runner: &dyn CommandRunner,
        expansion: Expansion,
    ) -> Result<Secrets, SecretsError> {
        let destination = destination.map(|name| name.parse().unwrap());
        let files = SecretsFiles::new(Path::new(".kamal/secrets"), destination.as_ref());
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Secrets::load(&files, &environment, self.0.path(), runner, expansion)
    }

    fn load(&self, destination: Option<&str>) -> Result<Secrets, SecretsError> {
        self.load_with(destination, &[], &Echo::default())
    }
}

fn load(text: &str) -> Result<Secrets, SecretsError> {
    Project::with(&[("secrets", text.as_bytes())]).load(None)
}

fn pairs(secrets: &Secrets) -> Vec<(&str, &str)> {
    secrets
        .iter()
        .map(|(name, secret)| (name.as_str(), secret.expose()))
        .collect()
}

fn value(text: &str, name: &str) -> String {
    let secrets = load(text).unwrap();
    secrets
        .get(&name.parse().unwrap())
        .unwrap()
        .expose()
        .to_owned()
}

fn warnings(text: &str) -> Vec<String> {
    let secrets = load(text).unwrap();
    secrets.warnings().iter().map(ToString::to_string).collect()
}

/// The error and everything below it, as a report would show it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

#[test]
fn the_worked_examples_of_the_reference() {
    for (text, expected) in [
        ("B=  spaced value   # c", vec![("B", "spaced value")]),
        ("A=x#y", vec![("A", "x")]),
        (
            "A=plain\nC=\"dq $A \\n \\t \\\" # no\"",
            vec![("A", "plain"), ("C", "dq plain \\n t \" # no")],
        ),
        (
            "A=plain\nD='sq $A \\n \\' \"x\"'",
            vec![("A", "plain"), ("D", "sq $A \\n \\' \"x\"")],
        ),
        ("N: yaml", vec![("N", "yaml")]),
        ("export O=1", vec![("O", "1")]),
        ("R", vec![("R", "")]),
        ("U-V=dash", vec![]),
        ("é=1", vec![]),
        ("S.T=dotted\n1A=3", vec![("S.T", "dotted"), ("1A", "3")]),
        ("Q=\n'foo'", vec![("Q", "foo")]),
        ("KEY\n=value", vec![("KEY", "value")]),
        ("Q=\nR=1", vec![("Q", ""), ("R", "1")]),
        ("W=back\\\\slash\\n", vec![("W", "back\\slashn")]),
        ("AF=trailing\\", vec![("AF", "trailing\\")]),
        ("AA=un\"q\"mid", vec![("AA", "un\"q\"mid")]),
        ("AB='a'b", vec![("AB", "'a'b")]),
        ("A=\"a\" b", vec![("A", "\"a\" b")]),
        ("B=\"a\"b\"", vec![("B", "a\"b")]),
        ("AO=\"open", vec![("AO", "\"open")]),
        ("X=\"line1\nline2\"", vec![("X", "line1\nline2")]),
        (
            "A=plain\nAI=${A:-default}",
            vec![("A", "plain"), ("AI", "plain:-default}")],
        ),
        ("A=x\nB=$A}y", vec![("A", "x"), ("B", "xy")]),
        ("D=$1z", vec![("D", "")]),
        ("E=${}q\nF=$$", vec![("E", "${}q"), ("F", "$$")]),
        ("A=x\\$y", vec![("A", "x$y")]),
        (
            "A=1\nB=$A\nA=2\nC=$A",
            vec![("A", "2"), ("B", "1"), ("C", "2")],
        ),
        (
            "A=1\r\nB=2\rC=3\n",
            vec![("A", "1"), ("B", "2"), ("C", "3")],
        ),
        ("\u{feff}A=1", vec![("A", "1")]),
        (
            "AE=$(cat <<EOF\nK=1\nEOF\n)",
            vec![("AE", "$(cat <<EOF"), ("K", "1"), ("EOF", "")],
        ),
        (
            "DOTENV_LINEBREAK_MODE=legacy\nA=\"a\\nb\"",
            vec![("DOTENV_LINEBREAK_MODE", "legacy"), ("A", "a\nb")],
        ),
    ] {
        let secrets = load(text).unwrap();
        assert_eq!(pairs(&secrets), expected, "{text}");
    }
}

#[test]
fn the_worked_examples_of_commands() {
    for (text, expected) in [
        ("A=$(echo a b)", "a b"),
        ("A=x$(echo 1)y$(echo 2)z", "x1y2z"),
        ("V=v\nA=$(echo '$V' ${V})", "'v' v"),
        ("A=\\$(echo x)", "$(echo x)"),
        ("A=$()", "$()"),
        ("A='$(echo x)'", "$(echo x)"),
        ("A=`echo x`", "`echo x`"),
        ("A=\"$(echo a#b)\"", "a#b"),
        ("A=$(echo a (b) $(c))", "a (b) $(c)"),
    ] {
        assert_eq!(value(text, "A"), expected, "{text}");
    }
}

#[test]
fn the_output_of_a_command_is_not_read_again() {
    let text = "word=WORD\nA=\"$(echo 'pa$word-\\$x $(y)')\"\nB=$(cat)";
    let output = Fixed("pa$word-$A \\$x $(rm)");
    let secrets = Project::with(&[("secrets", text.as_bytes())])
        .load_with(None, &[], &output)
        .unwrap();
    assert_eq!(
        secrets.get(&"A".parse().unwrap()).unwrap().expose(),
        output.0
    );
    assert_eq!(
        secrets.get(&"B".parse().unwrap()).unwrap().expose(),
        output.0
    );
    let shown: Vec<_> = secrets.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(
        shown[0].contains(".kamal/secrets:2: what a command printed for A"),
        "{shown:?}"
    );
}

struct Fixed(&'static str);

impl CommandRunner for Fixed {
    fn run(&self, _: &Call) -> Result<Finished, ProgramError> {
        Ok(Finished {
            code: Some(0),
            output: Some(Secret::new(self.0)),
        })
    }
}

#[test]
fn the_file_wins_over_the_environment_and_the_destination_over_the_common_file() {
    let project = Project::with(&[
        ("secrets-common", b"A=common\nB=common\nE=$ONLY_ENV"),
        ("secrets", b"B=plain\nF=$A"),
        ("secrets.staging", b"B=staging\nC=$A"),
    ]);
    let environment = [("A", "env"), ("ONLY_ENV", "from env")];
    let plain = project
        .load_with(None, &environment, &Echo::default())
        .unwrap();
    assert_eq!(
        pairs(&plain),
        [
            ("A", "common"),
            ("B", "plain"),
            ("E", "from env"),
            ("F", "env")
        ],
        "a file sees its own names and the environment, not the other file"
    );
    let staging = project
        .load_with(Some("staging"), &environment, &Echo::default())
        .unwrap();
    assert_eq!(
        pairs(&staging),
        [
            ("A", "common"),
            ("B", "staging"),
            ("E", "from env"),
            ("C", "env")
        ]
    );
    let files: Vec<&Path> = staging.survey().files().collect();
    assert_eq!(
        files,
        [
            Path::new(".kamal/secrets-common"),
            Path::new(".kamal/secrets.staging")
        ]
    );
}

#[test]
fn a_missing_secret_is_named_as_kamal_names_it() {
    let missing = |files: &[(&str, &[u8])], destination| {
        let secrets = Project::with(files).load(destination).unwrap();
        secrets
            .get(&"RAILS_MASTER_KEY".parse().unwrap())
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(
        missing(&[("secrets", b"A=1"), ("secrets-common", b"")], None),
        @"Secret 'RAILS_MASTER_KEY' not found in .kamal/secrets-common, .kamal/secrets"
    );
    insta::assert_snapshot!(
        missing(&[("secrets", b"RAILS_MASTERKEY=1")], None),
        @"Secret 'RAILS_MASTER_KEY' not found in .kamal/secrets; .kamal/secrets:1 sets 'RAILS_MASTERKEY'"
    );
    insta::assert_snapshot!(
        missing(&[("secrets", b"\nRAILS_MASTER_KEY=1"), ("secrets.dest", b"")], Some("dest")),
        @"Secret 'RAILS_MASTER_KEY' not found in .kamal/secrets.dest; .kamal/secrets:2 sets it, but .kamal/secrets is not read for a destination; what all destinations share belongs into .kamal/secrets-common"
    );
    insta::assert_snapshot!(
        missing(&[], None),
        @"Secret 'RAILS_MASTER_KEY' not found, no secret files (.kamal/secrets-common, .kamal/secrets) provided"
    );
    insta::assert_snapshot!(
        missing(&[("secrets", b"RAILS_MASTER_KEY=1")], Some("dest")),
        @"Secret 'RAILS_MASTER_KEY' not found, no secret files (.kamal/secrets-common, .kamal/secrets.dest) provided; .kamal/secrets:1 sets it, but .kamal/secrets is not read for a destination; what all destinations share belongs into .kamal/secrets-common"
    );
}

#[test]
fn what_kamal_crashes_on_or_loses_is_an_error_with_its_place() {
    let message = |text: &str| chain(&load(text).unwrap_err());
    insta::assert_snapshot!(message("A=1\nexport X"), @".kamal/secrets:2: `export X` gives no value and X is not set above; write `X=…`");
    insta::assert_snapshot!(message("\nJ=$(echo \"a b#c\")"), @r##".kamal/secrets:2: the `#` inside `$(…)` cuts the value of J short; put the whole value into double quotes, J="$(…)""##);
    insta::assert_snapshot!(message("C=$(kamal secrets fetch --adapter x A)"), @".kamal/secrets:1: `$(kamal secrets fetch --adapter x A)` gave no value for C: Unknown secrets adapter: x; there are 1password, aws_secrets_manager, bitwarden, bitwarden-sm, doppler, enpass, gcp, lastpass, passbolt");
    insta::assert_snapshot!(message("C=$(dhow secrets extract A $S)"), @".kamal/secrets:1: `$(dhow secrets extract A $S)` gave no value for C: extract takes two words, a name and the JSON of a fetch, but has 1; is the variable for the JSON set?");
    insta::assert_snapshot!(message("C=$(kamal secrets print)"), @".kamal/secrets:1: `$(kamal secrets print)` gave no value for C: only `secrets fetch` and `secrets extract` can be used in a secrets file");
    insta::assert_snapshot!(message("C=$(kamal secrets fetch -a doppler p/c/A)"), @".kamal/secrets:1: `$(kamal secrets fetch -a doppler p/c/A)` gave no value for C: Doppler CLI is not installed: there is no program `doppler` on the PATH");
    insta::assert_snapshot!(message("\n\nF=$(false)"), @".kamal/secrets:3: the command `false` gave no value for F: it ended with exit code 3; what it wrote to standard error stands above");
    let broken = Project::with(&[("secrets", b"A=1\nB=\xff\n")])
        .load(None)
        .unwrap_err();
    insta::assert_snapshot!(chain(&broken), @".kamal/secrets:2: the secrets file is not valid UTF-8");
    assert!(load("X=1\nexport X").is_ok());
    assert!(load("A=kamal#$(x").is_ok(), "a comment may hold anything");
    assert!(load("A=$(echo x) # $(y").is_ok());
}

#[test]
fn a_folder_in_the_place_of_the_file_is_an_error() {
    let project = Project::with(&[]);
    fs::create_dir(project.0.path().join(".kamal/secrets")).unwrap();
    let error = project.load(None).unwrap_err();
    assert!(matches!(error, SecretsError::Read { .. }), "{error}");
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    insta::assert_debug_snapshot!(warnings("A=$NOT_SET\nB=\nbare\nU-V=dash\nC=\"\"\nD='x'\nE=$(echo $Z y)\nF=$(cat <<X\n"), @r#"
    [
        ".kamal/secrets:1: $NOT_SET in A is not set, so it counts as empty",
        ".kamal/secrets:2: B is empty",
        ".kamal/secrets:3: this line is a word without `=`, which counts as a secret with an empty value; a value of several lines needs quotes",
        ".kamal/secrets:4: this line is no assignment and is skipped; names are made of letters, digits, `_` and `.`, and a value of several lines needs quotes",
        ".kamal/secrets:5: C is empty",
        ".kamal/secrets:7: $Z in E is not set, so it counts as empty",
        ".kamal/secrets:7: what a command printed for E holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`",
        ".kamal/secrets:8: the `$(` in F is not closed, so it is plain text and runs nothing",
    ]
    "#);
}

#[test]
fn each_command_runs_once_per_load_in_the_order_of_the_file() {
    let project = Project::with(&[
        ("secrets-common", b"A=$(echo 1)"),
        ("secrets", b"B=$(echo 2)$(echo 3)\nC=$B"),
    ]);
    let echo = Echo::default();
    project.load_with(None, &[], &echo).unwrap();
    assert_eq!(echo.commands(), ["echo 1", "echo 2", "echo 3"]);
}

#[test]
fn kamals_second_expansion_can_be_kept() {
    let text = "word=WORD\nA=\"$(cat) \\$(y) $word\"";
    let project = Project::with(&[("secrets", text.as_bytes())]);
    let load = |expansion| {
        project
            .load_as(None, &[], &Fixed("pa$word-\\$x$none"), expansion)
            .unwrap()
    };
    let value = |secrets: &Secrets| secrets.get(&"A".parse().unwrap()).unwrap().clone();
    let literal = load(Expansion::Literal);
    assert_eq!(value(&literal).expose(), "pa$word-\\$x$none $(y) WORD");
    assert_eq!(literal.warnings().len(), 1);
    let kamal = load(Expansion::Kamal);
    assert_eq!(value(&kamal).expose(), "paWORD-$x $(y) WORD");
    assert_eq!(
        kamal.warnings(),
        [],
        "a part of a password is no name to tell"
    );
}

const MARKER: &str = "hunter2-is-not-shown";

#[test]
fn nothing_that_is_shown_holds_a_secret() {
    let secrets = load(&format!("A={MARKER}\nE=")).unwrap();
    let mut shown = format!("{secrets:?} {secrets:#?} {:?}", secrets.warnings());
    shown += &secrets.get(&"AA".parse().unwrap()).unwrap_err().to_string();
    for (_, secret) in secrets.iter() {
        let _ = write!(shown, "{secret} {secret:?}");
    }
    for text in [
        "B=$(false $A)",
        "B=$(kamal secrets extract X $A)",
        "B=$(kamal secrets extract $A '{}')",
        "W=\"x $A y\"\nB=$(kamal secrets fetch -a bitwarden-sm $W)",
        "B=$(kamal secrets fetch -a $A X)",
        "B=$(kamal secrets fetch -a doppler --$A)",
        "B=$(kamal secrets $A ')",
        "B=$(echo \"$A # \")",
        "export B",
        "B=$MISSING\nC=$(echo $A$)\nD=$(false)",
    ] {
        let error = load(&format!("A={MARKER}\n{text}")).unwrap_err();
        let _ = write!(shown, "{} {error:?} {error:#?}", chain(&error));
    }
    let file = crate::env_file(secrets.iter(), crate::EnvFileForm::Kamal).unwrap();
    let _ = write!(shown, "{file:?} {}", file.content);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(
        secrets.redactor([]).redact(&format!("x {MARKER} y")),
        "x [REDACTED] y"
    );
}

#[test]
fn real_commands_fill_real_files() {
    let text =
        "A=\"$(printf 'l1\\nl2 #$x')\"\nB=$(cat .kamal/secrets | wc -l)\nC=$(no-such-program-here)";
    let project = Project::with(&[("secrets", text.as_bytes())]);
    let runner = LocalRunner::new(project.0.path());
    let error = project.load_with(None, &[], &runner).unwrap_err();
    insta::assert_snapshot!(chain(&error), @".kamal/secrets:3: the command `no-such-program-here` gave no value for C: a program in it was not found (exit code 127); its own message stands above");
}

#[test]
fn the_shell_finds_what_is_set_nowhere_else() {
    let text = "A=one\nB=\"$(printf %s '$A pa$1wor$D' \\$HOME ${NONE:-default})\"\n\
                C=$(echo 'a b' | awk '{print $2}')\nD=$(for each in 1 2; do printf %s $each; done)\n";
    let project = Project::with(&[("secrets", text.as_bytes())]);
    let runner = LocalRunner::new(project.0.path())
        .with_variables(&BTreeMap::from([("HOME".into(), "/home/me".into())]));
    let load = |expansion| project.load_as(None, &[("HOME", "/home/me")], &runner, expansion);
    let secrets = load(Expansion::Literal).unwrap();
    assert_eq!(
        pairs(&secrets),
        [
            ("A", "one"),
            ("B", "one pa$1wor$D/home/medefault"),
            ("C", "b"),
            ("D", "12")
        ]
    );
    let told: Vec<_> = secrets.warnings().iter().map(ToString::to_string).collect();
    insta::assert_debug_snapshot!(told, @r#"
    [
        ".kamal/secrets:2: what a command printed for B holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`",
    ]
    "#);
}

#[test]
fn what_values_are_made_of_is_secret_too() {
    let text = "A=postgres://app:$(echo s3cr3t-part)@db\nS=$(kamal secrets fetch -a test --account x not-taken)";
    let secrets = load(text).unwrap();
    let redactor = secrets.redactor(&[Secret::new("of-others")]);
    assert_eq!(
        redactor.redact("s3cr3t-part nekat-ton of-others app"),
        "[REDACTED] [REDACTED] [REDACTED] app"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(
        text in prop_oneof!["\\PC*", "[A=:'\"$(){}#\\\\ \n\tx_-]{0,60}", any::<String>()]
    ) {
        if let Ok(secrets) = load(&text) {
            for (name, _) in secrets.iter() {
                prop_assert!(secrets.get(name).is_ok());
            }
        }
    }

    #[test]
    fn a_single_quoted_value_comes_back_literally(text in "[^'\r]*") {
        prop_assume!(!text.ends_with('\\'));
        let secrets = load(&format!("A='{text}'\nB=1\n")).unwrap();
        prop_assert_eq!(pairs(&secrets), [("A", text.as_str()), ("B", "1")]);
    }

    #[test]
    fn a_plain_word_needs_no_quotes(word in "[A-Za-z0-9_.,:;/+@%!?~^&*<>=-]+") {
        prop_assert_eq!(value(&format!("A={word}"), "A"), word);
    }
}
