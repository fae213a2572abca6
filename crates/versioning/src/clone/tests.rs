use std::{
    os::unix::fs::{PermissionsExt, symlink},
    time::SystemTime,
};

use super::*;
use crate::fixture::{Fixture, git, write};

fn cache(fixture: &Fixture) -> PathBuf {
    fixture.beside("cache/dhow")
}

fn prepare_in(fixture: &Fixture, folder: &Path) -> Result<BuildClone, CloneError> {
    let tree = WorkTree::discover(folder).unwrap();
    BuildClone::prepare(&tree, &cache(fixture), &"shop".parse().unwrap())
}

fn prepare(fixture: &Fixture) -> BuildClone {
    prepare_in(fixture, &fixture.root()).unwrap()
}

fn read(clone: &BuildClone, path: &str) -> String {
    std::fs::read_to_string(clone.folder().join(path)).unwrap()
}

/// What the real git thinks of the clone: nothing to report, and complete.
fn assert_sound(clone: &BuildClone) {
    assert_eq!(
        git(clone.folder(), &["status", "--porcelain", "--ignored"]),
        ""
    );
    git(clone.folder(), &["fsck", "--connectivity-only"]);
    let head = git(clone.folder(), &["rev-parse", "HEAD"]);
    assert_eq!(head, clone.commit().id.as_str());
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

fn set_old(path: &Path) -> SystemTime {
    let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(400_000);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(old).unwrap();
    old
}

fn modified(path: &Path) -> SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

#[test]
fn a_clone_holds_head_and_nothing_that_was_not_committed() {
    let fixture = Fixture::committed();
    fixture.git(&["tag", "v1"]);
    fixture.write("app.txt", "not committed\n");
    fixture.write("stray.txt", "not committed\n");
    let clone = prepare(&fixture);
    assert_eq!(clone.outcome(), CloneOutcome::Made);
    assert_eq!(read(&clone, "app.txt"), "one\n");
    assert!(!clone.folder().join("stray.txt").exists());
    assert_eq!(clone.folder().file_name().unwrap(), "shop");
    assert_eq!(git(clone.folder(), &["describe", "--tags"]), "v1");
    assert_eq!(git(clone.folder(), &["branch", "--show-current"]), "main");
    assert_eq!(
        git(clone.folder(), &["remote", "get-url", "origin"]),
        fixture.root().to_str().unwrap()
    );
    assert_sound(&clone);
    assert_eq!(mode(&cache(&fixture)), 0o700);
    assert_eq!(mode(&cache(&fixture).join("clones")), 0o700);
}

#[test]
fn a_clone_does_not_need_its_source_any_more() {
    let fixture = Fixture::committed();
    let clone = prepare(&fixture);
    std::fs::remove_dir_all(fixture.root()).unwrap();
    assert_sound(&clone);
}

#[test]
fn a_second_preparation_touches_only_what_changed() {
    let fixture = Fixture::committed();
    fixture.write("folder/removed.txt", "soon gone\n");
    fixture.commit("Second");
    let first = prepare(&fixture);
    let (kept, changed) = (
        first.folder().join("Dockerfile"),
        first.folder().join("app.txt"),
    );
    let old = set_old(&kept);
    set_old(&changed);
    write(&first.folder().join("left/over.txt"), "by a build");
    std::fs::create_dir_all(first.folder().join("empty/folder")).unwrap();
    drop(first);

    fixture.write("app.txt", "two\n");
    std::fs::remove_file(fixture.root().join("folder/removed.txt")).unwrap();
    fixture.commit("Third");
    let second = prepare(&fixture);
    assert_eq!(second.outcome(), CloneOutcome::Reset);
    assert_eq!(modified(&kept), old, "an unchanged file keeps its time");
    assert_ne!(modified(&changed), old);
    assert_eq!(read(&second, "app.txt"), "two\n");
    for gone in ["folder", "left", "empty"] {
        assert!(!second.folder().join(gone).exists(), "{gone}");
    }
    assert_sound(&second);
}

#[test]
fn what_a_build_did_to_the_clone_is_undone() {
    let fixture = Fixture::committed();
    fixture.write(".gitignore", "target/\n");
    fixture.commit("Ignore");
    let first = prepare(&fixture);
    write(&first.folder().join("app.txt"), "edited in place\n");
    write(&first.folder().join("target/out.bin"), "ignored");
    std::fs::remove_file(first.folder().join("Dockerfile")).unwrap();
    git(
        &fixture.beside(""),
        &[
            "init",
            "--quiet",
            first.folder().join("nested").to_str().unwrap(),
        ],
    );
    write(
        &first.folder().join("nested/file"),
        "in a repository of its own",
    );
    drop(first);
    let second = prepare(&fixture);
    assert_eq!(second.outcome(), CloneOutcome::Reset);
    assert_eq!(read(&second, "app.txt"), "one\n");
    assert_eq!(read(&second, "Dockerfile"), "FROM scratch\n");
    assert!(!second.folder().join("target").exists());
    assert!(!second.folder().join("nested").exists());
    assert_sound(&second);
}

#[test]
fn a_repository_that_a_build_made_of_a_folder_takes_no_file_along() {
    let fixture = Fixture::committed();
    fixture.write("library/text", "committed");
    fixture.commit("Library");
    let first = prepare(&fixture);
    let library = first.folder().join("library");
    git(&library, &["init", "--quiet"]);
    write(&library.join("own"), "by a build");
    drop(first);
    let second = prepare(&fixture);
    assert_eq!(second.outcome(), CloneOutcome::Reset);
    assert_eq!(read(&second, "library/text"), "committed");
    assert!(!library.join("own").exists() && !library.join(".git").exists());
    assert_sound(&second);
}

#[test]
fn executable_bits_and_links_are_kept_and_follow_changes() {
    let fixture = Fixture::committed();
    fixture.write("run", "#!/bin/sh\n");
    let run = fixture.root().join("run");
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("app.txt", fixture.root().join("link")).unwrap();
    fixture.commit("Modes");
    let first = prepare(&fixture);
    assert_ne!(mode(&first.folder().join("run")) & 0o100, 0);
    assert_eq!(
        first.folder().join("link").read_link().unwrap(),
        Path::new("app.txt")
    );
    drop(first);

    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o644)).unwrap();
    fixture.commit("No longer executable");
    let second = prepare(&fixture);
    assert_eq!(mode(&second.folder().join("run")) & 0o111, 0);
    assert_sound(&second);
}

