//! What is built, in words: one line always, and a warning for whatever a person may think is built and is not.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use dhow_versioning::{Change, Commit, UnfilteredFile};

/// How many files are named before the rest is only counted.
const MOST_NAMED: usize = 20;

/// What a build takes its files from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken<'a> {
    /// A clone of HEAD, in this folder.
    Clone(&'a Path),
    /// What lies in the context, committed or not.
    Context,
}

/// One build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Story<'a> {
    /// HEAD and what differs from it: all of it for a clone, what Docker sees of it for a context. None without a
    /// repository.
    pub(super) repository: Option<(&'a Commit, &'a [Change])>,
    pub(super) taken: Taken<'a>,
    /// The context as the deploy file has it.
    pub(super) context: &'a Path,
    /// The Dockerfile as the deploy file has it; none with buildpacks.
    pub(super) dockerfile: Option<&'a Path>,
    /// The way from the root of the work tree to the project.
    pub(super) folder_in_tree: &'a Path,
}

impl Story<'_> {
    /// The line that says what is built.
    pub(super) fn line(&self) -> String {
        let what = match self.repository {
            None => "building what lies here, in no git repository".to_owned(),
            Some((commit, changes)) => {
                let state = match (changes.len(), self.taken) {
                    (0, _) => "clean".to_owned(),
                    (count, Taken::Clone(_)) => format!("without {}", uncommitted(count)),
                    (count, Taken::Context) => format!("with {}", uncommitted(count)),
                };
                format!(
                    "building commit {} ({}), {state}",
                    commit.id, commit.subject
                )
            }
        };
        let context = match self.taken {
            Taken::Clone(folder) => folder,
            Taken::Context => self.context,
        };
        let recipe = match self.dockerfile {
            Some(dockerfile) => format!("Dockerfile: {}", dockerfile.display()),
            None => "buildpacks".to_owned(),
        };
        format!("{what}; context: {}, {recipe}", context.display())
    }

    /// What a person should look at, least important first.
    pub(super) fn warnings(&self) -> Vec<String> {
        let Some((commit, changes)) = self.repository.filter(|(_, changes)| !changes.is_empty())
        else {
            return Vec::new();
        };
        let list = Named(changes);
        let Taken::Clone(_) = self.taken else {
            return vec![format!("uncommitted changes are built too:{list}")];
        };
        let mut warnings = vec![format!(
            "uncommitted changes are not built, the image is made from commit {}:{list}",
            commit.id
        )];
        let hidden: Vec<String> = self
            .recipes()
            .filter(|recipe| changes.iter().any(|change| change.path == *recipe))
            .map(|recipe| recipe.display().to_string())
            .collect();
        if !hidden.is_empty() {
            let hidden = hidden.join(", ");
            warnings.push(format!(
                "THE BUILD DOES NOT SEE THESE: {hidden}. The image is built as commit {} has it; commit to build it \
                 otherwise",
                commit.id.short()
            ));
        }
        warnings
    }

    /// The files that say how the image is built, from the root of the work tree.
    fn recipes(&self) -> impl Iterator<Item = PathBuf> {
        let dockerfile = self.dockerfile.map(|it| self.folder_in_tree.join(it));
        let own_rules = dockerfile.as_ref().map(|it| {
            let mut name = it.clone().into_os_string();
            name.push(".dockerignore");
            name.into()
        });
        let rules = dockerfile
            .is_some()
            .then(|| self.folder_in_tree.join(".dockerignore"));
        [dockerfile, own_rules, rules].into_iter().flatten()
    }
}

fn uncommitted(count: usize) -> String {
    match count {
        1 => "1 uncommitted change".to_owned(),
        _ => format!("{count} uncommitted changes"),
    }
}

/// What is told of files that lie in a clone as git stores them, one warning for each filter.
pub(super) fn of_unfiltered(files: &[UnfilteredFile]) -> Vec<String> {
    let mut filters: Vec<&str> = files.iter().map(|file| file.filter.as_str()).collect();
    filters.sort_unstable();
    filters.dedup();
    let warning = |filter: &str| {
        let those: Vec<_> = files
            .iter()
            .filter(|file| file.filter == filter)
            .map(|file| file.path.display())
            .collect();
        let list = Named(&those);
        format!("built as git stores them, because the filter `{filter}` is not run:{list}")
    };
    filters.into_iter().map(warning).collect()
}

