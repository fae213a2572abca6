//! Each adapter against a stand-in for its program, which records how it is called.

mod aws;
mod bitwarden;
mod bitwarden_secrets;
mod doppler;
mod enpass;
mod gcp;
mod last_pass;
mod one_password;
mod passbolt;
mod stubs;

use proptest::prelude::*;

use self::stubs::Stubs;
use crate::{Adapter, FetchRequest, RequestError};

#[test]
fn names_of_adapters_are_read_as_kamal_reads_them() {
    for (names, adapter) in [
        (
            "1password 1PASSWORD one_password OnePassword onePassword",
            Adapter::OnePassword,
        ),
        (
            "lastpass LASTPASS LastPass last_pass LastPass",
            Adapter::LastPass,
        ),
        ("bitwarden Bitwarden", Adapter::Bitwarden),
        (
            "bitwarden-sm Bitwarden-SM bitwarden_secrets_manager BitwardenSecretsManager",
            Adapter::BitwardenSecretsManager,
        ),
        (
            "aws_secrets_manager AwsSecretsManager",
            Adapter::AwsSecretsManager,
        ),
        (
            "gcp GCP gcp_secret_manager GcpSecretManager",
            Adapter::GcpSecretManager,
        ),
        ("doppler Doppler", Adapter::Doppler),
        ("enpass Enpass", Adapter::Enpass),
        ("passbolt Passbolt", Adapter::Passbolt),
        ("test Test", Adapter::Test),
    ] {
        for name in names.split(' ') {
            assert_eq!(name.parse(), Ok(adapter), "{name}");
        }
    }
    let told = |name: &str| name.parse::<Adapter>().unwrap_err().to_string();
    insta::assert_snapshot!(told("1passwrd"), @"Unknown secrets adapter: 1passwrd; did you mean 1password?");
    insta::assert_snapshot!(told("aws-secrets-manager"), @"Unknown secrets adapter: aws-secrets-manager; did you mean aws_secrets_manager?");
    insta::assert_snapshot!(told("foo"), @"Unknown secrets adapter: foo; there are 1password, aws_secrets_manager, bitwarden, bitwarden-sm, doppler, enpass, gcp, lastpass, passbolt");
    for unknown in ["", "foo", "BITWARDEN", "aws", "one-password", "passBolt"] {
        let parsed: Result<Adapter, _> = unknown.parse();
        assert_eq!(
            parsed,
            Err(RequestError::UnknownAdapter(unknown.to_owned()))
        );
    }
}

#[test]
fn the_adapters_that_need_an_account_say_so() {
    let needing: Vec<&str> = [
        "1password",
        "aws_secrets_manager",
        "bitwarden",
        "bitwarden-sm",
        "doppler",
        "enpass",
        "gcp",
        "lastpass",
        "passbolt",
        "test",
    ]
    .into_iter()
    .filter(|adapter| {
        let request = |account: Option<&str>| {
            FetchRequest::new(Some(adapter), account.map(Into::into), None, vec![])
        };
        assert!(request(Some("me")).is_ok());
        assert_eq!(request(None), request(Some(" ")));
        request(None) == Err(RequestError::NoAccount)
    })
    .collect();
    assert_eq!(
        needing,
        ["1password", "bitwarden", "gcp", "lastpass", "test"]
    );
}

#[test]
fn the_test_adapter_turns_names_around() {
    let stubs = Stubs::new();
    insta::assert_snapshot!(
        stubs.fetch("test --account me --from f ab LPARENxRPAREN").unwrap(),
        @r#"{"f/ab":"ba/f","f/LPARENxRPAREN":")x(/f"}"#
    );
    assert_eq!(stubs.calls(), "");
}

/// A name that a shell would read otherwise in each of its quotings, and as a word of a request.
const WEIRD: &str = r#"it's "$(id)" `x` ${A}\*"#;

