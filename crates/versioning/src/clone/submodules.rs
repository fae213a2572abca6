//! Puts submodules into a clone.
//!
//! They are taken from where they are checked out on this machine, not from their addresses: dhow needs no
//! network and no credentials for that, and what is built is what lies here.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{Oid, Repository};

use super::{CloneError, UnfilteredFile, reproduce};
use crate::GitError;

/// The mode of an entry that stands for a commit of another repository.
const SUBMODULE: u32 = 0o160_000;

/// Puts each submodule that HEAD records into the clone, and theirs into them.
pub(super) fn reproduce_all(
    source: &Repository,
    clone: &Repository,
    checkout: &Path,
    prefix: &Path,
) -> Result<Vec<UnfilteredFile>, CloneError> {
    let mut unfiltered = Vec::new();
    for (path, commit) in recorded(clone) {
        let missing = |error: git2::Error| CloneError::Submodule {
            path: prefix.join(&path),
            commit: commit.to_string(),
            source: GitError::from(error),
        };
        let submodule = open(source, &path).map_err(missing)?;
        submodule.find_commit(commit).map_err(missing)?;
        unfiltered.extend(reproduce(
            &submodule,
            commit,
            &checkout.join(&path),
            &prefix.join(&path),
        )?);
    }
    Ok(unfiltered)
}

/// The submodules of the commit that is checked out.
pub(super) fn recorded(clone: &Repository) -> Vec<(PathBuf, Oid)> {
    let Ok(index) = clone.index() else {
        return Vec::new();
    };
    index
        .iter()
        .filter(|entry| entry.mode == SUBMODULE)
        .map(|entry| (OsStr::from_bytes(&entry.path).into(), entry.id))
        .collect()
}

/// The submodule's repository: the one in the work tree, or the one git keeps when the files are gone.
fn open(source: &Repository, path: &Path) -> Result<Repository, git2::Error> {
    let root = source.workdir().unwrap_or_else(|| source.path());
    Repository::open(root.join(path))
        .or_else(|_| Repository::open(source.commondir().join("modules").join(path)))
}
