use super::Stubs;

fn logged_in() -> Stubs {
    Stubs::new()
        .answers("bws --version", "1.0")
        .answers("bws project list", "[]")
        .answers("bws secret get id-1", r#"{"key":"A","value":"a$x"}"#)
        .answers("bws secret get id-2", r#"{"key":"B","value":"b"}"#)
        .answers(
            "bws secret list",
            r#"[{"key":"A","value":"a"},{"key":"B","value":"b"}]"#,
        )
        .answers("bws secret list p-1", r#"[{"key":"C","value":"c"}]"#)
}

#[test]
fn secrets_come_one_by_one_or_all_at_once() {
    let fetched = |words: &str| logged_in().fetch(&format!("bitwarden-sm {words}"));
    insta::assert_snapshot!(fetched("id-1 id-2").unwrap(), @r#"{"A":"a$x","B":"b"}"#);
    insta::assert_snapshot!(fetched("all").unwrap(), @r#"{"A":"a","B":"b"}"#);
    insta::assert_snapshot!(fetched("p-1/all").unwrap(), @r#"{"C":"c"}"#);
    insta::assert_snapshot!(fetched("--from p-1 all").unwrap(), @r#"{"C":"c"}"#);
    insta::assert_snapshot!(fetched("").unwrap_err(), @"You must specify what to retrieve from Bitwarden Secrets Manager");
    insta::assert_snapshot!(fetched("id-1 none").unwrap_err(), @"Could not read none from Bitwarden Secrets Manager: it ended with exit code 99; what it wrote to standard error stands above");
    insta::assert_snapshot!(fetched("p-2/all").unwrap_err(), @"Could not read secrets from Bitwarden Secrets Manager: it ended with exit code 99; what it wrote to standard error stands above");
    let twice = logged_in().answers(
        "bws secret list p-3",
        r#"[{"key":"A","value":"a"},{"key":"A","value":"b"}]"#,
    );
    insta::assert_snapshot!(twice.fetch("bitwarden-sm p-3/all").unwrap_err(), @"A is present more than once");
    let stubs = logged_in();
    stubs.fetch("bitwarden-sm id-1 id-2").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    bws --version
    bws project list
    bws secret get id-1
    bws secret get id-2
    ");
}

#[test]
fn a_wrong_token_and_odd_answers_are_told() {
    let stubs = Stubs::new()
        .answers("bws --version", "")
        .fails("bws project list", 1);
    insta::assert_snapshot!(stubs.fetch("bitwarden-sm id-1").unwrap_err(), @"Could not authenticate to Bitwarden Secrets Manager. Did you set a valid access token?: it ended with exit code 1; what it wrote to standard error stands above");
    for odd in [
        "hunter2",
        "{}",
        "[\"hunter2\"]",
        "[{\"key\":1,\"value\":\"hunter2\"}]",
        "",
    ] {
        let stubs = Stubs::new()
            .answers("bws --version", "")
            .answers("bws project list", "")
            .answers("bws secret list", odd);
        let told = stubs.fetch("bitwarden-sm all").unwrap_err();
        assert!(
            told.contains("`bws secret list`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
