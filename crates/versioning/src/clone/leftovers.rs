//! Finds repositories that a build made in a clone, or that a submodule left there: a checkout passes over them.
//!
//! The folders are only listed. Asking about every file, as `git status` does, would take as long as the checkout.

use std::{
    io,
    path::{Path, PathBuf},
};

use fs_err as fs;
use git2::Oid;

use super::remove;

/// Takes `.git` away from every folder below `checkout` that is none of these submodules, so that a checkout sees
/// what lies there; tells whether there was any.
pub(super) fn remove_repositories(
    checkout: &Path,
    submodules: &[(PathBuf, Oid)],
) -> io::Result<bool> {
    let mut removed = false;
    let mut folders = vec![checkout.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_name() == ".git" {
                if folder != checkout {
                    remove(&path)?;
                    removed = true;
                }
                continue;
            }
            let is_submodule = || {
                submodules
                    .iter()
                    .any(|(name, _)| checkout.join(name) == path)
            };
            if entry.file_type()?.is_dir() && !is_submodule() {
                folders.push(path);
            }
        }
    }
    Ok(removed)
}
