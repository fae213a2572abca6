//! Manifests and the tags that name them.

use std::io::{self, Read as _, Write as _};

use super::{
    Manifest, NotAManifest, Store,
    manifest::{LARGEST, References},
    names_in, read_if_there,
};
use dhow_names::{Digest, RepositoryName, Tag};

use crate::reference::Reference;

/// Why a manifest is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unacceptable {
    #[error("the manifest is not taken: {0}")]
    NotAManifest(#[from] NotAManifest),
    #[error("the manifest refers to what the repository does not have")]
    Missing(Vec<Digest>),
    #[error("the manifest cannot be kept")]
    Store(#[from] io::Error),
}

impl Store {
    /// A manifest of the repository.
    pub(crate) fn manifest(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> io::Result<Option<Manifest>> {
        let digest = match reference {
            Reference::Digest(digest) => Some(*digest),
            Reference::Tag(tag) => self.tagged(repository, tag)?,
        };
        let Some(digest) = digest else {
            return Ok(None);
        };
        let link = self.manifest_link(repository, &digest);
        let (Some(media_type), Some(bytes)) = (read_if_there(&link)?, self.small_blob(&digest)?)
        else {
            return Ok(None);
        };
        Ok(Some(Manifest {
            digest,
            media_type,
            bytes,
        }))
    }

    /// What a tag stands for.
    pub fn tagged(&self, repository: &RepositoryName, tag: &Tag) -> io::Result<Option<Digest>> {
        let text = read_if_there(&self.tag_file(repository, tag))?;
        Ok(text.and_then(|digest| digest.parse().ok()))
    }

    /// The tags of a repository in the order of their bytes; none at all when there is no such repository.
    pub fn tags(&self, repository: &RepositoryName) -> io::Result<Option<Vec<Tag>>> {
        let names = names_in(&self.within(repository, "_tags"))?;
        let mut tags: Vec<Tag> = names.iter().filter_map(|name| name.parse().ok()).collect();
        tags.sort();
        let is_there = !tags.is_empty() || self.within(repository, "_blobs").try_exists()?;
        Ok(is_there.then_some(tags))
    }

    /// Takes a manifest whose parts are all there.
    pub(crate) fn put_manifest(
        &self,
        repository: &RepositoryName,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, Unacceptable> {
        let references = References::of(bytes, media_type)?;
        let mut missing = Vec::new();
        for blob in references.blobs {
            if !self.has_blob(repository, &blob)? {
                missing.push(blob);
            }
        }
        for (manifest, _) in references.manifests {
            if !self.manifest_link(repository, &manifest).try_exists()? {
                missing.push(manifest);
            }
        }
        if !missing.is_empty() {
            return Err(Unacceptable::Missing(missing));
        }
        let digest = Digest::of(bytes);
        let mut file = self.unfinished()?;
        file.write_all(bytes)?;
        self.keep(file, &digest)?;
        self.link_manifest(repository, &digest, media_type)?;
        Ok(digest)
    }

    pub(super) fn link_manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        media_type: &str,
    ) -> io::Result<()> {
        let link = self.manifest_link(repository, digest);
        self.write_whole(&link, media_type.as_bytes())
    }

    /// Lets a tag stand for a manifest of the repository.
    pub(crate) fn tag(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        digest: &Digest,
    ) -> io::Result<()> {
        let file = self.tag_file(repository, tag);
        self.write_whole(&file, digest.to_string().as_bytes())
    }

    /// The bytes of something that is no larger than a manifest may be.
    pub(super) fn small_blob(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        let Some((file, size)) = self.open_blob(digest)? else {
            return Ok(None);
        };
        if size > LARGEST as u64 {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}
