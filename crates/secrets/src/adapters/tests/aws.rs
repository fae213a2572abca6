use super::Stubs;

const BATCH: &str = "aws secretsmanager batch-get-secret-value --secret-id-list";

fn answering(words: &str, output: &str) -> Stubs {
    Stubs::new()
        .answers("aws --version", "aws-cli/2")
        .answers(&format!("{BATCH} {words} --output json"), output)
}

#[test]
fn secrets_are_objects_values_or_plain_texts() {
    let stubs = answering(
        "app/db app/one app/text --profile prod",
        r#"{"SecretValues":[
            {"Name":"app/db","SecretString":"{\"PORT\":5432,\"B\":\"b\\\"$\",\"A\":true,\"N\":null,\"O\":{\"a\":\"b\"}}"},
            {"Name":"app/one","SecretString":"\"quoted\""},
            {"Name":"app/text","SecretString":"{not json"}],"Errors":[]}"#,
    );
    let fetched = stubs.fetch("aws_secrets_manager --account prod --from app db one text");
    insta::assert_snapshot!(fetched.unwrap(), @r#"{"app/db/PORT":"5432","app/db/B":"b\"$","app/db/A":"true","app/db/N":"null","app/db/O":"{\"a\":\"b\"}","app/one":"quoted","app/text":"{not json"}"#);
    insta::assert_snapshot!(stubs.calls(), @"
    aws --version
    aws secretsmanager batch-get-secret-value --secret-id-list app/db app/one app/text --profile prod --output json
    ");
}

#[test]
fn what_aws_refuses_is_told() {
    let refused = answering(
        "a b",
        r#"{"SecretValues":[],"Errors":[{"SecretId":"a","Message":"no such secret"},
            {"SecretId":"b","Message":"denied"}]}"#,
    );
    insta::assert_snapshot!(refused.fetch("aws_secrets_manager a b").unwrap_err(), @"a: no such secret b: denied");
    let failing = Stubs::new()
        .answers("aws --version", "")
        .fails(&format!("{BATCH} a b --output json"), 254);
    insta::assert_snapshot!(failing.fetch("aws_secrets_manager a b").unwrap_err(), @"Could not read a, b from AWS Secrets Manager: it ended with exit code 254; what it wrote to standard error stands above");
    insta::assert_snapshot!(failing.fetch("aws_secrets_manager").unwrap_err(), @"nothing to fetch: name secrets of AWS Secrets Manager");
    let binary = answering(
        "a",
        r#"{"SecretValues":[{"Name":"a","SecretBinary":"aHVudGVyMg=="}]}"#,
    );
    insta::assert_snapshot!(binary.fetch("aws_secrets_manager a").unwrap_err(), @"the secret a of AWS Secrets Manager holds no text");
    for odd in [
        "hunter2",
        "[]",
        "{\"SecretValues\":\"hunter2\"}",
        "{\"SecretValues\":[\"hunter2\"]}",
        "",
    ] {
        let told = answering("a", odd)
            .fetch("aws_secrets_manager a")
            .unwrap_err();
        assert!(
            told.contains("batch-get-secret-value`") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
