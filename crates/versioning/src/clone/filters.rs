//! Finds files that git stores in another form than the one people edit.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{AttrCheckFlags, AttrValue, Repository};
use serde::Serialize;

use crate::GitError;

/// A file whose filter was not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnfilteredFile {
    /// Its path from the root of the work tree.
    pub path: PathBuf,
    /// The name of the filter in `.gitattributes`, such as `lfs`.
    pub filter: String,
}

/// Every file of the checkout that has a filter. The pointers of Git LFS are told from files that were
/// committed whole, which need no filter.
pub(super) fn unfiltered(
    clone: &Repository,
    prefix: &Path,
) -> Result<Vec<UnfilteredFile>, GitError> {
    let index = clone.index()?;
    let mut found = Vec::new();
    if !names_a_filter(clone, &index)? {
        return Ok(found);
    }
    for entry in index.iter() {
        let path = Path::new(OsStr::from_bytes(&entry.path));
        let attribute = clone.get_attr_bytes(path, "filter", AttrCheckFlags::FILE_THEN_INDEX)?;
        let AttrValue::String(filter) = AttrValue::from_bytes(attribute) else {
            continue;
        };
        if filter == "lfs" && !is_lfs_pointer(clone, entry.id)? {
            continue;
        }
        found.push(UnfilteredFile {
            path: prefix.join(path),
            filter: filter.to_owned(),
        });
    }
    Ok(found)
}

/// Asking for the attribute of each of many files takes time, and most repositories use none.
fn names_a_filter(clone: &Repository, index: &git2::Index) -> Result<bool, GitError> {
    for entry in index.iter() {
        if entry.path == b".gitattributes" || entry.path.ends_with(b"/.gitattributes") {
            let blob = clone.find_blob(entry.id)?;
            if String::from_utf8_lossy(blob.content()).contains("filter=") {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_lfs_pointer(clone: &Repository, id: git2::Oid) -> Result<bool, GitError> {
    const LONGEST_POINTER: usize = 1024;
    let (size, _) = clone.odb()?.read_header(id)?;
    if size > LONGEST_POINTER {
        return Ok(false);
    }
    let pointer = b"version https://git-lfs.github.com/spec/";
    Ok(clone.find_blob(id)?.content().starts_with(pointer))
}