/// A line for each, up to a number.
struct Named<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Named<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in self.0.iter().take(MOST_NAMED) {
            write!(formatter, "\n  {item}")?;
        }
        match self.0.len().saturating_sub(MOST_NAMED) {
            0 => Ok(()),
            rest => write!(formatter, "\n  … and {rest} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use dhow_versioning::ChangeKind;
    use insta::assert_snapshot;

    use super::*;

    fn commit() -> Commit {
        Commit {
            id: "1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3".parse().unwrap(),
            subject: "Open the shop".to_owned(),
            time: jiff::Timestamp::UNIX_EPOCH,
            author: "Ada <ada@example.com>".to_owned(),
        }
    }

    fn changes(paths: &[&str]) -> Vec<Change> {
        let change = |path: &&str| Change {
            kind: ChangeKind::Modified,
            path: PathBuf::from(path),
        };
        paths.iter().map(change).collect()
    }

    fn told(taken: Taken<'_>, changes: &[Change]) -> String {
        let commit = commit();
        let story = Story {
            repository: Some((&commit, changes)),
            taken,
            context: Path::new("."),
            dockerfile: Some(Path::new("docker/Dockerfile")),
            folder_in_tree: Path::new("web"),
        };
        [vec![story.line()], story.warnings()].concat().join("\n")
    }

    #[test]
    fn one_line_says_what_is_built() {
        let clone = Taken::Clone(Path::new("/cache/shop/web"));
        let many: Vec<String> = (0..30).map(|number| format!("web/{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_snapshot!(told(clone, &[]), @"building commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3 (Open the shop), clean; context: /cache/shop/web, Dockerfile: docker/Dockerfile");
        assert_snapshot!(told(Taken::Context, &[]), @"building commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3 (Open the shop), clean; context: ., Dockerfile: docker/Dockerfile");
        assert_snapshot!(told(clone, &changes(&["web/app"])), @"
        building commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3 (Open the shop), without 1 uncommitted change; context: /cache/shop/web, Dockerfile: docker/Dockerfile
        uncommitted changes are not built, the image is made from commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3:
          modified: web/app
        ");
        assert_snapshot!(told(Taken::Context, &changes(&["web/app", "web/new"])), @"
        building commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3 (Open the shop), with 2 uncommitted changes; context: ., Dockerfile: docker/Dockerfile
        uncommitted changes are built too:
          modified: web/app
          modified: web/new
        ");
        assert_snapshot!(told(Taken::Context, &changes(&many)).lines().last().unwrap(), @"  … and 10 more");
        let packed = Story {
            repository: None,
            taken: Taken::Context,
            context: Path::new("web"),
            dockerfile: None,
            folder_in_tree: Path::new(""),
        };
        assert_snapshot!(packed.line(), @"building what lies here, in no git repository; context: web, buildpacks");
        assert!(packed.warnings().is_empty());
    }

    #[test]
    fn a_recipe_that_is_not_seen_is_told_louder() {
        let clone = Taken::Clone(Path::new("/cache/shop/web"));
        let recipes = [
            "web/docker/Dockerfile",
            "web/docker/Dockerfile.dockerignore",
            "web/.dockerignore",
        ];
        assert_snapshot!(told(clone, &changes(&recipes)), @"
        building commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3 (Open the shop), without 3 uncommitted changes; context: /cache/shop/web, Dockerfile: docker/Dockerfile
        uncommitted changes are not built, the image is made from commit 1db6e3698b4c45e4a1c31db6e3698b4c45e4a1c3:
          modified: web/docker/Dockerfile
          modified: web/docker/Dockerfile.dockerignore
          modified: web/.dockerignore
        THE BUILD DOES NOT SEE THESE: web/docker/Dockerfile, web/docker/Dockerfile.dockerignore, web/.dockerignore. The image is built as commit 1db6e36 has it; commit to build it otherwise
        ");
        let others = ["Dockerfile", ".dockerignore", "web/Dockerfile"];
        assert!(!told(clone, &changes(&others)).contains("DOES NOT SEE"));
        assert!(!told(Taken::Context, &changes(&recipes)).contains("DOES NOT SEE"));
    }

    #[test]
    fn files_of_a_filter_are_told_together() {
        let file = |filter: &str, path: &str| UnfilteredFile {
            path: PathBuf::from(path),
            filter: filter.to_owned(),
        };
        let files = [
            file("lfs", "a.bin"),
            file("git-crypt", "key"),
            file("lfs", "b.bin"),
        ];
        assert_snapshot!(of_unfiltered(&files).join("\n"), @"
        built as git stores them, because the filter `git-crypt` is not run:
          key
        built as git stores them, because the filter `lfs` is not run:
          a.bin
          b.bin
        ");
    }
}
