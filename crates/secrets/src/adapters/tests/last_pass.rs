use super::Stubs;

fn logged_in() -> Stubs {
    Stubs::new()
        .answers("lpass --version", "1.3")
        .answers("lpass status --color never", "Logged in as me@x.org.\n")
}

const BOTH: &str =
    r#"[{"fullname":"Shop/a b","password":"p'w"},{"fullname":"Shop/c","password":"q"}]"#;

#[test]
fn items_give_their_passwords() {
    let stubs = logged_in().answers("lpass show Shop/a b Shop/c --json", BOTH);
    let fetched = stubs.fetch("lastpass --account me@x.org --from Shop 'a b' c");
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"Shop/a b":"p'w","Shop/c":"q"}"#);
    insta::assert_snapshot!(stubs.calls(), @"
    lpass --version
    lpass status --color never
    lpass show [Shop/a b] Shop/c --json
    ");
}

#[test]
fn somebody_else_logged_in_means_logging_in() {
    let stubs = Stubs::new()
        .answers("lpass --version", "")
        .answers("lpass status --color never", "Logged in as other@x.org.\n")
        .answers("lpass login me@x.org", "")
        .answers(
            "lpass show a --json",
            r#"[{"fullname":"a","password":"p"}]"#,
        );
    stubs.fetch("lastpass --account me@x.org a").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    lpass --version
    lpass status --color never
    lpass login me@x.org
    lpass show a --json
    ");
    let refused = Stubs::new()
        .answers("lpass --version", "")
        .fails("lpass status --color never", 1)
        .fails("lpass login me@x.org", 1);
    insta::assert_snapshot!(refused.fetch("lastpass --account me@x.org a").unwrap_err(), @"Failed to login to LastPass: it ended with exit code 1; what it wrote to standard error stands above");
}

#[test]
fn what_is_missing_is_named() {
    let error = |stubs: Stubs, names: &str| {
        let words = format!("lastpass --account me@x.org {names}");
        stubs.fetch(&words).unwrap_err()
    };
    insta::assert_snapshot!(error(logged_in().fails("lpass show a b --json", 1), "a b"), @r#"Could not read ["a", "b"] from LastPass: it ended with exit code 1; what it wrote to standard error stands above"#);
    let some = logged_in().answers("lpass show a Shop/c b --json", BOTH);
    insta::assert_snapshot!(error(some, "a Shop/c b"), @"Could not find a, b in LastPass");
    insta::assert_snapshot!(error(logged_in(), ""), @"nothing to fetch: name items of LastPass");
    let twice = r#"[{"fullname":"a","password":"p"},{"fullname":"a","password":"q"}]"#;
    let twice = logged_in().answers("lpass show a --json", twice);
    insta::assert_snapshot!(error(twice, "a"), @"a is present more than once");
    for odd in [
        "hunter2",
        "{\"password\":\"hunter2\"}",
        "[{\"password\":\"hunter2\"}]",
        "",
    ] {
        let told = error(logged_in().answers("lpass show a --json", odd), "a");
        assert!(
            told.contains("`lpass show`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
