//! The files of a folder that is built, as Docker sees them.

use std::path::{Path, PathBuf};

use git2::{Status, StatusOptions};

use crate::{ChangeKind, IgnoreRules, WorkTree, WorkTreeError, status};

/// What a build sees of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextFiles {
    /// Every file that is sent to the builder, by its path within the folder, in order.
    pub seen: Vec<ContextFile>,
    /// How many files an ignore file leaves out.
    pub left_out: usize,
}

/// One file of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFile {
    /// Its path within the context.
    pub path: PathBuf,
    /// Its size in bytes; 0 for a link.
    pub size: u64,
}

impl ContextFiles {
    /// Walks through the folder. Links are files, whatever they lead to.
    pub fn list(folder: &Path, rules: &IgnoreRules) -> std::io::Result<Self> {
        let mut files = Self::default();
        let mut to_see = vec![folder.to_owned()];
        while let Some(within) = to_see.pop() {
            for entry in fs_err::read_dir(within)? {
                let path = entry?.path();
                let metadata = fs_err::symlink_metadata(&path)?;
                if metadata.is_dir() {
                    to_see.push(path);
                    continue;
                }
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                if rules.leaves_out(inside) {
                    files.left_out += 1;
                } else {
                    let size = if metadata.is_file() {
                        metadata.len()
                    } else {
                        0
                    };
                    let path = inside.to_owned();
                    files.seen.push(ContextFile { path, size });
                }
            }
        }
        files.seen.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// The size of all that is sent, in bytes.
    pub fn size(&self) -> u64 {
        self.seen.iter().map(|file| file.size).sum()
    }
}

impl WorkTree {
    /// Every file whose content no commit holds, by its absolute path: changed ones, and those that git does not
    /// know, whether it ignores them or not.
    pub fn uncommitted_files(&self) -> Result<Vec<(PathBuf, ChangeKind)>, WorkTreeError> {
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(true)
            .recurse_ignored_dirs(true);
        let repository = self.open()?;
        let differing = status::differing(&repository, &mut options);
        let differing = differing.map_err(|error| WorkTreeError::Git {
            folder: self.folder().to_owned(),
            source: error.into(),
        })?;
        let loose = Status::WT_NEW | Status::IGNORED;
        let kind = |status: Status| {
            if status.intersects(loose) {
                ChangeKind::Untracked
            } else {
                ChangeKind::Modified
            }
        };
        let gone = Status::WT_DELETED | Status::INDEX_DELETED;
        let files = differing
            .into_iter()
            .filter(|(_, status)| !status.intersects(gone));
        Ok(files
            .map(|(path, status)| (self.root().join(path), kind(status)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, write};

    #[test]
    fn files_are_listed_with_their_sizes_and_without_those_left_out() {
        let fixture = Fixture::plain();
        let root = fixture.root();
        for (path, text) in [
            ("Dockerfile", "FROM scratch"),
            (".dockerignore", "log\n!log/kept\n"),
            ("a/b", "12345"),
            ("log/today", "1"),
            ("log/kept", "1"),
        ] {
            write(&root.join(path), text);
        }
        std::os::unix::fs::symlink("nowhere", root.join("link")).unwrap();
        let rules = IgnoreRules::read(&root, &root.join("Dockerfile")).unwrap();
        let files = ContextFiles::list(&root, &rules).unwrap();
        let seen: Vec<(&str, u64)> = files
            .seen
            .iter()
            .map(|it| (it.path.to_str().unwrap(), it.size))
            .collect();
        let expected = [
            (".dockerignore", 14),
            ("Dockerfile", 12),
            ("a/b", 5),
            ("link", 0),
            ("log/kept", 1),
        ];
        assert_eq!(seen, expected);
        assert_eq!((files.left_out, files.size()), (1, 32));
    }

    #[test]
    fn what_no_commit_holds_is_known_ignored_files_included() {
        let fixture = Fixture::empty();
        fixture.write(".gitignore", "*.log\n");
        fixture.write("app.txt", "one\n");
        fixture.write("gone.txt", "one\n");
        fixture.commit("First light");
        fixture.write("app.txt", "two\n");
        fixture.write("new/file.txt", "x\n");
        fixture.write("deep/er/x.log", "x\n");
        std::fs::remove_file(fixture.root().join("gone.txt")).unwrap();
        let tree = WorkTree::discover(&fixture.root()).unwrap();
        let mut files: Vec<(String, ChangeKind)> = tree
            .uncommitted_files()
            .unwrap()
            .into_iter()
            .map(|(path, kind)| {
                (
                    path.strip_prefix(tree.root())
                        .unwrap()
                        .display()
                        .to_string(),
                    kind,
                )
            })
            .collect();
        files.sort();
        let expected = [
            ("app.txt", ChangeKind::Modified),
            ("deep/er/x.log", ChangeKind::Untracked),
            ("new/file.txt", ChangeKind::Untracked),
        ];
        let expected: Vec<(String, ChangeKind)> = expected
            .iter()
            .map(|(path, kind)| ((*path).to_owned(), *kind))
            .collect();
        assert_eq!(files, expected);
    }
}
