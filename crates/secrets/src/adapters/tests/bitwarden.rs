use super::Stubs;

const UNLOCKED: &str = r#"{"status":"unlocked"}"#;
const LOGIN: &str = r#"{"name":"db","login":{"username":"u","password":"p\"$w"},"fields":[{"name":"a","value":"A"},{"name":"b","value":null}]}"#;
const NOTE: &str =
    r#"{"name":"note","login":null,"fields":[{"name":"x","value":"X"},{"name":"y","value":"Y"}]}"#;

fn unlocked() -> Stubs {
    Stubs::new()
        .answers("bw --version", "2024.1")
        .answers("bw status", UNLOCKED)
        .answers("bw sync", "Syncing complete.")
        .answers("bw get item db", LOGIN)
        .answers("bw get item note", NOTE)
        .answers("bw get item folder", r#"{"name":"folder"}"#)
        .fails("bw get item none", 1)
}

#[test]
fn items_give_their_password_their_fields_or_all_fields() {
    let fetched = |words: &str| unlocked().fetch(&format!("bitwarden --account me {words}"));
    insta::assert_snapshot!(fetched("db").unwrap(), @r#"{"db":"p\"$w"}"#);
    insta::assert_snapshot!(fetched("db/b note/x db/a/ignored").unwrap(), @r#"{"db/b":null,"db/a":"A","note/x":"X"}"#);
    insta::assert_snapshot!(fetched("db db/a note").unwrap(), @r#"{"db":"p\"$w","db/a":"A","note/x":"X","note/y":"Y"}"#);
    insta::assert_snapshot!(fetched("--from db a").unwrap(), @r#"{"db/a":"A"}"#);
    insta::assert_snapshot!(fetched("none").unwrap_err(), @"Could not read none from Bitwarden: it ended with exit code 1; what it wrote to standard error stands above");
    insta::assert_snapshot!(fetched("db/z").unwrap_err(), @"Could not find field z in item db in Bitwarden");
    insta::assert_snapshot!(fetched("folder").unwrap_err(), @"Item folder is not a login type item and no fields were specified");
    insta::assert_snapshot!(fetched("").unwrap_err(), @"nothing to fetch: name items of Bitwarden, each as item or item/field");
    let stubs = unlocked();
    stubs
        .fetch("bitwarden --account me db/a note db/b")
        .unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    bw --version
    bw status
    bw sync
    bw get item db
    bw get item note
    ");
}

#[test]
fn a_locked_vault_is_unlocked_and_its_session_kept_off_the_command_line() {
    let stubs = Stubs::new()
        .answers("bw --version", "")
        .answers("bw status", r#"{"status":"unauthenticated"}"#)
        .answers("bw status", r#"{"status":"locked"}"#)
        .answers("bw status", UNLOCKED)
        .answers("bw login me@x.org", "You are logged in!")
        .answers("bw unlock --raw", "s3ss10n\n")
        .answers("bw sync", "")
        .answers("bw get item db", LOGIN);
    stubs.fetch("bitwarden --account me@x.org db").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    bw --version
    bw status
    bw login me@x.org
    bw status
    bw unlock --raw
    BW_SESSION=s3ss10n bw status
    BW_SESSION=s3ss10n bw sync
    BW_SESSION=s3ss10n bw get item db
    ");
}

#[test]
fn a_vault_that_stays_closed_is_told() {
    let locked = Stubs::new()
        .answers("bw --version", "")
        .answers("bw status", r#"{"status":"locked"}"#)
        .fails("bw unlock --raw", 1);
    insta::assert_snapshot!(locked.fetch("bitwarden --account me db").unwrap_err(), @"Failed to login to and unlock Bitwarden");
    let unsynced = Stubs::new()
        .answers("bw --version", "")
        .answers("bw status", UNLOCKED)
        .fails("bw sync", 1);
    insta::assert_snapshot!(unsynced.fetch("bitwarden --account me db").unwrap_err(), @"Failed to sync Bitwarden: it ended with exit code 1; what it wrote to standard error stands above");
    for odd in ["hunter2", "[]", "{}", ""] {
        let stubs = Stubs::new()
            .answers("bw --version", "")
            .answers("bw status", odd);
        let told = stubs.fetch("bitwarden --account me db").unwrap_err();
        assert!(
            told.contains("`bw status`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
