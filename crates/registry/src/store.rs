//! The folder that holds everything.
//!
//! ```text
//! blobs/sha256/HEX              every blob and manifest, named by its content
//! repositories/NAME/_blobs/HEX      the blobs of a repository
//! repositories/NAME/_manifests/HEX  its manifests; each file holds the media type
//! repositories/NAME/_tags/TAG       its tags; each file holds a digest
//! uploads/                      what is not whole yet
//! lock                          held, shared, by everybody who has the store open
//! ```
//!
//! A file appears under its name when it is whole and was verified, never before, so several processes share
//! a store without asking each other. Blobs lie where an OCI image layout has them: a build can export straight
//! into the folder, and sends only what is not there yet (see [`Store::adopt`]).

mod adopt;
mod blobs;
mod manifest;
mod manifests;
mod prune;

use std::{
    fs::File,
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use fs_err as fs;
use tempfile::NamedTempFile;

use dhow_names::{Digest, RepositoryName, Tag};

pub use adopt::AdoptError;
pub(crate) use manifest::{LARGEST, Manifest, NotAManifest};
pub(crate) use manifests::Unacceptable;
pub use prune::Kept;

/// Blobs, manifests and tags in a folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// The shared lock, held as long as this lives.
    lock: File,
}

/// The store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the images in {} cannot be used", .folder.display())]
pub struct StoreError {
    /// The store's folder.
    pub folder: PathBuf,
    source: io::Error,
}

impl Store {
    /// Opens the store in `folder`, which is made when it is not there. When nobody else has it open, what was
    /// left unfinished and what is not to be [`Kept`] any more is removed first.
    ///
    /// This may wait while another process removes things.
    pub fn open(folder: &Path, kept: Kept, now: SystemTime) -> Result<Self, StoreError> {
        Self::try_open(folder, kept, now).map_err(|source| StoreError {
            folder: folder.to_owned(),
            source,
        })
    }

    fn try_open(folder: &Path, kept: Kept, now: SystemTime) -> io::Result<Self> {
        // What is in images is nobody else's business.
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700).create(folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))?;
        let alone = lock.try_lock().is_ok();
        let store = Self {
            folder: folder.to_owned(),
            lock,
        };
        for part in [store.blobs(), store.uploads(), store.repositories()] {
            fs::create_dir_all(part)?;
        }
        if alone {
            store.prune(kept, now)?;
            store.lock.unlock()?;
        }
        store.lock.lock_shared()?;
        Ok(store)
    }

    /// The folder: an OCI image layout that a build may export into.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs/sha256")
    }

    fn blob_file(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    fn uploads(&self) -> PathBuf {
        self.folder.join("uploads")
    }

    fn repositories(&self) -> PathBuf {
        self.folder.join("repositories")
    }

    /// No part of a name begins with `_`, so these never meet another repository.
    fn within(&self, repository: &RepositoryName, part: &str) -> PathBuf {
        self.repositories().join(repository.as_str()).join(part)
    }

    fn blob_link(&self, repository: &RepositoryName, digest: &Digest) -> PathBuf {
        self.within(repository, "_blobs").join(digest.hex())
    }

    fn manifest_link(&self, repository: &RepositoryName, digest: &Digest) -> PathBuf {
        self.within(repository, "_manifests").join(digest.hex())
    }

    fn tag_file(&self, repository: &RepositoryName, tag: &Tag) -> PathBuf {
        self.within(repository, "_tags").join(tag.as_str())
    }

    /// A file for something that is not whole yet. It goes when it is dropped, and with the next
    /// [`open`](Self::open) when this process was killed.
    pub fn unfinished(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix("")
            .rand_bytes(24)
            .tempfile_in(self.uploads())
    }

    /// Writes a small file so that nobody ever reads half of it.
    fn write_whole(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = self.unfinished()?;
        file.write_all(content)?;
        file.persist(path)?;
        Ok(())
    }
}

/// The text of a small file, when it is there.
fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of the entries of a folder; none when there is no such folder.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