#[test]
fn a_subfolder_is_built_in_its_place() {
    let fixture = Fixture::committed();
    fixture.write("services/web/Dockerfile", "FROM web\n");
    fixture.commit("Web");
    let clone = prepare_in(&fixture, &fixture.root().join("services/web")).unwrap();
    assert!(clone.folder().ends_with("shop/services/web"));
    assert_eq!(read(&clone, "Dockerfile"), "FROM web\n");
}

#[test]
fn two_projects_and_two_services_have_clones_of_their_own() {
    let fixture = Fixture::committed();
    fixture.write("web/a", "a");
    fixture.commit("Web");
    let one = prepare(&fixture);
    let other = prepare_in(&fixture, &fixture.root().join("web")).unwrap();
    assert!(!other.folder().starts_with(one.folder()));
    let parent = one.folder().parent().unwrap().file_name().unwrap();
    let (service, digits) = parent.to_str().unwrap().rsplit_once('-').unwrap();
    assert_eq!((service, digits.len()), ("shop", 13));
}

fn clones(fixture: &Fixture) -> usize {
    let entries = std::fs::read_dir(cache(fixture).join("clones")).unwrap();
    entries.count()
}

#[test]
fn a_renamed_folder_has_a_clone_of_its_own_and_the_old_one_goes() {
    let fixture = Fixture::committed();
    let old = prepare(&fixture).folder().to_owned();
    let renamed = fixture.beside("market");
    std::fs::rename(fixture.root(), &renamed).unwrap();
    let clone = prepare_in(&fixture, &renamed).unwrap();
    assert_eq!(clone.outcome(), CloneOutcome::Made);
    assert_eq!(clone.folder().file_name().unwrap(), "market");
    assert_sound(&clone);
    assert!(!old.exists());
    assert_eq!(clones(&fixture), 2, "a clone and its lock");
}

#[test]
fn a_clone_that_nobody_builds_is_removed_after_a_month() {
    let fixture = Fixture::committed();
    for folder in ["used", "unused"] {
        fixture.write(&format!("{folder}/file"), folder);
    }
    fixture.commit("Folders");
    let lock_of = |folder: &str| {
        let clone = prepare_in(&fixture, &fixture.root().join(folder)).unwrap();
        let project = clone
            .folder()
            .parent()
            .unwrap()
            .parent()
            .unwrap()
            .to_owned();
        project.with_extension("lock")
    };
    let (used, unused) = (lock_of("used"), lock_of("unused"));
    let age = |lock: &Path, days: u64| {
        let file = File::options().write(true).open(lock).unwrap();
        let now = modified(&used);
        file.set_modified(now - std::time::Duration::from_hours(24 * days))
            .unwrap();
    };
    age(&unused, 29);
    drop(prepare(&fixture));
    assert!(unused.exists(), "a month is not over");
    age(&unused, 31);
    let busy = File::open(&unused).unwrap();
    busy.lock().unwrap();
    drop(prepare(&fixture));
    assert!(unused.exists(), "somebody is at it");
    drop(busy);
    drop(prepare(&fixture));
    assert!(!unused.exists() && !unused.with_extension("").exists());
    assert!(used.exists());
}

