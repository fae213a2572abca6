//! `dhow secrets`, and a secrets file that asks password managers, against stand-ins for their programs.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    time::Duration,
};

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

/// What it does stands at its top.
const STAND_IN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../secrets/tests/stubs/password-manager"
);

const DEPLOY: &str = "service: shop
image: acme/shop
servers: [web1.example]
registry:
  username: dorothea
  password: [KAMAL_REGISTRY_PASSWORD]
builder:
  arch: amd64
";

/// More than any of these runs can need: one that hangs is a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// A project with a secrets file, and programs on a `PATH` of its own.
struct Project(TempDir);

impl Project {
    fn new(secrets: &str) -> Self {
        let project = Self(TempDir::new().unwrap());
        for folder in ["config", ".kamal", "programs"] {
            fs::create_dir(project.0.path().join(folder)).unwrap();
        }
        project.write("config/deploy.yml", DEPLOY);
        project.write("config/deploy.staging.yml", "{}\n");
        project.write(".kamal/secrets", secrets);
        project.write(".kamal/secrets.staging", "ONLY=staging\n");
        project
    }

    /// `line` is answered with `output`.
    fn answers(self, number: usize, line: &str, output: &str) -> Self {
        let (program, words) = line.split_once(' ').unwrap();
        let programs = self.0.path().join("programs");
        let path = programs.join(program);
        if !path.exists() {
            symlink(STAND_IN, path).unwrap();
        }
        let answers = programs.join(format!("{program}.{number}"));
        fs::create_dir(&answers).unwrap();
        for (file, text) in [
            ("words", words),
            ("next", "1"),
            ("1.output", output),
            ("1.code", "0"),
        ] {
            fs::write(answers.join(file), text).unwrap();
        }
        self
    }

