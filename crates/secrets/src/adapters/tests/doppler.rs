use super::Stubs;

fn logged_in() -> Stubs {
    Stubs::new()
        .answers("doppler --version", "3")
        .answers("doppler me --json", "{}")
}

const BOTH: &str = r#"{"B":{"computed":"b$x","raw":"r"},"A":{"computed":null}}"#;

#[test]
fn project_and_config_come_from_the_names() {
    for words in ["--from shop/prd B A", "shop/prd/B shop/prd/A"] {
        let stubs = logged_in().answers("doppler secrets get B A --json -p shop -c prd", BOTH);
        let fetched = stubs.fetch(&format!("doppler {words}")).unwrap();
        assert_eq!(fetched, r#"{"B":"b$x","A":null}"#);
        insta::allow_duplicates! { insta::assert_snapshot!(stubs.calls(), @"
        doppler --version
        doppler me --json
        doppler secrets get B A --json -p shop -c prd
        "); }
    }
    let error = |words: &str| logged_in().fetch(&format!("doppler {words}")).unwrap_err();
    insta::assert_snapshot!(error("A"), @"Missing project or config from '--from=project/config' option");
    insta::assert_snapshot!(error("--from shop A"), @"Missing project or config from '--from=project/config' option");
    insta::assert_snapshot!(error("shop/prd/A shop/prd2/B"), @"shop/prd2/B is not in the same project and config as shop/prd/A; fetch them one after the other");
    insta::assert_snapshot!(error("--from shop/prd"), @"nothing to fetch: name secrets of Doppler");
}

#[test]
fn a_service_token_stands_for_both() {
    let stubs = logged_in()
        .variable("DOPPLER_TOKEN", "dp.st.prd.x")
        .answers("doppler secrets get A --json", r#"{"A":{"computed":"a"}}"#);
    assert_eq!(stubs.fetch("doppler A").unwrap(), r#"{"A":"a"}"#);
    let other = logged_in().variable("DOPPLER_TOKEN", "dp.pt.x");
    insta::assert_snapshot!(other.fetch("doppler A").unwrap_err(), @"Missing project or config from '--from=project/config' option");
}

#[test]
fn nobody_logged_in_means_logging_in() {
    let stubs = Stubs::new()
        .answers("doppler --version", "")
        .fails("doppler me --json", 1)
        .answers("doppler login -y", "")
        .answers(
            "doppler secrets get A --json -p p -c c",
            r#"{"A":{"computed":"a"}}"#,
        );
    stubs.fetch("doppler p/c/A").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    doppler --version
    doppler me --json
    doppler login -y
    doppler secrets get A --json -p p -c c
    ");
    let refused = Stubs::new()
        .answers("doppler --version", "")
        .fails("doppler me --json", 1)
        .fails("doppler login -y", 1);
    insta::assert_snapshot!(refused.fetch("doppler p/c/A").unwrap_err(), @"Failed to login to Doppler: it ended with exit code 1; what it wrote to standard error stands above");
}

#[test]
fn what_cannot_be_read_is_named() {
    let line = "doppler secrets get A --json -p p -c c";
    let error = |stubs: Stubs| stubs.fetch("doppler p/c/A").unwrap_err();
    insta::assert_snapshot!(error(logged_in().fails(line, 1)), @r#"Could not read ["p/c/A"] from Doppler: it ended with exit code 1; what it wrote to standard error stands above"#);
    for odd in ["hunter2", "[]", "\"hunter2\"", ""] {
        let told = error(logged_in().answers(line, odd));
        assert!(
            told.contains("`doppler secrets get`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
