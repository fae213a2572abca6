use super::Stubs;

const ITEMS: &str = r#"[
    {"title":"DB","label":"password","password":"p$w"},
    {"title":"DB","label":"other","password":"o"},
    {"title":"Mail","label":"","password":"m"},
    {"title":"Mail","label":"blank","password":" "},
    {"title":"Else","label":"x","password":"e"}]"#;

fn answering(words: &str, output: &str) -> Stubs {
    Stubs::new().answers("enpass-cli version", "1").answers(
        &format!("enpass-cli -json -vault /my vault show {words}"),
        output,
    )
}

#[test]
fn items_are_asked_by_title_and_chosen_by_label() {
    let stubs = answering("DB Mail", ITEMS);
    let fetched = stubs.fetch("enpass --from '/my vault' DB/password Mail DB/none");
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"DB/password":"p$w","Mail":"m"}"#);
    insta::assert_snapshot!(stubs.calls(), @"
    enpass-cli version
    enpass-cli -json -vault [/my vault] show DB Mail
    ");
    let whole = answering("DB", ITEMS).fetch("enpass --from '/my vault' DB");
    insta::assert_snapshot!(whole.unwrap(), @r#"{"DB/password":"p$w","DB/other":"o"}"#);
}

#[test]
fn what_cannot_be_is_told() {
    let error = |stubs: Stubs, words: &str| stubs.fetch(&format!("enpass {words}")).unwrap_err();
    let twice = r#"[{"title":"DB","password":"a"},{"title":"DB","label":"","password":"b"}]"#;
    insta::assert_snapshot!(error(answering("DB", twice), "--from '/my vault' DB"), @"DB is present more than once");
    insta::assert_snapshot!(error(answering("DB", ""), "DB"), @"nothing to fetch: name items of Enpass, and the folder of the vault with --from");
    insta::assert_snapshot!(error(answering("DB", ""), "--from '/my vault'"), @"nothing to fetch: name items of Enpass, and the folder of the vault with --from");
    let failing = Stubs::new()
        .answers("enpass-cli version", "")
        .fails("enpass-cli -json -vault v show DB", 1);
    insta::assert_snapshot!(error(failing, "--from v DB"), @"Could not read DB from Enpass: it ended with exit code 1; what it wrote to standard error stands above");
    for odd in ["hunter2", "{\"title\":\"hunter2\"}", ""] {
        let told = error(answering("DB", odd), "--from '/my vault' DB");
        assert!(
            told.contains("`enpass-cli show`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
