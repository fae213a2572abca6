//! `dhow secrets`, and a secrets file that asks password managers, against stand-ins for their programs.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
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

/// A project with a secrets file, and programs on a `PATH` of its own.
struct Project(TempDir);

impl Project {
    fn new(secrets: &str) -> Self {
        let project = Self(TempDir::new().unwrap());
        for folder in ["config", ".kamal", "programs"] {
            fs::create_dir(project.0.path().join(folder)).unwrap();
        }
        let write = |path: &str, text: &str| {
            let path = project.0.path().join(path);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        write("config/deploy.yml", DEPLOY);
        write("config/deploy.staging.yml", "{}\n");
        write(".kamal/secrets", secrets);
        write(".kamal/secrets.staging", "ONLY=staging\n");
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

    fn dhow(&self, words: &[&str]) -> std::process::Output {
        let programs = self.0.path().join("programs");
        cargo_bin_cmd!("dhow")
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", programs)
            .env("REAL_PATH", "/usr/bin:/bin")
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
    insta::assert_snapshot!(project.fails(&["secrets", "extract", "Y", json]), @"1: error: Could not find secret Y");
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
    insta::assert_snapshot!(fails(&["-a", "foo", "A"]), @"2: error: Unknown secrets adapter: foo");
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
        Project::new("KAMAL_REGISTRY_PASSWORD=\"$(printf 'pa%s1wor%sHOME' '\\$' '\\$')\"\n");
    let shell = project.0.path().join("programs/sh");
    symlink("/bin/sh", shell).unwrap();
    let literal = project.prints(&["secrets", "print"]);
    assert_eq!(literal, "KAMAL_REGISTRY_PASSWORD=pa$1wor$HOME\n");
    let file = project.0.path().join("config/deploy.yml");
    let keeping = format!("{DEPLOY}x-dhow: {{secrets: {{expand: kamal}}}}\n");
    fs::write(file, keeping).unwrap();
    let expanded = project.prints(&["secrets", "print"]);
    assert_eq!(expanded, "KAMAL_REGISTRY_PASSWORD=pa\n");
}

#[test]
fn commands_see_what_tags_of_the_deploy_file_have_set() {
    let project = Project::new("KAMAL_REGISTRY_PASSWORD=$(printf %s \\$FROM_DOTENV)\n");
    symlink("/bin/sh", project.0.path().join("programs/sh")).unwrap();
    fs::write(project.0.path().join(".env"), "FROM_DOTENV=open-sesame\n").unwrap();
    let file = project.0.path().join("config/deploy.yml");
    let loading = format!("<% require \"dotenv\"; Dotenv.load(\".env\") %>\n{DEPLOY}");
    fs::write(file, loading).unwrap();
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
      caused by: Could not find secret PASSWRD
    ");
}
