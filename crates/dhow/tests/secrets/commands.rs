//! `secrets fetch`, `extract` and `print`, as they are typed.

use crate::project::{Project, with_doppler};

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
    let ended = r#"{"KEY":"-----END PRIVATE KEY-----\n"}"#;
    assert_eq!(
        project.prints(&["secrets", "extract", "KEY", ended]),
        "-----END PRIVATE KEY-----\n"
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
