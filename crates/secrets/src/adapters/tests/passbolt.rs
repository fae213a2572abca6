use super::Stubs;

fn verified() -> Stubs {
    Stubs::new()
        .answers("passbolt --version", "0.3")
        .answers("passbolt verify", "")
}

const COLUMNS: &str = "--column name --column password --json";

#[test]
fn resources_at_the_root_take_one_call() {
    let stubs = verified().answers(
        &format!(r#"passbolt list resources --filter Name == "A" || Name == "B" {COLUMNS}"#),
        r#"[{"name":"A","password":"a$x"},{"name":"B","password":"b"}]"#,
    );
    assert_eq!(
        stubs.fetch("passbolt A B").unwrap(),
        r#"{"A":"a$x","B":"b"}"#
    );
    insta::assert_snapshot!(stubs.calls(), @r#"
    passbolt --version
    passbolt verify
    passbolt list resources --filter [Name == "A" || Name == "B"] --column name --column password --json
    "#);
}

#[test]
fn folders_are_found_level_by_level() {
    let stubs = verified()
        .answers(
            r#"passbolt list folders --filter Name == "shop" || Name == "mail" --json"#,
            r#"[{"id":"9","name":"shop","folder_parent_id":"7"},{"id":"1","name":"shop","folder_parent_id":""},
                {"id":"2","name":"mail","folder_parent_id":null}]"#,
        )
        .answers(
            r#"passbolt list folders --filter Name == "prod" && FolderParentID == "1" --json"#,
            r#"[{"id":"3","name":"prod","folder_parent_id":"1"}]"#,
        )
        .answers(
            &format!(
                r#"passbolt list resources --filter (Name == "A" && FolderParentID == "3") || (Name == "B" && FolderParentID == "2") || (Name == "C" && FolderParentID == "3") --folder 1 --folder 2 --folder 3 {COLUMNS}"#
            ),
            r#"[{"name":"A","password":"a"},{"name":"B","password":"b"},{"name":"C","password":"c"}]"#,
        );
    let fetched = stubs
        .fetch("passbolt shop/prod/A mail/B shop/prod/C")
        .unwrap();
    assert_eq!(fetched, r#"{"A":"a","B":"b","C":"c"}"#);
    insta::assert_snapshot!(stubs.calls(), @r#"
    passbolt --version
    passbolt verify
    passbolt list folders --filter [Name == "shop" || Name == "mail"] --json
    passbolt list folders --filter [Name == "prod" && FolderParentID == "1"] --json
    passbolt list resources --filter [(Name == "A" && FolderParentID == "3") || (Name == "B" && FolderParentID == "2") || (Name == "C" && FolderParentID == "3")] --folder 1 --folder 2 --folder 3 --column name --column password --json
    "#);
}

#[test]
fn quotes_in_names_stay_inside_the_filter() {
    let stubs = verified().answers(
        &format!(r#"passbolt list resources --filter Name == "it's \"x\" \\ $(id) y" {COLUMNS}"#),
        r#"[{"name":"it's \"x\" \\ $(id) y","password":"a"}]"#,
    );
    let fetched = stubs.fetch(r#"passbolt "it's \"x\" \\ \$(id) y""#).unwrap();
    assert_eq!(fetched, r#"{"it's \"x\" \\ $(id) y":"a"}"#);
}

#[test]
fn what_is_missing_is_named() {
    let error = |stubs: Stubs, words: &str| stubs.fetch(&format!("passbolt {words}")).unwrap_err();
    insta::assert_snapshot!(error(verified(), ""), @"No secrets given to fetch");
    let folders = r#"passbolt list folders --filter Name == "shop" --json"#;
    let shop = r#"[{"id":"1","name":"shop"}]"#;
    insta::assert_snapshot!(error(verified().fails(folders, 1), "shop/A"), @"Could not read folders from Passbolt: it ended with exit code 1; what it wrote to standard error stands above");
    insta::assert_snapshot!(error(verified().answers(folders, "[]"), "shop/prod/A shop/B"), @"Could not find the following folders in Passbolt: shop/prod, shop");
    let half = verified().answers(folders, shop).answers(
        r#"passbolt list folders --filter Name == "prod" && FolderParentID == "1" --json"#,
        "[]",
    );
    insta::assert_snapshot!(error(half, "--from shop/prod A"), @"Could not find the following folders in Passbolt: shop/prod");
    let resources =
        format!(r#"passbolt list resources --filter Name == "A" || Name == "B" {COLUMNS}"#);
    let answering = |output: &str| verified().answers(&resources, output);
    insta::assert_snapshot!(error(answering("[]"), "A B"), @"Could not find the following secrets in Passbolt: A, B");
    insta::assert_snapshot!(error(verified().fails(&resources, 1), "A B"), @r#"Could not read ["A", "B"] from Passbolt: it ended with exit code 1; what it wrote to standard error stands above"#);
    let twice = r#"[{"name":"A","password":"1"},{"name":"A","password":"2"}]"#;
    insta::assert_snapshot!(error(answering(twice), "A B"), @"A is present more than once");
    let refused = Stubs::new()
        .answers("passbolt --version", "")
        .fails("passbolt verify", 1);
    insta::assert_snapshot!(error(refused, "A"), @"Failed to login to Passbolt: it ended with exit code 1; what it wrote to standard error stands above");
    for odd in ["hunter2", "{}", "[\"hunter2\"]", ""] {
        let told = error(answering(odd), "A B");
        assert!(
            told.contains("`passbolt list resources`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
