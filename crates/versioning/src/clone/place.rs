//! Where clones lie: one folder for each project in the user's cache, closed to others, and a lock file beside it.

use std::{
    ffi::OsStr,
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use dhow_names::ServiceName;
use fs_err as fs;
use sha2::{Digest, Sha256};

use super::{hex, remove};
use crate::WorkTree;

/// How many hex digits of its path tell two projects apart (versioning §6.1).
const PROJECT_DIGITS: usize = 13;

/// How long a clone is kept that nobody builds. Making it anew takes as long as a `git clone`.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Where the clone of one project lies.
pub(super) struct Place {
    clones: PathBuf,
    pub(super) project: PathBuf,
    pub(super) checkout: PathBuf,
}

impl Place {
    pub(super) fn new(work_tree: &WorkTree, cache_folder: &Path, service: &ServiceName) -> Self {
        let path = Sha256::digest(work_tree.folder().as_os_str().as_bytes());
        let mut digits = hex(&path);
        digits.truncate(PROJECT_DIGITS);
        let clones = cache_folder.join("clones");
        let project = clones.join(format!("{service}-{digits}"));
        let name = work_tree.root().file_name().unwrap_or("root".as_ref());
        let checkout = project.join(name);
        Self {
            clones,
            project,
            checkout,
        }
    }

    pub(super) fn close_to_others(&self, cache_folder: &Path) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.project)?;
        for folder in [cache_folder, &self.clones] {
            fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// The lock of this project, and whether it had to be waited for. It says whose clone this is, and its time when
    /// it was used last.
    pub(super) fn lock(&self, project_folder: &Path) -> io::Result<(File, bool)> {
        let mut waited = false;
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(self.project.with_extension("lock"))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    waited = true;
                    file.lock()?;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Somebody may have taken it for abandoned, and removed it, between the two.
            if file.metadata()?.nlink() > 0 {
                file.set_len(0)?;
                file.write_all(project_folder.as_os_str().as_bytes())?;
                return Ok((file, waited));
            }
        }
    }

    /// Removes the clones of projects that are gone (or were renamed), and those that were not used for long. What
    /// cannot be removed stays, as it stands in nobody's way.
    pub(super) fn remove_abandoned(&self, lock: &File) {
        let Ok(now) = lock.metadata().and_then(|it| it.modified()) else {
            return;
        };
        let entries = fs::read_dir(&self.clones).into_iter().flatten().flatten();
        let own = self.project.with_extension("lock");
        let others = entries
            .map(|entry| entry.path())
            .filter(|path| *path != own);
        for path in others.filter(|path| path.extension() == Some(OsStr::new("lock"))) {
            let _ = remove_if_abandoned(&path, |last_used| {
                now.duration_since(last_used).is_ok_and(|age| age > KEPT)
            });
        }
    }
}

fn remove_if_abandoned(
    lock: &Path,
    is_old: impl Fn(std::time::SystemTime) -> bool,
) -> io::Result<()> {
    let mut file = File::open(lock)?;
    if file.try_lock().is_err() {
        return Ok(());
    }
    let mut project = Vec::new();
    file.read_to_end(&mut project)?;
    let is_gone = !project.is_empty() && !Path::new(OsStr::from_bytes(&project)).exists();
    if is_gone || is_old(file.metadata()?.modified()?) {
        remove(&lock.with_extension(""))?;
        remove(lock)?;
    }
    Ok(())
}
