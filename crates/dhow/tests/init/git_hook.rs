//! `init --git-hook`: real commits with the hook that it wrote.

use std::fs;

use insta::assert_snapshot;

use crate::folder::Folder;

/// A repository with a committed Dockerfile, and the hook.
fn hooked() -> Folder {
    let folder = Folder::empty();
    folder.git(&["init", "--quiet", "--initial-branch=main"]);
    folder.write("Dockerfile", "FROM busybox\n");
    folder.write("app", "one");
    folder.commit();
    folder.dhow(&["init", "--git-hook"]);
    folder
}

/// What `git commit` says, with its exit code.
fn commit(folder: &Folder, options: &[&str]) -> (String, Option<i32>) {
    let mut git = folder.program("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]);
    folder.told(
        git.args(["commit", "--quiet", "-m", "A step"])
            .args(options),
    )
}

fn is_taken(folder: &Folder, options: &[&str]) -> bool {
    let (told, code) = commit(folder, options);
    match code {
        Some(0) => true,
        Some(1) if told.starts_with("pre-commit: changed, but not part of this commit:") => false,
        _ => panic!("{options:?}: {told}"),
    }
}

#[test]
fn it_says_what_it_wrote_and_writes_nothing_else() {
    let folder = Folder::empty();
    folder.git(&["init", "--quiet"]);
    assert_snapshot!(folder.dhow(&["init", "--git-hook"]), @"Created [here]/shop/.git/hooks/pre-commit: it refuses a commit that leaves a changed Dockerfile out");
    assert_eq!(folder.files(), Vec::<String>::new());
    assert_eq!(folder.mode(".git/hooks/pre-commit"), "755");
    assert_snapshot!(folder.read(".git/hooks/pre-commit"), @r#"
    #!/bin/sh
    # Refuses a commit that leaves a changed Dockerfile out: dhow builds the commit, so the image would not have the change.
    # Written by `dhow init --git-hook`; `git commit --no-verify` commits all the same.

    left_out=
    for file in Dockerfile Dockerfile.dockerignore .dockerignore; do
      if git ls-files --error-unmatch -- "$file" >/dev/null 2>&1; then
        git diff --quiet -- "$file" || left_out="$left_out $file"
      elif [ -f "$file" ] && ! git check-ignore --quiet -- "$file"; then
        left_out="$left_out $file"
      fi
    done
    [ -z "$left_out" ] && exit 0

    echo "pre-commit: changed, but not part of this commit:$left_out" >&2
    echo "  The image is built from the commit and would not have the change." >&2
    echo "  Add it (git add$left_out), or commit all the same (git commit --no-verify)." >&2
    exit 1
    "#);
    assert_snapshot!(folder.dhow(&["init", "--git-hook"]), @"[here]/shop/.git/hooks/pre-commit is there already");
}

#[test]
fn a_commit_that_leaves_a_changed_dockerfile_out_is_refused() {
    let folder = hooked();
    folder.write("Dockerfile", "FROM alpine\n");
    folder.write("app", "two");
    folder.git(&["add", "app"]);
    assert_snapshot!(commit(&folder, &[]).0, @"
    pre-commit: changed, but not part of this commit: Dockerfile
      The image is built from the commit and would not have the change.
      Add it (git add Dockerfile), or commit all the same (git commit --no-verify).
    ");
    assert!(!is_taken(&folder, &["app"]), "a commit of one file");
    assert!(is_taken(&folder, &["--no-verify"]));

    folder.write("app", "three");
    folder.git(&["add", "Dockerfile"]);
    assert!(!is_taken(&folder, &["app"]), "staged, and still left out");
    assert!(is_taken(&folder, &["--all"]));

    folder.write("app", "four");
    folder.write(".dockerignore", "notes\n");
    assert!(!is_taken(&folder, &["app"]), "a new one");
    folder.write(".gitignore", ".dockerignore\n");
    folder.git(&["add", ".gitignore"]);
    assert!(is_taken(&folder, &["--all"]), "one that git is to ignore");

    fs::remove_file(folder.path().join("Dockerfile")).unwrap();
    folder.write("app", "five");
    assert!(!is_taken(&folder, &["app"]), "one that is gone");
    assert!(is_taken(&folder, &["--all"]));
    folder.write("app", "six");
    assert!(is_taken(&folder, &["app"]));
}

#[test]
fn a_project_in_a_subfolder_with_a_dockerfile_of_its_own() {
    let folder = Folder::empty();
    folder.git(&["init", "--quiet"]);
    folder.write("Dockerfile", "FROM busybox\n");
    folder.write("my web/docker/Dockerfile", "FROM busybox\n");
    let deploy_file = "service: shop\nimage: acme/shop\nservers: [web1]\nregistry: {username: a, password: [B]}\n\
                       builder: {arch: amd64, dockerfile: docker/Dockerfile}\n";
    folder.write("my web/config/deploy.yml", deploy_file);
    folder.commit();
    let mut dhow = folder.program(assert_cmd::cargo::cargo_bin!("dhow").to_str().unwrap());
    dhow.current_dir(folder.path().join("my web"))
        .args(["init", "--git-hook"]);
    assert_eq!(folder.told(&mut dhow).1, Some(0));
    folder.write("Dockerfile", "FROM alpine\n");
    folder.write("app", "one");
    folder.git(&["add", "app"]);
    assert!(
        is_taken(&folder, &[]),
        "another Dockerfile is none of its business"
    );
    folder.write("my web/docker/Dockerfile", "FROM alpine\n");
    folder.write("app", "two");
    assert!(!is_taken(&folder, &["app"]));
    assert!(is_taken(&folder, &["--all"]));
}

#[test]
fn a_hook_that_is_there_stays_and_shared_hooks_are_left_alone() {
    let folder = hooked();
    folder.write(".git/hooks/pre-commit", "#!/bin/sh\nmake lint\n");
    let mut dhow = folder.program(assert_cmd::cargo::cargo_bin!("dhow").to_str().unwrap());
    let (told, code) = folder.told(dhow.args(["init", "--git-hook"]));
    assert_eq!(code, Some(3));
    assert_snapshot!(told.lines().next().unwrap(), @"error: [here]/shop/.git/hooks/pre-commit is there already, and stays as it is");
    assert!(
        told.contains("for file in Dockerfile") && told.contains("put it where your hooks are"),
        "{told}"
    );
    assert_eq!(
        folder.read(".git/hooks/pre-commit"),
        "#!/bin/sh\nmake lint\n"
    );

    let shared = folder.beside("shared");
    folder.git(&["config", "core.hooksPath", shared.to_str().unwrap()]);
    let (told, code) = folder.told(&mut dhow);
    assert_eq!(code, Some(3));
    assert_snapshot!(told.lines().next().unwrap(), @"error: [here]/shared/pre-commit would be run for other repositories too");
    assert!(!shared.exists());

    folder.git(&["config", "core.hooksPath", ".githooks"]);
    folder.told(&mut dhow);
    assert_eq!(folder.mode(".githooks/pre-commit"), "755");
}
