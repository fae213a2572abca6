//! What a store forgets, so that it does not grow for ever.

use std::{
    collections::BTreeSet,
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use fs_err as fs;

use super::{Store, manifest::References, names_in, read_if_there};
use dhow_names::{Digest, RepositoryName, Tag};

/// What is kept when a store is opened. The hosts have their images themselves; what is kept here is sent again
/// to a host that is new, and is not sent again by the next build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How many of a repository's newest versions; tags that begin with `latest` do not count, and stay.
    pub versions: usize,
    /// For how long a repository is kept into which nothing is pushed any more.
    pub unused: Duration,
}

impl Store {
    /// Removes what is not kept and what was left unfinished. Only for somebody who holds the lock alone.
    pub(super) fn prune(&self, kept: Kept, now: SystemTime) -> io::Result<()> {
        let mut needed = BTreeSet::new();
        for repository in self.known_repositories()? {
            self.forget_old_tags(&repository, kept, now)?;
            let manifests = self.manifests_of_tags(&repository)?;
            needed.extend(self.forget_all_but(&repository, &manifests)?);
        }
        for hex in names_in(&self.blobs())? {
            if !needed.contains(&hex) {
                fs::remove_file(self.blobs().join(hex))?;
            }
        }
        for name in names_in(&self.uploads())? {
            fs::remove_file(self.uploads().join(name))?;
        }
        // What builds that export leave behind: half-written blobs, and a list that nobody reads.
        remove_all(&self.folder().join("ingest"))?;
        remove_if_there(&self.folder().join("index.json"))
    }

    /// Forgets a repository. What no other repository holds is removed when the store is next opened by somebody
    /// who is alone with it.
    pub fn forget(&self, repository: &RepositoryName) -> io::Result<()> {
        for part in ["_tags", "_manifests", "_blobs"] {
            remove_all(&self.within(repository, part))?;
        }
        Ok(())
    }

    fn known_repositories(&self) -> io::Result<Vec<RepositoryName>> {
        let mut found = Vec::new();
        let mut open = vec![String::new()];
        while let Some(prefix) = open.pop() {
            for part in names_in(&self.repositories().join(&prefix))? {
                if part.starts_with('_') {
                    found.extend(prefix.parse());
                } else if prefix.is_empty() {
                    open.push(part);
                } else {
                    open.push(format!("{prefix}/{part}"));
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn forget_old_tags(
        &self,
        repository: &RepositoryName,
        kept: Kept,
        now: SystemTime,
    ) -> io::Result<()> {
        let mut tags: Vec<(SystemTime, Tag)> = Vec::new();
        for tag in self.tags(repository)?.unwrap_or_default() {
            let written = fs::metadata(self.tag_file(repository, &tag))?.modified()?;
            tags.push((written, tag));
        }
        tags.sort();
        tags.reverse();
        let is_unused = |written: &SystemTime| {
            now.duration_since(*written)
                .is_ok_and(|age| age > kept.unused)
        };
        let unused = tags.first().is_some_and(|(newest, _)| is_unused(newest));
        let mut versions = 0;
        for (_, tag) in tags {
            let moves = tag.as_str().starts_with("latest");
            versions += usize::from(!moves);
            if unused || (!moves && versions > kept.versions) {
                fs::remove_file(self.tag_file(repository, &tag))?;
            }
        }
        Ok(())
    }

    /// Everything that is reached from a tag: first what is tagged, then what an index holds.
    fn manifests_of_tags(&self, repository: &RepositoryName) -> io::Result<BTreeSet<Digest>> {
        let mut reached = BTreeSet::new();
        let mut open = Vec::new();
        for tag in self.tags(repository)?.unwrap_or_default() {
            open.extend(self.tagged(repository, &tag)?);
        }
        while let Some(digest) = open.pop() {
            if reached.insert(digest) {
                let references = self.references(repository, &digest)?;
                open.extend(references.manifests.into_iter().map(|(digest, _)| digest));
            }
        }
        Ok(reached)
    }

    /// Leaves the repository these manifests and their blobs, and returns the names of their files.
    fn forget_all_but(
        &self,
        repository: &RepositoryName,
        manifests: &BTreeSet<Digest>,
    ) -> io::Result<BTreeSet<String>> {
        let mut blobs = BTreeSet::new();
        for digest in manifests {
            let references = self.references(repository, digest)?;
            blobs.extend(references.blobs.iter().map(Digest::hex));
        }
        let manifests: BTreeSet<String> = manifests.iter().map(Digest::hex).collect();
        for (part, needed) in [("_manifests", &manifests), ("_blobs", &blobs)] {
            let folder = self.within(repository, part);
            for hex in names_in(&folder)? {
                if !needed.contains(&hex) {
                    fs::remove_file(folder.join(hex))?;
                }
            }
        }
        if manifests.is_empty() {
            for part in ["_manifests", "_blobs", "_tags"] {
                remove_all(&self.within(repository, part))?;
            }
        }
        blobs.extend(manifests);
        Ok(blobs)
    }

    /// What a manifest of the repository refers to; nothing when it is damaged, for then nobody can pull it.
    fn references(&self, repository: &RepositoryName, digest: &Digest) -> io::Result<References> {
        let media_type = read_if_there(&self.manifest_link(repository, digest))?;
        let bytes = self.small_blob(digest)?;
        Ok(bytes
            .zip(media_type)
            .and_then(|(bytes, media_type)| References::of(&bytes, &media_type).ok())
            .unwrap_or_default())
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_all(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
