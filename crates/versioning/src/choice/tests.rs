use std::path::Path;

use super::*;
use crate::fixture::{Fixture, git};

fn choose(
    fixture: &Fixture,
    declared: Option<&str>,
    environment: Option<&str>,
    builds_context: bool,
) -> Result<ChosenVersion, ChooseVersionError> {
    if let Some(given) = given_version(declared, environment)? {
        return Ok(given);
    }
    by_rule(fixture, &VersionRule::Commit, builds_context)
}

fn by_rule(
    fixture: &Fixture,
    rule: &VersionRule<'_>,
    builds_context: bool,
) -> Result<ChosenVersion, ChooseVersionError> {
    let tree = WorkTree::discover(&fixture.root());
    let context = context(&fixture.root(), "Dockerfile");
    version_by_rule(rule, tree.as_ref(), builds_context.then_some(&context))
}

fn context(folder: &Path, dockerfile: &str) -> BuildContext {
    BuildContext::new(folder, Some(&folder.join(dockerfile)))
}

fn from_context(fixture: &Fixture) -> String {
    let chosen = choose(fixture, None, None, true).unwrap();
    chosen.version.to_string()
}

/// The version of a context that is a part of the tree.
fn from_part(fixture: &Fixture, context: &BuildContext) -> String {
    let tree = WorkTree::discover(&fixture.root());
    let chosen = version_by_rule(&VersionRule::Commit, tree.as_ref(), Some(context)).unwrap();
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
        (Some(""), None, sha.as_str(), VersionSource::Rule),
    ] {
        let chosen = choose(&fixture, declared, environment, false).unwrap();
        assert_eq!((chosen.version.as_str(), chosen.source), (version, source));
    }
}

#[test]
fn a_version_that_was_given_needs_no_repository() {
    let fixture = Fixture::plain();
    let tree = WorkTree::discover(&fixture.beside(""));
    let chosen = given_version(Some("7"), None).unwrap().unwrap();
    assert_eq!(chosen.version.as_str(), "7");
    for rule in [VersionRule::Commit, VersionRule::Describe] {
        let error = version_by_rule(&rule, tree.as_ref(), None).unwrap_err();
        assert!(matches!(error, ChooseVersionError::WorkTree { .. }));
    }
    for (rule, version) in [
        (VersionRule::Printed("1.2+3\n"), "1.2_3"),
        (variable(Some("4")), "4"),
    ] {
        let chosen = version_by_rule(&rule, tree.as_ref(), None).unwrap();
        assert_eq!(chosen.version.as_str(), version);
    }
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

fn variable(value: Option<&str>) -> VersionRule<'_> {
    VersionRule::Variable {
        name: "RELEASE",
        value,
    }
}

#[test]
fn each_rule_names_the_commit_in_its_way() {
    let fixture = Fixture::committed();
    let sha = fixture.git(&["rev-parse", "HEAD"]);
    let name = |rule: VersionRule<'_>| by_rule(&fixture, &rule, false).unwrap().version.to_string();
    assert_eq!(name(VersionRule::Commit), sha);
    for (digits, expected) in [(7, &sha[..7]), (12, &sha[..12]), (40, &sha)] {
        assert_eq!(name(VersionRule::ShortCommit { digits }), expected);
    }
    fixture.git(&["tag", "v1.2"]);
    assert_eq!(name(VersionRule::Describe), "v1.2");
    fixture.write("app.txt", "two\n");
    let second = fixture.commit("Second");
    let described = name(VersionRule::Describe);
    assert_eq!(described, format!("v1.2-1-g{}", &second[..12]));
    assert_eq!(
        described,
        fixture.git(&["describe", "--tags", "--abbrev=12"])
    );
    fixture.git(&["tag", "-a", "v1.3+rc1", "-m", "Annotated"]);
    assert_eq!(name(VersionRule::Describe), "v1.3_rc1");
}

#[test]
fn a_rule_that_gives_nothing_says_what_it_lacks() {
    let fixture = Fixture::committed();
    let message = |rule: VersionRule<'_>| {
        let error = by_rule(&fixture, &rule, false).unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        let text = format!("{error}{}", source.unwrap_or_default());
        text.replace(fixture.root().to_str().unwrap(), "[root]")
    };
    fixture.git(&["tag", "release/1"]);
    let slashed = message(VersionRule::Describe);
    fixture.git(&["tag", "-d", "release/1"]);
    insta::assert_debug_snapshot!([
        message(variable(None)),
        message(variable(Some(" "))),
        message(VersionRule::Printed("1\n2\n")),
        message(VersionRule::Printed("")),
        message(VersionRule::Describe),
        slashed,
    ], @r#"
    [
        "the environment variable RELEASE is not set, and the version is to come from it",
        "the environment variable RELEASE cannot be used as version: a version cannot be empty (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`)",
        "what the command for the version printed cannot be used: '\\n' cannot be part of the version `1\n2` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `1_2` would do",
        "what the command for the version printed cannot be used: a version cannot be empty (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`)",
        "no version was given with --version or VERSION, and git cannot tell one: `git describe --tags` has nothing to say of [root]: no tag can be reached from HEAD",
        "the tag nearest to HEAD cannot be used as version: '/' cannot be part of the version `release/1` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `release_1` would do",
    ]
    "#);
}

