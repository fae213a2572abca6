use super::*;
use crate::fixture::Fixture;

fn choose(
    fixture: &Fixture,
    declared: Option<&str>,
    environment: Option<&str>,
    builds_context: bool,
) -> Result<ChosenVersion, ChooseVersionError> {
    let tree = WorkTree::discover(&fixture.root());
    choose_version(declared, environment, tree.as_ref(), builds_context)
}

fn from_context(fixture: &Fixture) -> String {
    let chosen = choose(fixture, None, None, true).unwrap();
    chosen.version.to_string()
}

#[test]
fn the_first_source_that_is_set_wins() {
    let fixture = Fixture::committed();
    let sha = fixture.git(&["rev-parse", "HEAD"]);
    for (declared, environment, version, source) in [
        (Some("1.2"), Some("3"), "1.2", VersionSource::Declared),
        (Some(" "), Some("3"), "3", VersionSource::Environment),
        (None, Some("3"), "3", VersionSource::Environment),
        (Some(""), None, sha.as_str(), VersionSource::Commit),
    ] {
        let chosen = choose(&fixture, declared, environment, false).unwrap();
        assert_eq!((chosen.version.as_str(), chosen.source), (version, source));
    }
}

#[test]
fn a_version_that_was_given_needs_no_repository() {
    let fixture = Fixture::plain();
    let tree = WorkTree::discover(&fixture.beside(""));
    let chosen = choose_version(Some("7"), None, tree.as_ref(), false).unwrap();
    assert_eq!(chosen.version.as_str(), "7");
    let error = choose_version(None, None, tree.as_ref(), false).unwrap_err();
    assert!(matches!(error, ChooseVersionError::WorkTree { .. }));
}

#[test]
fn an_empty_variable_is_an_error_and_not_the_tag_of_nothing() {
    let fixture = Fixture::committed();
    for value in ["", "  "] {
        let error = choose(&fixture, None, Some(value), false).unwrap_err();
        assert_eq!(error, ChooseVersionError::EmptyEnvironment);
    }
    let error = choose(&fixture, None, Some("a b"), false).unwrap_err();
    assert!(matches!(error, ChooseVersionError::Environment { .. }));
    let error = choose(&fixture, Some("a/b"), Some("c"), false).unwrap_err();
    assert!(matches!(error, ChooseVersionError::Declared { .. }));
}

#[test]
fn a_clone_is_named_after_its_commit_whatever_lies_around_it() {
    let fixture = Fixture::committed();
    fixture.write("app.txt", "changed\n");
    fixture.write("new.txt", "new\n");
    let chosen = choose(&fixture, None, None, false).unwrap();
    assert_eq!(chosen.version.as_str(), fixture.git(&["rev-parse", "HEAD"]));
}

#[test]
fn a_changed_context_is_named_after_its_content() {
    let fixture = Fixture::committed();
    let sha = fixture.git(&["rev-parse", "HEAD"]);
    assert_eq!(from_context(&fixture), sha);

    fixture.write("app.txt", "changed\n");
    let changed = from_context(&fixture);
    let digits = changed
        .strip_prefix(&format!("{sha}_uncommitted_"))
        .unwrap();
    assert!(digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(
        from_context(&fixture),
        changed,
        "the same tree has the same name"
    );
    fixture.git(&["add", "app.txt"]);
    assert_eq!(
        from_context(&fixture),
        changed,
        "staging changes no content"
    );

    fixture.write("app.txt", "changee\n");
    let other = from_context(&fixture);
    assert_ne!(other, changed);
    fixture.write("app.txt", "changed\n");
    assert_eq!(
        from_context(&fixture),
        changed,
        "the way back leads to the old name"
    );
    fixture.write("app.txt", "one\n");
    assert_eq!(from_context(&fixture), sha, "a change taken back is none");
}

#[test]
fn every_kind_of_change_counts_and_ignored_files_do_not() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let fixture = Fixture::committed();
    fixture.write(".gitignore", "*.log\n");
    fixture.commit("Ignore");
    let mut seen = vec![from_context(&fixture)];
    let mut expect_new = |what: &str| {
        let version = from_context(&fixture);
        assert!(!seen.contains(&version), "{what}");
        seen.push(version);
    };
    fixture.write("folder/deep/untracked.txt", "u");
    expect_new("an untracked file");
    fixture.write("folder/deep/untracked.txt", "v");
    expect_new("its content");
    let path = fixture.root().join("folder/deep/untracked.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    expect_new("its executable bit");
    std::fs::remove_file(&path).unwrap();
    symlink("app.txt", &path).unwrap();
    expect_new("a link");
    std::fs::remove_file(fixture.root().join("Dockerfile")).unwrap();
    expect_new("a removed file");
    let before = from_context(&fixture);
    fixture.write("noise.log", "ignored");
    assert_eq!(from_context(&fixture), before);
}

#[test]
fn a_repository_within_the_tree_counts_with_its_content() {
    use crate::fixture::git;
    let fixture = Fixture::committed();
    let nested = fixture.root().join("nested");
    std::fs::create_dir(&nested).unwrap();
    git(&nested, &["init", "--quiet"]);
    fixture.write("nested/file", "one");
    let first = from_context(&fixture);
    fixture.write("nested/file", "two");
    let second = from_context(&fixture);
    git(&nested, &["add", "."]);
    git(&nested, &["commit", "--quiet", "-m", "Own"]);
    let third = from_context(&fixture);
    fixture.write("nested/file", "three");
    let fourth = from_context(&fixture);
    let mut all = vec![first, second, third, fourth];
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4, "{all:?}");
}
