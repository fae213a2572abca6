//! `init --git-hook`: a `pre-commit` hook of git that refuses a commit which leaves a changed Dockerfile out.

use std::path::{Component, Path, PathBuf};

use dhow_shell::quote;
use dhow_versioning::GitHooks;
use fs_err as fs;

use super::{Access, write_new};
use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::Project,
};

const SCRIPT: &str = include_str!("../../../templates/pre-commit");

/// Writes the hook where git looks for it. One that is there stays as it is.
pub(super) fn run(invocation: &Invocation) -> Result<(), Failure> {
    let hooks = GitHooks::find(&invocation.environment.folder)?;
    let hook = hooks.folder.join("pre-commit");
    let shown = hook.display();
    let script = script(&hooks.folder_in_tree, &dockerfile(invocation));
    if !hooks.is_own {
        return Err(by_hand(
            format!("{shown} would be run for other repositories too"),
            &script,
        )
        .hint("`git config core.hooksPath .githooks` gives this repository hooks of its own"));
    }
    let terminal = &invocation.terminal;
    if write_new(&hook, &script, Access::Program)? {
        terminal.data(format_args!(
            "Created {shown}: it refuses a commit that leaves a changed Dockerfile out\n"
        ));
    } else if fs::read_to_string(&hook).is_ok_and(|there| there == script) {
        terminal.data(format_args!("{shown} is there already\n"));
    } else {
        let headline = format!("{shown} is there already, and stays as it is");
        return Err(by_hand(headline, &script));
    }
    Ok(())
}

fn by_hand(headline: String, script: &str) -> Failure {
    Failure::new(Kind::Project, headline)
        .detail(format!("The hook would be:\n{script}"))
        .hint("put it where your hooks are, or call it from there")
}

/// The Dockerfile that the deploy file names. One that cannot be read yet names none.
fn dockerfile(invocation: &Invocation) -> PathBuf {
    Project::read(&invocation.global, &invocation.environment, false).map_or_else(
        |_| PathBuf::from("Dockerfile"),
        |project| project.config.builder.dockerfile,
    )
}

/// The hook for the files that say how the image is built.
fn script(folder_in_tree: &Path, dockerfile: &Path) -> String {
    let mut rules = dockerfile.as_os_str().to_owned();
    rules.push(".dockerignore");
    let files = [dockerfile, Path::new(&rules), Path::new(".dockerignore")];
    let quoted: Vec<String> = files
        .into_iter()
        .filter_map(|file| in_tree(&folder_in_tree.join(file)))
        .map(|path| quote(&path.to_string_lossy()))
        .collect();
    SCRIPT.replacen("FILES", &quoted.join(" "), 1)
}

/// The path without `.` and `..`; none for one that leads out of the work tree.
fn in_tree(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_looks_at_the_files_of_the_deploy_file() {
        let files = |folder: &str, dockerfile: &str| {
            let script = script(Path::new(folder), Path::new(dockerfile));
            let line = script
                .lines()
                .find(|line| line.starts_with("for "))
                .unwrap();
            line.to_owned()
        };
        for (folder, dockerfile, line) in [
            (
                "",
                "Dockerfile",
                "Dockerfile Dockerfile.dockerignore .dockerignore",
            ),
            (
                "web",
                "./docker/it's",
                r"'web/docker/it'\''s' 'web/docker/it'\''s.dockerignore' web/.dockerignore",
            ),
            (
                "web",
                "../Dockerfile",
                "Dockerfile Dockerfile.dockerignore web/.dockerignore",
            ),
            ("", "../Dockerfile", ".dockerignore"),
            ("", "/srv/Dockerfile", ".dockerignore"),
        ] {
            assert_eq!(files(folder, dockerfile), format!("for file in {line}; do"));
        }
    }
}
