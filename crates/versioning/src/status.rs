//! Which files differ from HEAD, as git counts it.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{Index, IndexEntryExtendedFlag, Repository, Status, StatusOptions};

/// The paths that differ, each with how. Ignored files do not count, nor do those that a sparse checkout
/// leaves out. A renamed file stands under its new name.
pub(crate) fn differing(
    repository: &Repository,
    options: &mut StatusOptions,
) -> Result<Vec<(PathBuf, Status)>, git2::Error> {
    let index = repository.index()?;
    let statuses = repository.statuses(Some(options))?;
    let mut differing = Vec::new();
    for entry in statuses.iter() {
        let status = entry.status();
        let path = Path::new(OsStr::from_bytes(entry.path_bytes()));
        if status == Status::WT_DELETED && is_left_out(&index, path) {
            continue;
        }
        let renamed = entry
            .head_to_index()
            .filter(|_| status.is_index_renamed())
            .and_then(|delta| delta.new_file().path().map(Path::to_owned));
        differing.push((renamed.unwrap_or_else(|| path.to_owned()), status));
    }
    Ok(differing)
}

/// libgit2 reports the files that a sparse checkout leaves out as deleted; git does not.
fn is_left_out(index: &Index, path: &Path) -> bool {
    index.get_path(path, 0).is_some_and(|entry| {
        let flags = IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended);
        flags.contains(IndexEntryExtendedFlag::SKIP_WORKTREE)
    })
}
