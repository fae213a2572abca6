//! What is told of secrets that cannot be delivered, and of those that are kept unwisely.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::project::{DEPLOY, Project};

#[test]
fn what_env_files_cannot_carry_or_change_is_told_before_any_host_is_asked() {
    let project = Project::new(&format!(
        "KAMAL_REGISTRY_PASSWORD=x\nPEM=\"l1\nl2\"\nSLASH='a\\b'\nLONG={}\n",
        "x".repeat(70_000)
    ));
    let told = |secrets: &str, settings: &str| {
        let text = format!("{DEPLOY}env: {{secret: [{secrets}]}}\n{settings}\n");
        project.write("config/deploy.yml", &text);
        project.fails(&["deploy", "--skip-push", "--version", "1"])
    };
    let literal = "x-dhow: {secrets: {env_files: literal}}";
    insta::assert_snapshot!(told("PEM, SLASH, LONG", literal), @r#"
    3: error: secrets cannot be delivered
      caused by: PEM has a line break, and Docker's env files have one line per variable
      caused by: LONG makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535

    hint: encode the value in the secrets file, such as KEY="$(base64 < FILE | tr -d '\n')", and decode it in the app
    hint: put the value into a file on the hosts and mount that with `volumes`, or let the app fetch it
    hint: or let line breaks arrive as `\n` and backslashes doubled, as Kamal does it: `x-dhow: {secrets: {env_files: kamal}}`
    "#);
    insta::assert_snapshot!(told("SLASH, LONG", ""), @"
    3: error: a secret cannot be delivered
      caused by: LONG makes a line of 70005 bytes, and Docker reads env files in lines of at most 65535

    hint: put the value into a file on the hosts and mount that with `volumes`, or let the app fetch it
    ");
    let changed = "reach the containers changed";
    let warning = told("PEM, SLASH", "");
    let warning = warning
        .lines()
        .find(|line| line.contains(changed))
        .unwrap_or_default();
    insta::assert_snapshot!(warning, @r"4: warning: PEM, SLASH reach the containers changed: in env files a line break is written as `\n` and a backslash as `\\`, as Kamal does it, and Docker does not undo that; decode it in the app and say `x-dhow: {secrets: {env_files: kamal}}`, or let `env_files: literal` deliver secrets as they are");
    for (secrets, settings) in [
        ("PEM", literal.replace("literal", "kamal").as_str()),
        ("SLASH", literal),
    ] {
        let told = told(secrets, settings);
        assert!(
            !told.contains(changed.trim_start_matches("reach")),
            "{told}"
        );
    }
    insta::assert_snapshot!(told("PEN, SLASH", ""), @"
    3: error: a secret is missing

    error: env/secret/0: Secret 'PEN' not found in .kamal/secrets
     --> config/deploy.yml:9:16
      |
    9 | env: {secret: [PEN, SLASH]}
      |                ^^^
      |
      = help: .kamal/secrets:2 sets 'PEM'

    hint: the deploy file asks for it: add a line NAME=$(command) to the secrets file, or NAME=$NAME to take it from the environment
    ");
}

#[test]
fn nothing_is_run_for_a_deploy_that_needs_no_secret() {
    let project = Project::new("A=$(vault read x)\n")
        .with_shell()
        .program("vault", "exit 3");
    let written = DEPLOY.replace("[KAMAL_REGISTRY_PASSWORD]", "open-sesame");
    project.write("config/deploy.yml", &written);
    let told = || project.fails(&["deploy", "--skip-push", "--version", "1"]);
    assert!(!told().contains("vault"), "{}", told());
    fs::create_dir(project.0.path().join(".kamal/hooks")).unwrap();
    project.write(".kamal/hooks/pre-build", "");
    assert!(
        !told().contains("vault"),
        "this hook gets no secrets: {}",
        told()
    );
    project.write(".kamal/hooks/pre-deploy", "");
    assert!(
        told().contains("the command `vault …` gave no value"),
        "{}",
        told()
    );
}

#[test]
fn what_is_unwise_is_told_once_with_the_way_out() {
    let project =
        Project::new("DB_PASSWORD=hunter2\nSENTRY_DSN=hunter2\nKAMAL_REGISTRY_PASSWORD=$NONE\n");
    project.write(
        "config/deploy.yml",
        &format!("{DEPLOY}env: {{clear: {{SENTRY_DSN: hunter2, SMTP_PASSWORD: hunter2}}}}\n"),
    );
    let secrets = project.0.path().join(".kamal/secrets");
    fs::set_permissions(secrets, fs::Permissions::from_mode(0o644)).unwrap();
    let repository = git2::Repository::init(project.0.path()).unwrap();
    let told = |project: &Project| {
        let output = project.dhow(&["secrets", "print"]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!told.contains("hunter2"), "{told}");
        told
    };
    insta::assert_snapshot!(told(&project), @"
    warning: env/clear/SMTP_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
     --> config/deploy.yml:9:36
      |
    9 | env: {clear: {SENTRY_DSN: *******, SMTP_PASSWORD: *******}}
      |                                    ^^^^^^^^^^^^^
      |
      = help: set SMTP_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
    warning: .kamal/secrets:3: $NONE in KAMAL_REGISTRY_PASSWORD is not set, so it counts as empty
    warning: the secrets file .kamal/secrets can be read by others (mode 644); run `chmod 600 .kamal/secrets`
    warning: config/deploy.yml:9:15: env/clear/SENTRY_DSN is given in clear, and .kamal/secrets:2 sets a secret of that name; list SENTRY_DSN below `secret` instead
    ");
    commit_all(&repository);
    insta::assert_snapshot!(told(&project), @"
    warning: env/clear/SMTP_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
     --> config/deploy.yml:9:36
      |
    9 | env: {clear: {SENTRY_DSN: *******, SMTP_PASSWORD: *******}}
      |                                    ^^^^^^^^^^^^^
      |
      = help: set SMTP_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
    warning: .kamal/secrets:3: $NONE in KAMAL_REGISTRY_PASSWORD is not set, so it counts as empty
    warning: the secrets file .kamal/secrets can be read by others (mode 644); run `chmod 600 .kamal/secrets`
    warning: .kamal/secrets:1: DB_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    warning: config/deploy.yml:9:15: env/clear/SENTRY_DSN is given in clear, and .kamal/secrets:2 sets a secret of that name; list SENTRY_DSN below `secret` instead
    ");
}

fn commit_all(repository: &git2::Repository) {
    let mut index = repository.index().unwrap();
    index
        .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
        .unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let me = git2::Signature::now("dorothea", "dorothea@example.com").unwrap();
    repository
        .commit(Some("HEAD"), &me, &me, "Say too much", &tree, &[])
        .unwrap();
}
