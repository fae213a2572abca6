//! Secrets files and answers that would take forever, or all of the memory, are refused.

use std::{alloc::System, collections::BTreeMap, fs, path::Path, time::Duration};

use cap::Cap;
use dhow_redaction::Secret;
use dhow_secrets::{
    Call, CommandRunner, EnvFileForm, Expansion, Finished, LocalRunner, ProgramError, Secrets,
    SecretsFiles, env_file, extract,
};

/// What all of this may hold at any time; beyond it the program is aborted.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 256 * 1024 * 1024);

/// Each program prints the last word of its command.
struct Echo;

impl CommandRunner for Echo {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let command = call.arguments.last().map_or("", Secret::expose);
        let word = command.rsplit(' ').next().unwrap_or_default();
        Ok(Finished {
            code: Some(0),
            output: Some(Secret::new(word)),
        })
    }
}

/// What comes of a secrets file: how many secrets and warnings, or what is wrong.
fn told(text: &str, expansion: Expansion) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("secrets"), text).expect("a file in it");
    let files = SecretsFiles::new(Path::new("secrets"), None);
    let begun = worked();
    let loaded = Secrets::load(&files, &BTreeMap::new(), folder.path(), &Echo, expansion);
    let told = match &loaded {
        Ok(secrets) => {
            secrets.redactor([]).redact("some text");
            drop(env_file(secrets.iter(), EnvFileForm::Kamal));
            let (names, warnings) = (secrets.names().count(), secrets.warnings().len());
            format!("{names} secrets, {warnings} warnings")
        }
        Err(error) => error.to_string(),
    };
    let took = worked().saturating_sub(begun);
    assert!(took < Duration::from_secs(10), "{told}: {took:?}");
    told
}

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn values_made_of_values_end() {
    let doubled = repeated(60, |level| {
        format!("A{}=$A{level}${{A{level}}}\n", level + 1)
    }) + "B=$(echo $A9)\n";
    let wide = format!("A={}\nB={}\n", "x".repeat(10_000), "$A".repeat(100_000));
    let long = format!("A={}\n", "x".repeat(1_000_000))
        + &repeated(100, |number| format!("B{number}=$A\n"));
    let in_commands = format!(
        "A={}\nB=$(echo {})\n",
        "x".repeat(10_000),
        "$A".repeat(100_000)
    );
    for (text, place) in [
        (format!("A0=0123456789\n{doubled}"), "secrets:21: with A20"),
        (wide, "secrets:2: with B"),
        (long, "secrets:17: with B15"),
        (in_commands, "secrets:2: with B"),
    ] {
        for expansion in [Expansion::Literal, Expansion::Kamal] {
            let told = told(&text, expansion);
            let expected = format!(
                "{place} the secrets of this run would have more than 16777216 bytes, or more than 268435456 with \
                 what commands take; does a value hold another one many times?"
            );
            assert_eq!(told, expected);
        }
    }
}

#[test]
fn large_files_are_refused() {
    let many = repeated(10_001, |number| format!("A{number}=1\n"));
    assert_eq!(
        told(&many, Expansion::Literal),
        "secrets:10001: more than 10000 assignments in this secrets file"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("secrets")).unwrap();
    file.set_len(1 << 40).unwrap();
    let files = SecretsFiles::new(Path::new("secrets"), None);
    let environment = BTreeMap::new();
    let loaded = Secrets::load(
        &files,
        &environment,
        folder.path(),
        &Echo,
        Expansion::Literal,
    );
    assert_eq!(
        loaded.expect_err("it is refused").to_string(),
        "the secrets file secrets has more than 4194304 bytes"
    );
}

/// What grows with the square of the length when it is done without thought.
#[test]
fn odd_files_are_read_in_time() {
    for (text, expected) in [
        (
            "A=".to_owned() + &"$(".repeat(50_000),
            "1 secrets, 1 warnings",
        ),
        (
            "A=".to_owned() + &"$((((".repeat(25_000),
            "1 secrets, 1 warnings",
        ),
        (
            "A=".to_owned() + &"\\$(x) ".repeat(20_000),
            "1 secrets, 0 warnings",
        ),
        (
            repeated(5_000, |number| format!("A{number}=\"$B{number}\"\n")),
            "5000 secrets, 200 warnings",
        ),
        ("é\n".repeat(50_000), "0 secrets, 200 warnings"),
        (
            repeated(500, |number| {
                format!("A{number}=$(kamal secrets fetch --adapter test --account me {number})\n")
            }),
            "500 secrets, 0 warnings",
        ),
        (
            "A=$(x ".to_owned() + &repeated(5_000, |number| format!("$B{number} ")) + "$(c) y)",
            "1 secrets, 200 warnings",
        ),
        (
            "export ".repeat(25_000) + "\n" + &"A=\"\n".repeat(2000),
            "1 secrets",
        ),
    ] {
        let shown = text[..20.min(text.len())].to_owned();
        let told = told(&text, Expansion::Literal);
        assert!(told.starts_with(expected), "{shown}: {told}");
    }
}

#[test]
fn one_answer_can_be_taken_apart_many_times() {
    let members = repeated(1000, |number| format!("\"v/K{number}\":\"0123456789\","));
    let json = format!("{{{members}\"end\":0}}").replace('"', "\\\"");
    let taken = repeated(200, |number| {
        format!("K{number}=$(kamal secrets extract K{number} '$JSON')\n")
    });
    let text = format!("JSON=\"{json}\"\n{taken}");
    let told = told(&text, Expansion::Literal);
    assert!(told.starts_with("201 secrets"), "{told}");
}

#[test]
fn many_keys_are_named_in_part() {
    let json = repeated(100_000, |number| format!("\"{number}/K\":1,"));
    let begun = worked();
    let error = extract("K", &Secret::new(format!("{{{json}\"end\":0}}")))
        .expect_err("it is not clear")
        .to_string();
    assert!(worked().saturating_sub(begun) < Duration::from_secs(10));
    assert!(error.starts_with("several secrets are called K: 0/K, 1/K, "));
    assert!(error.ends_with(", 9/K; say which one"), "{error}");
    let deep = "[".repeat(100_000);
    let error = extract("K", &Secret::new(deep)).expect_err("it is no JSON");
    assert_eq!(
        error.to_string(),
        "the JSON to take the secret from cannot be read"
    );
}

#[test]
fn a_program_that_prints_without_end_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let call = Call::new("sh", &["-c", "yes"]);
    let finished = LocalRunner::new(folder.path()).run(&call);
    assert_eq!(
        finished.expect_err("it is ended").to_string(),
        "it printed more than 16777216 bytes"
    );
}

/// As much as containers take is far from each limit.
#[test]
fn long_secrets_fit() {
    let long = format!("A=\"{}\"\n", "p\\$w'é".repeat(8_000));
    let short = repeated(200, |number| format!("B{number}=$(printf %s b)\n"));
    let told = told(&(long + &short), Expansion::Literal);
    assert_eq!(told, "201 secrets, 0 warnings");
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
