//! Where git looks for the hooks of a repository.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository};

use crate::WorkTreeError;

/// The folder that git takes hooks from, and where a project lies in its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHooks {
    /// `core.hooksPath`, else `hooks` in the folder of git.
    pub folder: PathBuf,
    /// Whether only this repository takes hooks from there. One folder may be set for all repositories of a user.
    pub is_own: bool,
    /// The way from the root of the work tree, in which hooks run, to the project; empty at the root itself.
    pub folder_in_tree: PathBuf,
}

impl GitHooks {
    /// Finds it for the repository around `folder`, which needs no commits.
    pub fn find(folder: &Path) -> Result<Self, WorkTreeError> {
        let repository =
            Repository::discover(folder).map_err(|error| WorkTreeError::explain(folder, error))?;
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = canonical(folder);
        let bare = || WorkTreeError::Bare {
            folder: folder.clone(),
        };
        let root = canonical(repository.workdir().ok_or_else(bare)?);
        let folder_in_tree = folder.strip_prefix(&root).map_err(|_| bare())?.to_owned();
        let git = canonical(repository.commondir());
        let configured = repository
            .config()
            .and_then(|config| config.get_path("core.hooksPath"));
        let hooks = match configured {
            Ok(path) => root.join(path),
            Err(error) if error.code() == ErrorCode::NotFound => git.join("hooks"),
            Err(error) => return Err(WorkTreeError::explain(&folder, error)),
        };
        let place = hooks.parent().map_or_else(|| hooks.clone(), canonical);
        Ok(Self {
            is_own: place.starts_with(&root) || place.starts_with(&git),
            folder: hooks,
            folder_in_tree,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn hooks_lie_where_git_looks_for_them() {
        let fixture = Fixture::empty();
        let root = fixture.root();
        std::fs::create_dir(root.join("web")).unwrap();
        let found = |folder: &Path| GitHooks::find(folder).unwrap();
        let hooks = found(&root.join("web"));
        assert_eq!(hooks.folder, root.join(".git/hooks"));
        assert_eq!(hooks.folder_in_tree, Path::new("web"));
        assert!(hooks.is_own);
        fixture.git(&["config", "core.hooksPath", ".husky"]);
        let hooks = found(&root);
        assert!(hooks.is_own && hooks.folder == root.join(".husky"));
        let shared = fixture.beside("hooks");
        fixture.git(&["config", "core.hooksPath", shared.to_str().unwrap()]);
        assert!(!found(&root).is_own);
    }

    #[test]
    fn a_worktree_has_the_hooks_of_its_repository() {
        let fixture = Fixture::committed();
        let side = fixture.beside("side");
        fixture.git(&["worktree", "add", "--quiet", side.to_str().unwrap()]);
        let hooks = GitHooks::find(&side).unwrap();
        assert!(hooks.is_own && hooks.folder == fixture.root().join(".git/hooks"));
        let plain = Fixture::plain();
        let error = GitHooks::find(&plain.beside("")).unwrap_err();
        assert!(matches!(error, WorkTreeError::NotARepository { .. }));
    }
}
