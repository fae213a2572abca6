use super::*;
use crate::fixture::{Fixture, git, write};

fn changes(fixture: &Fixture) -> Vec<String> {
    let tree = WorkTree::discover(&fixture.root()).unwrap();
    let changes = tree.uncommitted().unwrap();
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_clean_tree_has_a_head_and_no_changes() {
    let fixture = Fixture::committed();
    let tree = WorkTree::discover(&fixture.root()).unwrap();
    assert_eq!(tree.root(), fixture.root());
    assert_eq!(tree.folder_in_tree(), Path::new(""));
    let head = tree.head();
    assert_eq!(head.id.as_str(), fixture.git(&["rev-parse", "HEAD"]));
    assert_eq!(
        head.id.short(),
        fixture.git(&["rev-parse", "--short=7", "HEAD"])
    );
    assert_eq!(head.subject, "First light");
    assert_eq!(head.author, "Ada <ada@example.com>");
    let seconds = fixture.git(&["log", "-1", "--format=%ct"]);
    assert_eq!(head.time.as_second().to_string(), seconds);
    assert!(changes(&fixture).is_empty());
}

#[test]
fn changes_are_those_of_git_status() {
    let fixture = Fixture::committed();
    fixture.write(".gitignore", "*.log\n");
    fixture.write("old.txt", "a text that is long enough to be known again\n");
    fixture.commit("Second");
    fixture.write("app.txt", "two\n");
    fixture.write("note.log", "ignored\n");
    fixture.write("new/one.txt", "1");
    fixture.write("new/two.txt", "2");
    fixture.write("staged.txt", "s");
    fixture.git(&["add", "staged.txt"]);
    fixture.git(&["mv", "old.txt", "moved.txt"]);
    std::fs::remove_file(fixture.root().join("Dockerfile")).unwrap();
    insta::assert_debug_snapshot!(changes(&fixture), @r#"
    [
        "deleted: Dockerfile",
        "modified: app.txt",
        "renamed: moved.txt",
        "untracked: new/",
        "added: staged.txt",
    ]
    "#);
    let porcelain = fixture.git(&["status", "--porcelain"]);
    assert_eq!(
        porcelain.lines().count(),
        changes(&fixture).len(),
        "{porcelain}"
    );
}

#[test]
fn what_is_tracked_is_told_from_what_merely_lies_there() {
    let fixture = Fixture::committed();
    fixture.write("services/web/.kamal/secrets", "A=1");
    fixture.write("services/web/local", "x");
    fixture.git(&["add", "services/web/.kamal/secrets"]);
    let tree = WorkTree::discover(&fixture.root().join("services/web")).unwrap();
    assert!(tree.tracks(Path::new(".kamal/secrets")));
    assert!(tree.tracks(&tree.folder().join(".kamal/secrets")));
    assert!(!tree.tracks(Path::new("local")));
    assert!(!tree.tracks(Path::new("/etc/passwd")));
}

#[test]
fn a_subfolder_knows_its_place() {
    let fixture = Fixture::committed();
    fixture.write("services/web/app.txt", "w");
    let folder = fixture.root().join("services/web");
    let tree = WorkTree::discover(&folder).unwrap();
    assert_eq!(tree.root(), fixture.root());
    assert_eq!(tree.folder_in_tree(), Path::new("services/web"));
    assert_eq!(tree.folder(), folder);
}

#[test]
fn a_linked_worktree_is_a_tree_of_its_own() {
    let fixture = Fixture::committed();
    let side = fixture.beside("side");
    fixture.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "feature",
        side.to_str().unwrap(),
    ]);
    write(&side.join("app.txt"), "side\n");
    git(&side, &["commit", "--quiet", "-am", "Sideways"]);
    let tree = WorkTree::discover(&side).unwrap();
    assert_eq!(tree.root(), side);
    assert_eq!(tree.head().subject, "Sideways");
    assert!(tree.uncommitted().unwrap().is_empty());
}

#[test]
fn a_detached_head_and_a_shallow_clone_are_fine() {
    let fixture = Fixture::committed();
    let first = fixture.git(&["rev-parse", "HEAD"]);
    fixture.write("app.txt", "two\n");
    fixture.commit("Second");
    let url = format!("file://{}", fixture.root().display());
    let shallow = fixture.beside("shallow");
    fixture.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        &url,
        shallow.to_str().unwrap(),
    ]);
    fixture.git(&["checkout", "--quiet", "--detach", &first]);
    let head = |folder: &Path| WorkTree::discover(folder).unwrap().head().clone();
    assert_eq!(head(&fixture.root()).id.as_str(), first);
    assert_eq!(head(&shallow).subject, "Second");
}

#[test]
fn without_a_repository_the_message_is_kamals() {
    let fixture = Fixture::plain();
    let folder = fixture.beside("");
    let error = WorkTree::discover(&folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Can't use commit hash as version, no git repository found in {}",
            folder.display()
        )
    );
}

#[test]
fn without_commits_there_is_nothing_to_build() {
    let fixture = Fixture::empty();
    let error = WorkTree::discover(&fixture.root()).unwrap_err();
    assert_eq!(
        error,
        WorkTreeError::NoCommits {
            root: fixture.root()
        }
    );
}

#[test]
fn a_bare_repository_and_the_inside_of_git_have_no_files() {
    let fixture = Fixture::committed();
    let bare = fixture.beside("bare.git");
    let root = fixture.root();
    fixture.git(&[
        "clone",
        "--quiet",
        "--bare",
        root.to_str().unwrap(),
        bare.to_str().unwrap(),
    ]);
    for folder in [bare, root.join(".git/refs")] {
        let error = WorkTree::discover(&folder).unwrap_err();
        assert!(matches!(error, WorkTreeError::Bare { .. }), "{error}");
    }
}

#[test]
fn the_user_is_the_one_the_repository_names() {
    let fixture = Fixture::committed();
    fixture.git(&["config", "user.email", "grace@example.com"]);
    fixture.git(&["config", "user.name", "Grace"]);
    assert_eq!(
        GitUser::read(&fixture.root()),
        GitUser {
            name: Some("Grace".into()),
            email: Some("grace@example.com".into())
        }
    );
}

#[test]
fn a_repository_of_another_user_is_not_trusted() {
    let fixture = Fixture::committed();
    let stranger = std::os::unix::fs::chown(fixture.root(), Some(4321), Some(4321));
    if stranger.is_err() {
        return; // Only root can give a folder away.
    }
    let error = WorkTree::discover(&fixture.root()).unwrap_err().to_string();
    assert!(error.contains("safe.directory"), "{error}");
}