#[test]
fn worktrees_detached_heads_and_shallow_clones_reset_in_place() {
    let fixture = Fixture::committed();
    let first = fixture.git(&["rev-parse", "HEAD"]);
    fixture.write("app.txt", "two\n");
    fixture.commit("Second");
    assert_eq!(read(&prepare(&fixture), "app.txt"), "two\n");

    fixture.git(&["checkout", "--quiet", "--detach", &first]);
    fixture.write("app.txt", "on no branch\n");
    fixture.commit("Lonely");
    let detached = prepare(&fixture);
    assert_eq!(detached.outcome(), CloneOutcome::Reset);
    assert_eq!(read(&detached, "app.txt"), "on no branch\n");
    assert_eq!(git(detached.folder(), &["branch", "--show-current"]), "");
    assert_sound(&detached);

    let side = fixture.beside("side");
    fixture.git(&["worktree", "add", "--quiet", side.to_str().unwrap(), "main"]);
    let worktree = prepare_in(&fixture, &side).unwrap();
    assert_eq!(read(&worktree, "app.txt"), "two\n");
    assert_sound(&worktree);

    let url = format!("file://{}", fixture.root().display());
    let shallow = fixture.beside("shallow");
    fixture.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        "--branch=main",
        &url,
        shallow.to_str().unwrap(),
    ]);
    let clone = prepare_in(&fixture, &shallow).unwrap();
    assert_eq!(read(&clone, "app.txt"), "two\n");
    assert_sound(&clone);
}

#[test]
fn a_repacked_or_borrowing_source_makes_no_difference() {
    let fixture = Fixture::committed();
    drop(prepare(&fixture));
    fixture.write("app.txt", "two\n");
    fixture.commit("Second");
    fixture.git(&["gc", "--quiet", "--prune=now"]);
    let clone = prepare(&fixture);
    assert_eq!(clone.outcome(), CloneOutcome::Reset);
    assert_sound(&clone);
    let store = |folder: &Path| git(folder, &["count-objects", "-v"]);
    let (packed, dropped) = (store(clone.folder()), "count: 0\n");
    assert!(
        packed.starts_with(dropped),
        "what the source dropped goes: {packed}"
    );
    drop(clone);

    let borrowing = fixture.beside("borrowing");
    let root = fixture.root();
    fixture.git(&[
        "clone",
        "--quiet",
        "--shared",
        root.to_str().unwrap(),
        borrowing.to_str().unwrap(),
    ]);
    let clone = prepare_in(&fixture, &borrowing).unwrap();
    assert_eq!(read(&clone, "app.txt"), "two\n");
    assert_sound(&clone);
}

#[test]
fn a_damaged_clone_is_made_anew() {
    let fixture = Fixture::committed();
    let first = prepare(&fixture);
    std::fs::remove_file(first.folder().join(".git/HEAD")).unwrap();
    drop(first);
    let second = prepare(&fixture);
    assert_eq!(second.outcome(), CloneOutcome::MadeAnew);
    assert_sound(&second);
}

#[test]
fn a_second_process_waits_for_the_first() {
    let fixture = Fixture::committed();
    let first = prepare(&fixture);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let second = prepare(&fixture);
            send.send(second.waited()).unwrap();
        });
        let early = receive.recv_timeout(std::time::Duration::from_millis(300));
        assert!(early.is_err(), "the clone was given out twice");
        drop(first);
        assert!(receive.recv().unwrap());
    });
}

