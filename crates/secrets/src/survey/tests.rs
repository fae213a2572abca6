use std::fs::Permissions;

use super::*;

struct Project(tempfile::TempDir);

impl Project {
    /// A secrets file with these permissions.
    fn with(text: &str, mode: u32) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        let path = project.0.path().join("secrets");
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        project
    }

    fn read(&self) -> Result<Survey, SecretsError> {
        let files = SecretsFiles::new(Path::new("secrets"), None);
        Survey::read(&files, self.0.path())
    }

    /// What is told when git tracks the file or not, and the deploy file asks for `NEEDED`.
    fn exposed(&self, is_tracked: bool) -> String {
        let survey = self.read().unwrap();
        let warnings = survey.exposed(|_| is_tracked, |name| name.as_str() == "NEEDED");
        let told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        told.join("\n")
    }
}

const REFERENCES: &str = "A=$A\nDB_PASSWORD=\"$(op read x)\"\nC=\nD='' # x\n";

#[test]
fn a_file_that_only_says_where_secrets_come_from_is_nobodys_secret() {
    let project = Project::with(REFERENCES, 0o644);
    assert_eq!(project.exposed(false), "");
    assert_eq!(project.exposed(true), "");
}

#[test]
fn values_in_a_file_that_others_can_read_are_told_with_the_way_to_mend_it() {
    for mode in [0o640, 0o604, 0o644, 0o660, 0o777] {
        let project = Project::with("ACCOUNT=team\n", mode);
        let told = format!(
            "the secrets file secrets can be read by others (mode {mode:o}); run `chmod 600 secrets`"
        );
        assert_eq!(project.exposed(false), told);
    }
    for mode in [0o600, 0o400, 0o700] {
        assert_eq!(Project::with("DB_PASSWORD=x\n", mode).exposed(false), "");
    }
}

#[test]
fn values_in_a_file_that_git_tracks_are_told_where_they_are_secrets() {
    let text =
        "ACCOUNT=team\nDB_PASSWORD=hunter2\nNEEDED='x'\nURL=redis://:pw@db\nKEY=$KEY\nNEEDED=\n";
    insta::assert_snapshot!(Project::with(text, 0o600).exposed(true), @"
    secrets:2: DB_PASSWORD is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    secrets:3: NEEDED is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    secrets:4: URL is written out in a file that git tracks, where everybody with the repository can read it; take it from a command or from the environment, and change it, because the history keeps it
    ");
    let readable = Project::with("DB_PASSWORD=hunter2", 0o644).exposed(true);
    assert_eq!(readable.lines().count(), 2, "{readable}");
    assert_eq!(Project::with("ACCOUNT=team\n", 0o644).exposed(true), "");
}

#[test]
fn what_is_written_is_seen_without_running_anything() {
    let project = Project::with(
        "A=1\nno assignment\nA=$(touch ran)\nB=\nC=$(x\nexport A\n",
        0o600,
    );
    let survey = project.read().unwrap();
    let told: Vec<String> = survey.warnings().map(ToString::to_string).collect();
    insta::assert_debug_snapshot!(told, @r#"
    [
        "secrets:4: B is empty",
        "secrets:5: the `$(` in C is not closed, so it is plain text and runs nothing",
        "secrets:2: this line is no assignment and is skipped; names are made of letters, digits, `_` and `.`, and a value of several lines needs quotes",
    ]
    "#);
    assert!(!project.0.path().join("ran").exists());
    let place = |name: &str| {
        survey
            .place_of(&name.parse().unwrap())
            .map(ToString::to_string)
    };
    assert_eq!(place("A").as_deref(), Some("secrets:3"));
    assert_eq!(place("D"), None);
}

#[test]
fn what_is_wrong_whatever_commands_say_is_an_error() {
    for (text, told) in [
        ("export X", "`export X` gives no value"),
        ("A=$(echo \"a#b\")", "cuts the value of A short"),
        ("A\nexport B", "export B"),
    ] {
        let error = Project::with(text, 0o600).read().unwrap_err().to_string();
        assert!(
            error.starts_with("secrets:") && error.contains(told),
            "{error}"
        );
    }
    assert!(
        Project::with("A\nB=1\nexport A\nexport B", 0o600)
            .read()
            .is_ok()
    );
    let quoted = Project::with("A=\"$(echo\"#x)", 0o600).read();
    assert!(
        quoted.is_ok(),
        "quotes say where the value ends: {quoted:?}"
    );
}

#[test]
fn nothing_that_is_written_is_shown() {
    let survey = Project::with("A=hunter2\nB='hunter2'\n", 0o644)
        .read()
        .unwrap();
    let shown = format!("{survey:?} {survey:#?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
