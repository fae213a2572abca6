//! Blobs: layers and configurations.

use std::{
    fs::File,
    io::{self, Read},
};

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::Store;
use dhow_names::{Digest, RepositoryName};

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

impl Store {
    /// A blob of the repository and its size in bytes.
    pub(crate) fn blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> io::Result<Option<(File, u64)>> {
        if self.has_blob(repository, digest)? {
            self.open_blob(digest)
        } else {
            Ok(None)
        }
    }

    /// Whether the repository has this blob.
    pub(crate) fn has_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> io::Result<bool> {
        Ok(self.blob_link(repository, digest).try_exists()?
            && self.blob_file(digest).try_exists()?)
    }

    /// Content of any repository.
    pub(super) fn open_blob(&self, digest: &Digest) -> io::Result<Option<(File, u64)>> {
        match File::open(self.blob_file(digest)) {
            Ok(file) => {
                let size = file.metadata()?.len();
                Ok(Some((file, size)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a whole file whose digest was verified into the repository.
    pub(crate) fn keep_blob(
        &self,
        repository: &RepositoryName,
        file: NamedTempFile,
        digest: &Digest,
    ) -> io::Result<()> {
        self.keep(file, digest)?;
        self.link_blob(repository, digest)
    }

    /// Gives a whole file its name. It is on the disk before, so that a power cut leaves no torn one behind.
    pub(super) fn keep(&self, file: NamedTempFile, digest: &Digest) -> io::Result<()> {
        file.as_file().sync_data()?;
        file.persist(self.blob_file(digest))?;
        Ok(())
    }

    /// Makes a blob that one repository has one of another too, and says whether the first one has it.
    pub(crate) fn mount_blob(
        &self,
        from: &RepositoryName,
        to: &RepositoryName,
        digest: &Digest,
    ) -> io::Result<bool> {
        let is_there = self.has_blob(from, digest)?;
        if is_there {
            self.link_blob(to, digest)?;
        }
        Ok(is_there)
    }

    pub(super) fn link_blob(&self, repository: &RepositoryName, digest: &Digest) -> io::Result<()> {
        fs::create_dir_all(self.within(repository, "_blobs"))?;
        fs::write(self.blob_link(repository, digest), "")
    }
}

/// The digest of everything that comes.
pub(super) fn digest_of(mut reader: impl Read) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(Digest::from_sha256(hasher.finalize().into())),
            length => hasher.update(&chunk[..length]),
        }
    }
}