#[test]
fn weird_names_reach_every_program_whole() {
    let json = crate::json::quoted(WEIRD);
    let stubs = Stubs::new()
        .answers("aws --version", "")
        .answers(
            &format!(
                "aws secretsmanager batch-get-secret-value --secret-id-list {WEIRD} --output json"
            ),
            &format!(r#"{{"SecretValues":[{{"Name":{json},"SecretString":"v"}}]}}"#),
        )
        .answers("bw --version", "")
        .answers("bw status", r#"{"status":"unlocked"}"#)
        .answers("bw sync", "")
        .answers(
            &format!("bw get item {WEIRD}"),
            r#"{"login":{"password":"v"}}"#,
        )
        .answers("bws --version", "")
        .answers("bws project list", "")
        .answers(
            &format!("bws secret get {WEIRD}"),
            &format!(r#"{{"key":{json},"value":"v"}}"#),
        )
        .answers("doppler --version", "")
        .answers("doppler me --json", "")
        .answers(
            &format!("doppler secrets get {WEIRD} --json -p p -c c"),
            &format!(r#"{{{json}:{{"computed":"v"}}}}"#),
        )
        .answers("enpass-cli version", "")
        .answers(
            &format!("enpass-cli -json -vault v show {WEIRD}"),
            &format!(r#"[{{"title":{json},"password":"v"}}]"#),
        )
        .answers("gcloud --version", "")
        .answers("gcloud auth list --format=json", "[{}]")
        .answers(
            &format!(
                "gcloud secrets versions access latest --secret={WEIRD} --project=p --format=json"
            ),
            r#"{"payload":{"data":"dg=="}}"#,
        )
        .answers("lpass --version", "")
        .answers("lpass status --color never", "Logged in as me.")
        .answers(
            &format!("lpass show {WEIRD} --json"),
            &format!(r#"[{{"fullname":{json},"password":"v"}}]"#),
        );
    let word = crate::words::escape(&dhow_redaction::Secret::new(WEIRD));
    let word = word.expose();
    for (request, prefix) in [
        (format!("aws_secrets_manager {word}"), ""),
        (format!("bitwarden --account me {word}"), ""),
        (format!("bitwarden-sm {word}"), ""),
        (format!("doppler --from p/c {word}"), ""),
        (format!("enpass --from v {word}"), ""),
        (format!("gcp --account default --from p {word}"), "p/"),
        (format!("lastpass --account me {word}"), ""),
    ] {
        let expected = format!(
            "{{{}:\"v\"}}",
            crate::json::quoted(&format!("{prefix}{WEIRD}"))
        );
        assert_eq!(stubs.fetch(&request), Ok(expected), "{request}");
    }
}

#[test]
fn a_missing_program_is_named_for_every_manager() {
    let stubs = Stubs::new();
    let told: Vec<String> = [
        "1password --account a v/i",
        "aws_secrets_manager a",
        "bitwarden --account a i",
        "bitwarden-sm i",
        "doppler p/c/A",
        "enpass --from v i",
        "gcp --account a s",
        "lastpass --account a i",
        "passbolt i",
    ]
    .into_iter()
    .map(|words| stubs.fetch(words).unwrap_err())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    1Password CLI is not installed: there is no program `op` on the PATH
    AWS CLI is not installed: there is no program `aws` on the PATH
    Bitwarden CLI is not installed: there is no program `bw` on the PATH
    Bitwarden Secrets Manager CLI is not installed: there is no program `bws` on the PATH
    Doppler CLI is not installed: there is no program `doppler` on the PATH
    Enpass CLI is not installed: there is no program `enpass-cli` on the PATH
    gcloud CLI is not installed: there is no program `gcloud` on the PATH
    LastPass CLI is not installed: there is no program `lpass` on the PATH
    Passbolt CLI is not installed: there is no program `passbolt` on the PATH
    ");
}

#[test]
fn a_program_that_does_not_work_counts_as_missing() {
    let stubs = Stubs::new().fails("op --version", 2);
    insta::assert_snapshot!(stubs.fetch("1password --account a v/i").unwrap_err(), @"1Password CLI is not installed: it ended with exit code 2");
}

proptest! {
    #[test]
    fn any_text_is_an_adapter_or_none(name in "[a-zA-Z_1é-]{0,20}") {
        let _: Result<Adapter, RequestError> = name.parse();
    }
}
