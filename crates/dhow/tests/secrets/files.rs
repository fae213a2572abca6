//! What secrets files say, and what the commands in them do.

use std::fs;

use assert_cmd::cargo::cargo_bin_cmd;

use crate::project::{DEPLOY, PATIENCE, Project, with_doppler};

#[test]
fn the_deploy_file_may_keep_kamals_second_expansion() {
    let project =
        Project::new("KAMAL_REGISTRY_PASSWORD=\"$(printf 'pa%s1wor%sHOME' '\\$' '\\$')\"\n")
            .with_shell();
    let literal = project.prints(&["secrets", "print"]);
    assert_eq!(literal, "KAMAL_REGISTRY_PASSWORD=pa$1wor$HOME\n");
    let keeping = format!("{DEPLOY}x-dhow: {{secrets: {{expand: kamal}}}}\n");
    project.write("config/deploy.yml", &keeping);
    let expanded = project.prints(&["secrets", "print"]);
    assert_eq!(expanded, "KAMAL_REGISTRY_PASSWORD=pa\n");
}

#[test]
fn commands_see_what_tags_of_the_deploy_file_have_set() {
    let secrets = "KAMAL_REGISTRY_PASSWORD=$(printf %s \\$FROM_DOTENV)\n";
    let project = Project::new(secrets).with_shell();
    project.write(".env", "FROM_DOTENV=open-sesame\n");
    let loading = format!("<% require \"dotenv\"; Dotenv.load(\".env\") %>\n{DEPLOY}");
    project.write("config/deploy.yml", &loading);
    let printed = project.prints(&["secrets", "print"]);
    assert_eq!(printed, "KAMAL_REGISTRY_PASSWORD=open-sesame\n");
}

#[test]
fn a_file_that_cannot_be_filled_says_where_and_shows_nothing() {
    let project = with_doppler(
        "S=$(kamal secrets fetch --adapter doppler --from shop/prd PASSWORD KEY)\n\
         A=$(kamal secrets extract PASSWRD $S)\n",
    );
    insta::assert_snapshot!(project.fails(&["secrets", "print"]), @"
    3: error: .kamal/secrets:2: `$(kamal secrets extract PASSWRD $S)` gave no value for A
      caused by: Could not find secret PASSWRD; there is PASSWORD, KEY
    ");
}

#[test]
fn the_output_of_a_command_arrives_whole() {
    let project = Project::new(
        "A=$(cat password)\nB=$(printf %s 'pa$1wor$D')\n\
         W=word\nC=$(printf %s '$W \\$W' | cat)\n",
    );
    let project = project.with_shell().program("cat", "exec cat \"$@\"");
    project.write("password", "pa$1wor$D\n");
    let output = project.dhow(&["secrets", "print"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @"
    A=pa$1wor$D
    B=pa$1wor$D
    W=word
    C=word $W
    ");
    insta::assert_snapshot!(errors, @"
    warning: .kamal/secrets:1: what a command printed for A holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    warning: .kamal/secrets:2: what a command printed for B holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    warning: .kamal/secrets:4: what a command printed for C holds a `$` that Kamal would take for a variable; dhow keeps the output as it is, unless the deploy file says `x-dhow: {secrets: {expand: kamal}}`
    ");
}

#[test]
fn a_command_that_fails_or_is_missing_stops_with_all_that_is_known_of_it() {
    let fails = |command: &str| {
        let project = Project::new(&format!("SAFE=1\nDB_PASSWORD=$({command})\n"));
        let project = project
            .with_shell()
            .program("tr", "exec tr \"$@\"")
            .program("vault", "echo not logged in >&2; exit 3");
        let told = project.fails(&["secrets", "print"]);
        assert!(!told.contains("hunter2"), "{told}");
        told
    };
    insta::assert_snapshot!(fails("vault read -token=hunter2 x"), @"
    3: not logged in
    error: .kamal/secrets:2: the command `vault …` gave no value for DB_PASSWORD
      caused by: it ended with exit code 3; what it wrote to standard error stands above
    ");
    insta::assert_snapshot!(fails("op read op://v/i/f"), @"
    3: sh: 1: op: not found
    error: .kamal/secrets:2: the command `op …` gave no value for DB_PASSWORD
      caused by: a program in it was not found (exit code 127); its own message stands above
    ");
    let both = fails("vault read x | vault-filter");
    let parts = [
        "not logged in",
        "vault-filter: not found",
        "(exit code 127)",
    ];
    assert!(parts.iter().all(|part| both.contains(part)), "{both}");
    insta::assert_snapshot!(fails("X=hunter2 vault read x | tr a b"), @"
    3: not logged in
    error: .kamal/secrets:2: the command `vault …` gave no value for DB_PASSWORD
      caused by: it printed nothing, which happens when a program before the last one fails; an empty secret that is meant is written with `|| true` behind the command
    ");
    insta::assert_snapshot!(fails("printf hunter2; exit 7"), @"
    3: error: .kamal/secrets:2: the command `printf …` gave no value for DB_PASSWORD
      caused by: it ended with exit code 7; what it wrote to standard error stands above
    ");
    insta::assert_snapshot!(fails("kill -TERM $$"), @"
    3: error: .kamal/secrets:2: the command `kill …` gave no value for DB_PASSWORD
      caused by: it was ended by a signal
    ");
}

/// Each of the two programs waits for the other: one at a time would never end.
#[test]
fn sources_are_asked_at_the_same_time() {
    let project = Project::new(
        "A=$(kamal secrets fetch --adapter doppler p/c/X)\nB=$(dhow secrets fetch --adapter bitwarden-sm id)\n",
    )
    .program(
        "doppler",
        "case $1 in secrets) : > there; : < back; echo '{\"X\":{\"computed\":\"x\"}}' ;; esac",
    )
    .program(
        "bws",
        "case $2 in get) : < there; : > back; echo '{\"key\":\"Y\",\"value\":\"y\"}' ;; esac",
    );
    let made = assert_cmd::Command::new("mkfifo")
        .args(["there", "back"])
        .current_dir(project.0.path())
        .ok();
    assert!(made.is_ok(), "{made:?}");
    insta::assert_snapshot!(project.prints(&["secrets", "print"]), @r#"
    A=\{\"X\":\"x\"\}
    B=\{\"Y\":\"y\"\}
    "#);
}

#[test]
fn files_of_every_kind_are_read_and_none_is_needed() {
    let printed = |text: &str| {
        Project::new(text)
            .with_shell()
            .prints(&["secrets", "print"])
    };
    assert_eq!(printed("\u{feff}A=1\r\nB='x y'\r\n"), "A=1\nB=x y\n");
    assert_eq!(printed("# nothing\n"), "");
    let none = Project::new("");
    fs::remove_file(none.0.path().join(".kamal/secrets")).unwrap();
    assert_eq!(none.prints(&["secrets", "print"]), "");
    none.write(".kamal/secrets-common", "A=common\nB=common\n");
    none.write(".kamal/secrets.staging", "B=own\n");
    let staging = none.prints(&["secrets", "print", "-d", "staging"]);
    assert_eq!(staging, "A=common\nB=own\n");
}

#[test]
fn a_command_may_ask_on_standard_input() {
    let project = Project::new("A=$(read answer; printf %s \\$answer)\n").with_shell();
    let programs = project.0.path().join("programs");
    let output = cargo_bin_cmd!("dhow")
        .current_dir(project.0.path())
        .env_clear()
        .env("PATH", programs)
        .timeout(PATIENCE)
        .args(["secrets", "print"])
        .write_stdin("typed\n")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "A=typed\n");
}
