//! Taking in what a build has exported into the folder.

use std::io;

use super::{
    NotAManifest, Store,
    blobs::digest_of,
    manifest::{References, media_type_of},
};
use dhow_names::{Digest, RepositoryName, Tag};

/// Why an exported image is not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdoptError {
    /// The build did not export a part of the image.
    #[error("{0} is not there")]
    Missing(Digest),
    /// A file is not what its name says.
    #[error("the content of {0} is something else")]
    Corrupted(Digest),
    /// A file that should be a manifest is none.
    #[error("{digest} is no manifest: {reason}")]
    NotAManifest {
        /// Which one.
        digest: Digest,
        /// Why not.
        reason: NotAManifest,
    },
    /// The store cannot be read or written.
    #[error("the store cannot be used")]
    Store(#[from] io::Error),
}

impl Store {
    /// Takes an image in that a build has exported into the store's [`folder`](Self::folder), with everything
    /// that belongs to it, and lets `tags` stand for it. What the repository has already was verified when it
    /// came; everything else is verified now.
    pub fn adopt(
        &self,
        repository: &RepositoryName,
        image: &Digest,
        tags: &[Tag],
    ) -> Result<(), AdoptError> {
        self.adopt_manifest(repository, image, None)?;
        for tag in tags {
            self.tag(repository, tag, image)?;
        }
        Ok(())
    }

    /// Parts come before the whole, as in a push. The hash in each name keeps a manifest from holding itself.
    fn adopt_manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        media_type: Option<String>,
    ) -> Result<(), AdoptError> {
        let bytes = self
            .small_blob(digest)?
            .ok_or(AdoptError::Missing(*digest))?;
        if Digest::of(&bytes) != *digest {
            return Err(AdoptError::Corrupted(*digest));
        }
        let not_a_manifest = |reason| AdoptError::NotAManifest {
            digest: *digest,
            reason,
        };
        let media_type = match media_type {
            Some(media_type) => media_type,
            None => media_type_of(&bytes).map_err(not_a_manifest)?,
        };
        let references = References::of(&bytes, &media_type).map_err(not_a_manifest)?;
        for blob in &references.blobs {
            self.adopt_blob(repository, blob)?;
        }
        for (manifest, media_type) in references.manifests {
            self.adopt_manifest(repository, &manifest, Some(media_type))?;
        }
        self.link_manifest(repository, digest, &media_type)?;
        Ok(())
    }

    fn adopt_blob(&self, repository: &RepositoryName, digest: &Digest) -> Result<(), AdoptError> {
        if self.has_blob(repository, digest)? {
            return Ok(());
        }
        let (file, _) = self
            .open_blob(digest)?
            .ok_or(AdoptError::Missing(*digest))?;
        if digest_of(file)? != *digest {
            // Nobody takes it for what it is called a second time.
            fs_err::remove_file(self.blob_file(digest))?;
            return Err(AdoptError::Corrupted(*digest));
        }
        self.link_blob(repository, digest)?;
        Ok(())
    }
}