    /// A program that does what `script` says.
    fn program(self, name: &str, script: &str) -> Self {
        let path = self.0.path().join("programs").join(name);
        fs::write(&path, format!("#!/bin/sh\nPATH=$REAL_PATH\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The shell that commands of secrets files run in.
    fn with_shell(self) -> Self {
        symlink("/bin/sh", self.0.path().join("programs/sh")).unwrap();
        self
    }

    /// Writes a file of the project, for its owner only.
    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn dhow(&self, words: &[&str]) -> std::process::Output {
        let programs = self.0.path().join("programs");
        cargo_bin_cmd!("dhow")
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", programs)
            .env("REAL_PATH", "/usr/bin:/bin")
            .timeout(PATIENCE)
            .args(words)
            .output()
            .unwrap()
    }

    /// What a successful command printed.
    fn prints(&self, words: &[&str]) -> String {
        let output = self.dhow(words);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code of a failing command, and its message.
    fn fails(&self, words: &[&str]) -> String {
        let output = self.dhow(words);
        assert_eq!(output.stdout, b"", "{words:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        format!("{}: {errors}", output.status.code().unwrap())
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.0.path().join("programs/calls")).unwrap()
    }
}

fn with_doppler(secrets: &str) -> Project {
    Project::new(secrets)
        .answers(1, "doppler --version", "3")
        .answers(2, "doppler me --json", "{}")
        .answers(
            3,
            "doppler secrets get PASSWORD KEY --json -p shop -c prd",
            r#"{"PASSWORD":{"computed":"pa$1wor$D \u001b[1m"},"KEY":{"computed":"l1\nl'2\" é"}}"#,
        )
}

#[test]
fn fetch_prints_one_line_of_json() {
    let project = with_doppler("");
    let words = [
        "secrets",
        "fetch",
        "--adapter",
        "doppler",
        "--from",
        "shop/prd",
        "PASSWORD",
        "KEY",
    ];
    insta::assert_snapshot!(project.prints(&words), @r#"{"PASSWORD":"pa$1wor$D \u001b[1m","KEY":"l1\nl'2\" é"}"#);
    insta::assert_snapshot!(project.calls(), @"
    doppler --version
    doppler me --json
    doppler secrets get PASSWORD KEY --json -p shop -c prd
    ");
    let inline = [&words[..], &["--inline"]].concat();
    insta::assert_snapshot!(project.prints(&inline), @r#"\{\"PASSWORD\":\"pa\$1wor\$D\ \\u001b\[1m\",\"KEY\":\"l1\\nl\'2\\\"\ \é\"\}"#);
}

#[test]
fn extract_prints_the_value_byte_for_byte() {
    let json = r#"{"a/KEY":"l1\nl2 $x \u001b[1m","b/X":"1","c/X":"2"}"#;
    let project = Project::new("");
    assert_eq!(
        project.prints(&["secrets", "extract", "KEY", json]),
        "l1\nl2 $x \u{1b}[1m\n"
    );
    insta::assert_snapshot!(project.fails(&["secrets", "extract", "Y", json]), @"1: error: Could not find secret Y; there is a/KEY, b/X, c/X");
    insta::assert_snapshot!(project.fails(&["secrets", "extract", "X", json]), @"2: error: several secrets are called X: b/X, c/X; say which one");
    insta::assert_snapshot!(project.fails(&["secrets", "extract", "X", "hunter2"]), @"
    2: error: the JSON to take the secret from cannot be read
      caused by: it is no JSON, from line 1, column 1 on
    ");
}

#[test]
fn what_is_missing_is_an_error_and_no_success() {
    let project = Project::new("");
    let fails = |words: &[&str]| project.fails(&[&["secrets", "fetch"], words].concat());
    insta::assert_snapshot!(fails(&["-a", "1password", "A"]), @"2: error: No value provided for required options '--account'");
    insta::assert_snapshot!(fails(&["-a", "foo", "A"]), @"2: error: Unknown secrets adapter: foo; there are 1password, aws_secrets_manager, bitwarden, bitwarden-sm, doppler, enpass, gcp, lastpass, passbolt");
    insta::assert_snapshot!(fails(&["-a", "doppler", "p/c/A"]), @"
    4: error: Doppler CLI is not installed
      caused by: there is no program `doppler` on the PATH
    ");
    insta::assert_snapshot!(fails(&["A"]), @"
    2: error: the following required arguments were not provided:
      --adapter <NAME>

    Usage: dhow secrets fetch --adapter <NAME> <SECRET>...

    For more information, try '--help'.
    ");
}

#[test]
fn print_shows_every_secret_of_the_destination() {
    let project = with_doppler(
        "SECRETS=$(kamal secrets fetch --adapter doppler --from shop/prd PASSWORD KEY)\n\
         KAMAL_REGISTRY_PASSWORD=$(kamal secrets extract PASSWORD $SECRETS)\n\
         KEY=$(dhow secrets extract KEY $SECRETS)\n\
         AGAIN=$(dhow secrets fetch -a doppler --from shop/prd PASSWORD KEY)\n\
         EMPTY=\n",
    );
    let output = project.dhow(&["secrets", "print"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = printed.replace('\u{1b}', "ESC");
    insta::assert_snapshot!(printed, @r#"
    SECRETS=\{\"PASSWORD\":\"pa\$1wor\$D\ \\u001b\[1m\",\"KEY\":\"l1\\nl\'2\\\"\ \é\"\}
    KAMAL_REGISTRY_PASSWORD=pa$1wor$D ESC[1m
    KEY=l1
    l'2" é
    AGAIN=\{\"PASSWORD\":\"pa\$1wor\$D\ \\u001b\[1m\",\"KEY\":\"l1\\nl\'2\\\"\ \é\"\}
    EMPTY=
    "#);
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    warning: .kamal/secrets:2: what a command printed for KAMAL_REGISTRY_PASSWORD holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    warning: .kamal/secrets:5: EMPTY is empty
    ");
    insta::assert_snapshot!(project.calls(), @"
    doppler --version
    doppler me --json
    doppler secrets get PASSWORD KEY --json -p shop -c prd
    ");
    assert_eq!(
        project.prints(&["secrets", "print", "-d", "staging"]),
        "ONLY=staging\n"
    );
}

#[test]
fn the_deploy_file_may_keep_kamals_second_expansion() {
    let project =
        Project::new("KAMAL_REGISTRY_PASSWORD=\"$(printf 'pa%s1wor%sHOME' '\\$' '\\$')\"\n")
            .with_shell();
    let literal = project.prints(&["secrets", "print"]);
    assert_eq!(literal, "KAMAL_REGISTRY_PASSWORD=pa$1wor$HOME\n");
    let keeping = format!("{DEPLOY}x-dhow: {{secrets: {{expand: kamal}}}}\n");
    project.write("config/deploy.yml", &keeping);
    let expanded = project.prints(&["secrets", "print"]);
    assert_eq!(expanded, "KAMAL_REGISTRY_PASSWORD=pa\n");
}

#[test]
fn commands_see_what_tags_of_the_deploy_file_have_set() {
    let secrets = "KAMAL_REGISTRY_PASSWORD=$(printf %s \\$FROM_DOTENV)\n";
    let project = Project::new(secrets).with_shell();
    project.write(".env", "FROM_DOTENV=open-sesame\n");
    let loading = format!("<% require \"dotenv\"; Dotenv.load(\".env\") %>\n{DEPLOY}");
    project.write("config/deploy.yml", &loading);
    let printed = project.prints(&["secrets", "print"]);
    assert_eq!(printed, "KAMAL_REGISTRY_PASSWORD=open-sesame\n");
}

#[test]
fn a_file_that_cannot_be_filled_says_where_and_shows_nothing() {
    let project = with_doppler(
        "S=$(kamal secrets fetch --adapter doppler --from shop/prd PASSWORD KEY)\n\
         A=$(kamal secrets extract PASSWRD $S)\n",
    );
    insta::assert_snapshot!(project.fails(&["secrets", "print"]), @"
    3: error: .kamal/secrets:2: `$(kamal secrets extract PASSWRD $S)` gave no value for A
      caused by: Could not find secret PASSWRD; there is PASSWORD, KEY
    ");
}

#[test]
fn the_output_of_a_command_arrives_whole() {
    let project = Project::new(
        "A=$(cat password)\nB=$(printf %s 'pa$1wor$D')\n\
         W=word\nC=$(printf %s '$W \\$W' | cat)\n",
    );
    let project = project.with_shell().program("cat", "exec cat \"$@\"");
    project.write("password", "pa$1wor$D\n");
    let output = project.dhow(&["secrets", "print"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @"
    A=pa$1wor$D
    B=pa$1wor$D
    W=word
    C=word $W
    ");
    insta::assert_snapshot!(errors, @"
    warning: .kamal/secrets:1: what a command printed for A holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    warning: .kamal/secrets:2: what a command printed for B holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    warning: .kamal/secrets:4: what a command printed for C holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    ");
}

#[test]
fn a_command_that_fails_or_is_missing_stops_with_all_that_is_known_of_it() {
    let fails = |command: &str| {
        let project = Project::new(&format!("SAFE=1\nDB_PASSWORD=$({command})\n"));
        let project = project
            .with_shell()
            .program("tr", "exec tr \"$@\"")
            .program("vault", "echo not logged in >&2; exit 3");
        let told = project.fails(&["secrets", "print"]);
        assert!(!told.contains("hunter2"), "{told}");
        told
    };
    insta::assert_snapshot!(fails("vault read -token=hunter2 x"), @"
    3: not logged in
    error: .kamal/secrets:2: the command `vault …` gave no value for DB_PASSWORD
      caused by: it ended with exit code 3; what it wrote to standard error stands above
    ");
    insta::assert_snapshot!(fails("op read op://v/i/f"), @"
    3: sh: 1: op: not found
    error: .kamal/secrets:2: the command `op …` gave no value for DB_PASSWORD
      caused by: a program in it was not found (exit code 127); its own message stands above
    ");
    let both = fails("vault read x | vault-filter");
    let parts = [
        "not logged in",
        "vault-filter: not found",
        "(exit code 127)",
    ];
    assert!(parts.iter().all(|part| both.contains(part)), "{both}");
    insta::assert_snapshot!(fails("X=hunter2 vault read x | tr a b"), @"
    3: not logged in
    error: .kamal/secrets:2: the command `vault …` gave no value for DB_PASSWORD
      caused by: it printed nothing, which happens when a program before the last one fails; an empty secret that is meant is written with `|| true` behind the command
    ");
    insta::assert_snapshot!(fails("printf hunter2; exit 7"), @"
    3: error: .kamal/secrets:2: the command `printf …` gave no value for DB_PASSWORD
      caused by: it ended with exit code 7; what it wrote to standard error stands above
    ");
    insta::assert_snapshot!(fails("kill -TERM $$"), @"
    3: error: .kamal/secrets:2: the command `kill …` gave no value for DB_PASSWORD
      caused by: it was ended by a signal
    ");
}

/// Each of the two programs waits for the other: one at a time would never end.
#[test]
fn sources_are_asked_at_the_same_time() {
    let project = Project::new(
        "A=$(kamal secrets fetch --adapter doppler p/c/X)\nB=$(dhow secrets fetch --adapter bitwarden-sm id)\n",
    )
    .program(
        "doppler",
        "case $1 in secrets) : > there; : < back; echo '{\"X\":{\"computed\":\"x\"}}' ;; esac",
    )
    .program(
        "bws",
        "case $2 in get) : < there; : > back; echo '{\"key\":\"Y\",\"value\":\"y\"}' ;; esac",
    );
    let made = assert_cmd::Command::new("mkfifo")
        .args(["there", "back"])
        .current_dir(project.0.path())
        .ok();
    assert!(made.is_ok(), "{made:?}");
    insta::assert_snapshot!(project.prints(&["secrets", "print"]), @r#"
    A=\{\"X\":\"x\"\}
    B=\{\"Y\":\"y\"\}
    "#);
}

#[test]
fn what_is_unwise_is_told_once_with_the_way_out() {
    let project =
        Project::new("DB_PASSWORD=hunter2\nSENTRY_DSN=hunter2\nKAMAL_REGISTRY_PASSWORD=$NONE\n");
    project.write(
        "config/deploy.yml",
        &format!("{DEPLOY}env: {{clear: {{SENTRY_DSN: hunter2, SMTP_PASSWORD: hunter2}}}}\n"),
    );
    let secrets = project.0.path().join(".kamal/secrets");
    fs::set_permissions(secrets, fs::Permissions::from_mode(0o644)).unwrap();
    let repository = git2::Repository::init(project.0.path()).unwrap();
    let told = |project: &Project| {
        let output = project.dhow(&["secrets", "print"]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!told.contains("hunter2"), "{told}");
        told
    };
    insta::assert_snapshot!(told(&project), @"
    warning: env/clear/SMTP_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
     --> config/deploy.yml:9:36
      |
    9 | env: {clear: {SENTRY_DSN: *******, SMTP_PASSWORD: *******}}
      |                                    ^^^^^^^^^^^^^
      |
      = help: set SMTP_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
    warning: .kamal/secrets:3: $NONE in KAMAL_REGISTRY_PASSWORD is not set, so it counts as empty
    warning: the secrets file .kamal/secrets can be read by others (mode 644); run `chmod 600 .kamal/secrets`
    warning: config/deploy.yml:9:15: env/clear/SENTRY_DSN is given in clear, and .kamal/secrets:2 sets a secret of that name; list SENTRY_DSN below `secret`, where nobody on the hosts can read it
    ");
    commit_all(&repository);
    insta::assert_snapshot!(told(&project), @"
    warning: env/clear/SMTP_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
     --> config/deploy.yml:9:36
      |
    9 | env: {clear: {SENTRY_DSN: *******, SMTP_PASSWORD: *******}}
      |                                    ^^^^^^^^^^^^^
      |
      = help: set SMTP_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
    warning: .kamal/secrets:3: $NONE in KAMAL_REGISTRY_PASSWORD is not set, so it counts as empty
    warning: the secrets file .kamal/secrets can be read by others (mode 644); run `chmod 600 .kamal/secrets`
    warning: .kamal/secrets:1: DB_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    warning: config/deploy.yml:9:15: env/clear/SENTRY_DSN is given in clear, and .kamal/secrets:2 sets a secret of that name; list SENTRY_DSN below `secret`, where nobody on the hosts can read it
    ");
}

#[test]
fn files_of_every_kind_are_read_and_none_is_needed() {
    let printed = |text: &str| {
        Project::new(text)
            .with_shell()
            .prints(&["secrets", "print"])
    };
    assert_eq!(printed("\u{feff}A=1\r\nB='x y'\r\n"), "A=1\nB=x y\n");
    assert_eq!(printed("# nothing\n"), "");
    let none = Project::new("");
    fs::remove_file(none.0.path().join(".kamal/secrets")).unwrap();
    assert_eq!(none.prints(&["secrets", "print"]), "");
    none.write(".kamal/secrets-common", "A=common\nB=common\n");
    none.write(".kamal/secrets.staging", "B=own\n");
    let staging = none.prints(&["secrets", "print", "-d", "staging"]);
    assert_eq!(staging, "A=common\nB=own\n");
}

#[test]
fn a_command_may_ask_on_standard_input() {
    let project = Project::new("A=$(read answer; printf %s \\$answer)\n").with_shell();
    let programs = project.0.path().join("programs");
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project.0.path())
        .env_clear()
        .env("PATH", programs)
        .timeout(PATIENCE)
        .args(["secrets", "print"])
        .write_stdin("typed\n")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "A=typed\n");
}

#[test]
fn what_env_files_cannot_carry_or_change_is_told_before_any_host_is_asked() {
    let project = Project::new(&format!(
        "KAMAL_REGISTRY_PASSWORD=x\nPEM=\"l1\nl2\"\nSLASH='a\\b'\nLONG={}\n",
        "x".repeat(70_000)
    ));
    let told = |secrets: &str, settings: &str| {
        let text = format!("{DEPLOY}env: {{secret: [{secrets}]}}\n{settings}\n");
        project.write("config/deploy.yml", &text);
        project.fails(&["deploy", "--skip-push", "--version", "1"])
    };
    let literal = "x-dhow: {secrets: {env_files: literal}}";
    insta::assert_snapshot!(told("PEM, SLASH, LONG", literal), @r#"
    3: error: secrets cannot be delivered
      caused by: PEM has a line break, and Docker's env files have one line per variable
      caused by: LONG makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535

    hint: encode the value in the secrets file, such as KEY="$(base64 < FILE | tr -d '\n')", and decode it in the app
    hint: put the value into a file on the hosts and mount that with `volumes`, or let the app fetch it
    hint: or let line breaks arrive as `\n` and backslashes doubled, as Kamal does it: `x-dhow: {secrets: {env_files: kamal}}`
    "#);
    insta::assert_snapshot!(told("SLASH, LONG", ""), @"
    3: error: a secret cannot be delivered
      caused by: LONG makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535

    hint: put the value into a file on the hosts and mount that with `volumes`, or let the app fetch it
    ");
    let changed = "reach the containers changed";
    let warning = told("PEM, SLASH", "");
    let warning = warning
        .lines()
        .find(|line| line.contains(changed))
        .unwrap_or_default();
    insta::assert_snapshot!(warning, @r"4: warning: PEM, SLASH reach the containers changed: in env files a line break is written as `\n` and a backslash as `\\`, as Kamal does it, and Docker does not undo that; decode it in the app and say `x-dhow: {secrets: {env_files: kamal}}`, or let `env_files: literal` deliver secrets as they are");
    for (secrets, settings) in [
        ("PEM", literal.replace("literal", "kamal").as_str()),
        ("SLASH", literal),
    ] {
        let told = told(secrets, settings);
        assert!(
            !told.contains(changed.trim_start_matches("reach")),
            "{told}"
        );
    }
    insta::assert_snapshot!(told("PEN, SLASH", ""), @"
    3: error: a secret is missing

    error: env/secret/0: Secret 'PEN' not found in .kamal/secrets
     --> config/deploy.yml:9:16
      |
    9 | env: {secret: [PEN, SLASH]}
      |                ^^^
      |
      = help: .kamal/secrets:2 sets 'PEM'

    hint: the deploy file asks for it: add a line NAME=$(command) to the secrets file, or NAME=$NAME to take it from the environment
    ");
}

#[test]
fn nothing_is_run_for_a_deploy_that_needs_no_secret() {
    let project = Project::new("A=$(vault read x)\n")
        .with_shell()
        .program("vault", "exit 3");
    let written = DEPLOY.replace("[KAMAL_REGISTRY_PASSWORD]", "open-sesame");
    project.write("config/deploy.yml", &written);
    let told = || project.fails(&["deploy", "--skip-push", "--version", "1"]);
    assert!(!told().contains("vault"), "{}", told());
    fs::create_dir(project.0.path().join(".kamal/hooks")).unwrap();
    project.write(".kamal/hooks/pre-build", "");
    assert!(
        !told().contains("vault"),
        "this hook gets no secrets: {}",
        told()
    );
    project.write(".kamal/hooks/pre-deploy", "");
    assert!(
        told().contains("the command `vault …` gave no value"),
        "{}",
        told()
    );
}

fn commit_all(repository: &git2::Repository) {
    let mut index = repository.index().unwrap();
    index
        .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
        .unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let me = git2::Signature::now("dorothea", "dorothea@example.com").unwrap();
    repository
        .commit(Some("HEAD"), &me, &me, "Say too much", &tree, &[])
        .unwrap();
}
