use super::Stubs;

fn signed_in() -> Stubs {
    Stubs::new()
        .answers("op --version", "2.30.0\n")
        .answers("op account get --account me", "ID: X\n")
}

const ONE: &str = r#"{"id":"x","reference":"op://Shop/DB/password","value":"p$w \"é\""}"#;

#[test]
fn one_field_is_an_object_and_several_are_a_list() {
    let stubs = signed_in()
        .answers(
            "op item get DB --vault Shop --format json --account me --fields label=password",
            ONE,
        )
        .answers(
            "op item get Mail --vault Shop --format json --account me --fields label=smtp.user,label=token",
            r#"[{"reference":"op://Shop/Mail/smtp/user","value":"u"},
                {"reference":"op://Shop/Mail/token","value":null}]"#,
        );
    let fetched =
        stubs.fetch("1password --account me op://Shop/Mail/smtp/user Shop/DB Shop/Mail/token");
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"Shop/Mail/smtp/user":"u","Shop/Mail/token":null,"Shop/DB":"p$w \"é\""}"#);
    insta::assert_snapshot!(stubs.calls(), @"
    op --version
    op account get --account me
    op item get Mail --vault Shop --format json --account me --fields label=smtp.user,label=token
    op item get DB --vault Shop --format json --account me --fields label=password
    ");
}

#[test]
fn words_with_spaces_and_quotes_reach_the_program_whole() {
    let stubs = signed_in().answers(
        "op item get It's \"$x\" --vault My Vault --format json --account me --fields label=a b",
        r#"{"reference":"op://My Vault/It's/a b","value":"v"}"#,
    );
    let fetched =
        stubs.fetch(r#"1password --account me --from "op://My Vault/It's \"\$x\"" 'a b'"#);
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"My Vault/It's/a b":"v"}"#);
}

#[test]
fn without_names_all_fields_of_the_item_come() {
    let stubs = signed_in().answers(
        "op item get DB --vault Shop --format json --account me",
        r#"{"title":"DB","fields":[{"id":"notes","label":"notes"},
            {"reference":"op://Shop/DB/password","value":"p"},
            {"reference":"op://Shop/DB/extra/key","value":"k"}]}"#,
    );
    let fetched = stubs.fetch("1password --account me --from Shop/DB");
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"Shop/DB":"p","Shop/DB/extra/key":"k"}"#);
    insta::assert_snapshot!(signed_in().fetch("1password --account me").unwrap_err(), @"nothing to fetch: name secrets, or an item of 1Password with --from vault/item");
}

#[test]
fn nobody_signed_in_means_signing_in_and_using_the_token() {
    let stubs = Stubs::new()
        .answers("op --version", "")
        .fails("op account get --account me", 1)
        .answers("op signin --account me --force --raw", "t0k3n\n")
        .answers(
            "op item get DB --vault Shop --format json --account me --session t0k3n --fields label=password",
            ONE,
        );
    stubs.fetch("1password --account me Shop/DB").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    op --version
    op account get --account me
    op signin --account me --force --raw
    op item get DB --vault Shop --format json --account me --session t0k3n --fields label=password
    ");
    let refused = Stubs::new()
        .answers("op --version", "")
        .fails("op account get --account me", 1)
        .fails("op signin --account me --force --raw", 1);
    insta::assert_snapshot!(refused.fetch("1password --account me Shop/DB").unwrap_err(), @"Failed to login to 1Password: it ended with exit code 1; what it wrote to standard error stands above");
}

#[test]
fn what_cannot_be_read_is_named() {
    let get = "op item get DB --vault Shop --format json --account me";
    let stubs = signed_in()
        .fails(&format!("{get} --fields label=a,label=b"), 1)
        .fails(get, 6);
    let error = |stubs: &Stubs, words: &str| {
        stubs
            .fetch(&format!("1password --account me {words}"))
            .unwrap_err()
    };
    insta::assert_snapshot!(error(&stubs, "--from Shop/DB a b"), @"Could not read a, b from DB in the Shop 1Password vault: it ended with exit code 1; what it wrote to standard error stands above");
    insta::assert_snapshot!(error(&stubs, "--from Shop/DB"), @"Could not read from DB in the Shop 1Password vault: it ended with exit code 6; what it wrote to standard error stands above");
    insta::assert_snapshot!(error(&stubs, "Shop"), @"`Shop` names no item of 1Password; write [op://]vault/item[/section][/field] or give --from vault/item");
    let line = format!("{get} --fields label=password");
    for odd in [
        "hunter2",
        "[\"hunter2\"]",
        "{\"hunter2\":1}",
        "\"hunter2\"",
        "",
    ] {
        let told = error(&signed_in().answers(&line, odd), "Shop/DB");
        assert!(
            told.contains("`op item get`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
