use super::Stubs;

fn logged_in() -> Stubs {
    Stubs::new()
        .answers("gcloud --version", "400")
        .answers("gcloud auth list --format=json", r#"[{"account":"me"}]"#)
}

/// `p$w?>é`, in the alphabet that is safe in addresses.
const DATA: &str = r#"{"name":"x","payload":{"data":"cCR3Pz7DqQ=="}}"#;

#[test]
fn accounts_projects_and_versions_become_options() {
    for (account, names, line) in [
        ("default", "db", "latest --secret=db --format=json"),
        ("default", "default/db", "latest --secret=db --format=json"),
        (
            "default",
            "shop/db",
            "latest --secret=db --project=shop --format=json",
        ),
        (
            "me@x.org",
            "shop/db/7",
            "7 --secret=db --project=shop --account=me@x.org --format=json",
        ),
        (
            "'me@x.org|sa@x.org,other@x.org'",
            "--from shop db/7",
            "7 --secret=db --project=shop --account=me@x.org \
             --impersonate-service-account=sa@x.org,other@x.org --format=json",
        ),
        (
            "'default|sa@x.org'",
            "db",
            "latest --secret=db --impersonate-service-account=sa@x.org --format=json",
        ),
    ] {
        let stubs = logged_in().answers(&format!("gcloud secrets versions access {line}"), DATA);
        let fetched = stubs
            .fetch(&format!("gcp --account {account} {names}"))
            .unwrap();
        let project = if line.contains("--project") {
            "shop"
        } else {
            "default"
        };
        assert_eq!(fetched, format!(r#"{{"{project}/db":"p$w?>é"}}"#));
    }
}

#[test]
fn both_alphabets_of_base64_are_read() {
    for (data, value) in [
        ("Pj8-Pw==", ">?>?"),
        ("Pj8+Pw", ">?>?"),
        ("", ""),
        ("YQpi\\n", "a\\nb"),
    ] {
        let stubs = logged_in().answers(
            "gcloud secrets versions access latest --secret=s --format=json",
            &format!(r#"{{"payload":{{"data":"{data}"}}}}"#),
        );
        let fetched = stubs.fetch("gcp --account default s").unwrap();
        assert_eq!(fetched, format!(r#"{{"default/s":"{value}"}}"#));
    }
}

#[test]
fn nobody_logged_in_means_logging_in() {
    let stubs = Stubs::new()
        .answers("gcloud --version", "")
        .answers("gcloud auth list --format=json", "[]")
        .answers("gcloud auth list --format=json", "[{}]")
        .answers("gcloud auth login", "")
        .answers(
            "gcloud secrets versions access latest --secret=db --format=json",
            DATA,
        );
    stubs.fetch("gcp --account default db").unwrap();
    insta::assert_snapshot!(stubs.calls(), @"
    gcloud --version
    gcloud auth list --format=json
    gcloud auth login
    gcloud auth list --format=json
    gcloud secrets versions access latest --secret=db --format=json
    ");
    let refused = Stubs::new()
        .answers("gcloud --version", "")
        .answers("gcloud auth list --format=json", "[]")
        .fails("gcloud auth login", 1);
    insta::assert_snapshot!(refused.fetch("gcp --account default db").unwrap_err(), @"could not login to gcloud");
}

#[test]
fn what_cannot_be_read_is_told_where_kamal_crashes() {
    let line = "gcloud secrets versions access latest --secret=db --project=shop --format=json";
    let error = |stubs: Stubs, name: &str| {
        stubs
            .fetch(&format!("gcp --account default {name}"))
            .unwrap_err()
    };
    insta::assert_snapshot!(error(logged_in().fails(line, 1), "shop/db"), @"Could not read shop/db from Google Secret Manager: it ended with exit code 1; what it wrote to standard error stands above");
    insta::assert_snapshot!(error(logged_in(), "shop/"), @"`shop/` names no secret of Google Secret Manager; write [project/]secret or project/secret/version");
    insta::assert_snapshot!(error(logged_in(), ""), @"nothing to fetch: name secrets of Google Secret Manager");
    for odd in [
        "hunter2",
        "{}",
        r#"{"payload":{"data":"hunter2!"}}"#,
        r#"{"payload":{"data":"/w=="}}"#,
        "",
    ] {
        let told = error(logged_in().answers(line, odd), "shop/db");
        assert!(
            told.contains("versions access`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