#[test]
fn submodules_come_along_recursively_and_follow_head() {
    let fixture = Fixture::committed();
    let (library, inner) = (fixture.beside("library"), fixture.beside("inner"));
    for (folder, text) in [(&library, "library"), (&inner, "inner")] {
        std::fs::create_dir(folder).unwrap();
        git(folder, &["init", "--quiet"]);
        write(&folder.join("text"), text);
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "-m", "one"]);
    }
    git(
        &library,
        &[
            "submodule",
            "--quiet",
            "add",
            inner.to_str().unwrap(),
            "deep/inner",
        ],
    );
    git(&library, &["commit", "--quiet", "-m", "inner"]);
    fixture.git(&[
        "submodule",
        "--quiet",
        "add",
        library.to_str().unwrap(),
        "vendor/library",
    ]);
    fixture.git(&["submodule", "--quiet", "update", "--init", "--recursive"]);
    fixture.commit("Vendor");

    let first = prepare(&fixture);
    assert_eq!(read(&first, "vendor/library/text"), "library");
    assert_eq!(read(&first, "vendor/library/deep/inner/text"), "inner");
    assert_sound(&first);
    drop(first);

    let vendored = fixture.root().join("vendor/library");
    let deep = vendored.join("deep/inner");
    write(&deep.join("text"), "deeply changed");
    git(&deep, &["commit", "--quiet", "-am", "two"]);
    write(&vendored.join("text"), "changed");
    git(&vendored, &["commit", "--quiet", "-am", "two"]);
    assert_eq!(
        read(&prepare(&fixture), "vendor/library/text"),
        "library",
        "HEAD decides"
    );
    fixture.commit("Follow");
    let second = prepare(&fixture);
    assert_eq!(read(&second, "vendor/library/text"), "changed");
    assert_eq!(
        read(&second, "vendor/library/deep/inner/text"),
        "deeply changed"
    );
    assert_sound(&second);
    drop(second);

    fixture.git(&["rm", "--quiet", "vendor/library"]);
    fixture.commit("Drop it");
    let third = prepare(&fixture);
    assert!(!third.folder().join("vendor").exists());
    assert_sound(&third);
}

#[test]
fn a_submodule_that_is_not_here_is_refused_by_name() {
    let fixture = Fixture::committed();
    let library = fixture.beside("library");
    std::fs::create_dir(&library).unwrap();
    git(&library, &["init", "--quiet"]);
    git(
        &library,
        &["commit", "--quiet", "--allow-empty", "-m", "one"],
    );
    fixture.git(&[
        "submodule",
        "--quiet",
        "add",
        library.to_str().unwrap(),
        "vendor/library",
    ]);
    fixture.commit("Vendor");
    let plain = fixture.beside("plain");
    let root = fixture.root();
    fixture.git(&[
        "clone",
        "--quiet",
        root.to_str().unwrap(),
        plain.to_str().unwrap(),
    ]);
    let error = prepare_in(&fixture, &plain).unwrap_err().to_string();
    assert!(error.contains("`vendor/library`"), "{error}");
    assert!(
        error.contains("git submodule update --init --recursive"),
        "{error}"
    );
}

#[test]
fn files_whose_filter_was_not_run_are_named() {
    let fixture = Fixture::committed();
    fixture.write(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs\n*.key filter=git-crypt\n",
    );
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
    fixture.write("assets/pointer.bin", pointer);
    fixture.write("assets/whole.bin", "committed as it is");
    fixture.write("secret.key", "scrambled");
    fixture.commit("Large");
    let clone = prepare(&fixture);
    let named: Vec<_> = clone
        .unfiltered()
        .iter()
        .map(|file| format!("{} {}", file.filter, file.path.display()))
        .collect();
    assert_eq!(named, ["lfs assets/pointer.bin", "git-crypt secret.key"]);
}

#[test]
fn a_sparse_checkout_is_clean_and_its_clone_is_whole() {
    let fixture = Fixture::committed();
    fixture.write("web/a", "a");
    fixture.write("docs/b", "b");
    fixture.commit("Folders");
    fixture.git(&["sparse-checkout", "set", "web"]);
    assert!(!fixture.root().join("docs").exists());
    let tree = WorkTree::discover(&fixture.root()).unwrap();
    assert_eq!(tree.uncommitted().unwrap(), []);
    let clone = prepare(&fixture);
    assert_eq!(read(&clone, "docs/b"), "b");
    assert_sound(&clone);
}

#[test]
fn a_commit_whose_objects_are_lost_is_an_error_that_says_which() {
    let fixture = Fixture::committed();
    let blob = fixture.git(&["rev-parse", "HEAD:app.txt"]);
    let tree = WorkTree::discover(&fixture.root()).unwrap();
    let object = Path::new(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::remove_file(fixture.root().join(object)).unwrap();
    let result = BuildClone::prepare(&tree, &cache(&fixture), &"shop".parse().unwrap());
    let error = result.unwrap_err().to_string();
    assert!(error.contains(tree.head().id.as_str()), "{error}");
}