#[test]
fn uncommitted_content_counts_for_every_rule_that_asks_git() {
    let fixture = Fixture::committed();
    fixture.git(&["tag", "v1"]);
    fixture.write("app.txt", "changed\n");
    let name = |rule: VersionRule<'_>| by_rule(&fixture, &rule, true).unwrap().version.to_string();
    let (_, digits) = name(VersionRule::Commit)
        .rsplit_once('_')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(
        name(VersionRule::Describe),
        format!("v1_uncommitted_{digits}")
    );
    assert!(
        name(VersionRule::ShortCommit { digits: 7 }).ends_with(&format!("_uncommitted_{digits}"))
    );
    assert_eq!(name(variable(Some("4"))), "4");
    assert_eq!(name(VersionRule::Printed("5")), "5");
}

#[test]
fn only_what_docker_sees_of_the_context_counts() {
    let fixture = Fixture::committed();
    fixture.write("web/Dockerfile", "FROM scratch\n");
    fixture.write("web/.dockerignore", "*.tmp\nnotes\n!notes/kept\n");
    fixture.write("web/notes/old", "old");
    let sha = fixture.commit("Web");
    let web = context(&fixture.root().join("web"), "Dockerfile");
    for unseen in [
        "api/new",
        "stray",
        "web/a.tmp",
        "web/notes/new",
        "web/notes/old",
    ] {
        fixture.write(unseen, "unseen");
        assert_eq!(from_part(&fixture, &web), sha, "{unseen}");
    }
    let mut known = vec![sha];
    for seen in [
        "web/app",
        "web/deep/a.tmp",
        "web/notes/kept",
        "web/.dockerignore",
        "web/Dockerfile",
    ] {
        fixture.write(seen, "*.tmp\nnotes\n!notes/kept\n# seen\n");
        let version = from_part(&fixture, &web);
        assert!(!known.contains(&version), "{seen}");
        known.push(version);
    }
}

#[test]
fn the_ignore_file_of_the_dockerfile_wins_and_a_dockerfile_elsewhere_counts() {
    let fixture = Fixture::committed();
    fixture.write("web/.dockerignore", "one\n");
    fixture.write("docker/Dockerfile", "FROM scratch\n");
    fixture.write("docker/Dockerfile.dockerignore", "two\n");
    let sha = fixture.commit("Web");
    let root = fixture.root();
    let web = BuildContext::new(&root.join("web"), Some(&root.join("docker/Dockerfile")));
    fixture.write("web/two", "2");
    assert_eq!(from_part(&fixture, &web), sha);
    fixture.write("web/one", "1");
    let with_one = from_part(&fixture, &web);
    assert_ne!(with_one, sha);
    fixture.write("docker/Dockerfile", "FROM busybox\n");
    assert_ne!(from_part(&fixture, &web), with_one);
    let packed = BuildContext::new(&root.join("web"), None);
    fixture.write("web/.dockerignore", "one\n");
    std::fs::remove_file(root.join("web/one")).unwrap();
    assert_ne!(
        from_part(&fixture, &packed),
        sha,
        "buildpacks ignore nothing"
    );
}

#[test]
fn a_context_within_a_repository_of_its_own_counts() {
    let fixture = Fixture::committed();
    let nested = fixture.root().join("vendor/library");
    std::fs::create_dir_all(&nested).unwrap();
    git(&nested, &["init", "--quiet"]);
    fixture.write("vendor/library/web/Dockerfile", "FROM scratch\n");
    fixture.write("vendor/library/other", "x");
    git(&nested, &["add", "."]);
    git(&nested, &["commit", "--quiet", "-m", "Own"]);
    let web = context(&nested.join("web"), "Dockerfile");
    let first = from_part(&fixture, &web);
    fixture.write("vendor/library/other", "not in the context");
    assert_eq!(from_part(&fixture, &web), first);
    fixture.write("vendor/library/web/app", "in the context");
    assert_ne!(from_part(&fixture, &web), first);
}

#[test]
fn an_ignore_file_that_docker_refuses_is_refused() {
    let fixture = Fixture::committed();
    fixture.write(".dockerignore", "[a\n");
    let error = choose(&fixture, None, None, true).unwrap_err();
    let why = std::error::Error::source(&error).unwrap();
    let why = why.source().unwrap().to_string();
    insta::assert_snapshot!(why.replace(fixture.root().to_str().unwrap(), "[root]"), @"line 1 of [root]/.dockerignore is no pattern: `[a`");
}

#[test]
fn head_may_bear_its_own_names_and_no_other() {
    let fixture = Fixture::committed();
    let old = fixture.git(&["rev-parse", "HEAD"]);
    fixture.git(&["tag", "v1"]);
    fixture.write("app.txt", "two\n");
    let head = fixture.commit("Second");
    fixture.git(&["tag", "-a", "v2+rc1", "-m", "Annotated"]);
    fixture.git(&["branch", "release"]);
    let tree = WorkTree::discover(&fixture.root()).unwrap();
    let own: Version = "from-a-command".parse().unwrap();
    let check = |name: &str| {
        let given = given_version(Some(name), None).unwrap().unwrap();
        given.check_name(&tree, Some(&own))
    };
    for name in [&head, &head[..7], &head[..12], "v2+rc1", "from-a-command"] {
        assert_eq!(check(name), Ok(()), "{name}");
    }
    for name in [
        &old,
        &old[..7],
        &head[..6],
        "v1",
        "1.2.3",
        "release",
        "HEAD",
        "main",
    ] {
        assert!(check(name).is_err(), "{name}");
    }
    let message = check("1.2.3").unwrap_err().to_string();
    insta::assert_snapshot!(message.replace(&head, "[head]"), @"1.2.3 is no name of commit [head], which would be built as from-a-command");
}
