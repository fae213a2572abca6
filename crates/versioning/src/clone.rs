//! The clone of HEAD that an image is built from.

use std::{
    fmt::Write as _,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use dhow_names::ServiceName;
use fs_err as fs;
use git2::{Oid, Repository, RepositoryInitOptions, build::CheckoutBuilder};
use serde::Serialize;

use crate::{Commit, GitError, WorkTree, objects, references};

mod filters;
mod leftovers;
mod place;
mod submodules;

pub use filters::UnfilteredFile;
use place::Place;

/// A clone of HEAD, ready to be built and held for one process: another dhow that wants the same clone waits
/// until this value is dropped.
#[derive(Debug)]
pub struct BuildClone {
    folder: PathBuf,
    commit: Commit,
    outcome: CloneOutcome,
    waited: bool,
    unfiltered: Vec<UnfilteredFile>,
    /// Held until the build is over; the system lets go of it when the process ends.
    _lock: File,
}

/// How the clone came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneOutcome {
    /// It was not there before.
    Made,
    /// It was there and now stands on HEAD; unchanged files kept their time stamps.
    Reset,
    /// The first try failed, so it was removed and made anew.
    MadeAnew,
}

/// Why there is no clone to build from.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    /// The cache folder or a file in it cannot be used.
    #[error("could not keep the build clone in {}", folder.display())]
    Folder {
        /// The folder of the clone or the cache folder.
        folder: PathBuf,
        /// What the system said; it names the file.
        source: io::Error,
    },
    /// git could not make the clone stand on HEAD.
    #[error("could not put commit {commit} of {from} into {folder}", from = from.display(), folder = folder.display())]
    Git {
        /// The commit.
        commit: String,
        /// The repository it comes from.
        from: PathBuf,
        /// The folder of the clone.
        folder: PathBuf,
        /// What git said.
        source: GitError,
    },
    /// A submodule is not checked out here, or does not hold the commit that HEAD records.
    #[error(
        "the submodule `{path}` does not have commit {commit}, which HEAD records; run \
         `git submodule update --init --recursive`",
        path = path.display()
    )]
    Submodule {
        /// Its path from the root of the outermost work tree.
        path: PathBuf,
        /// The recorded commit.
        commit: String,
        /// What git said.
        source: GitError,
    },
}

impl BuildClone {
    /// Makes `<cache>/clones/<service>-<13 hex digits of the project's path>/<name of the root>` a clone of
    /// HEAD, or resets the one that is there: unchanged files keep their time stamps, files that do not
    /// belong to HEAD go away. `cache_folder` is the user's own; it is closed to others.
    ///
    /// Waits while another process holds the same clone. Clones of projects that are gone or were not built for
    /// a month are removed on the way.
    pub fn prepare(
        work_tree: &WorkTree,
        cache_folder: &Path,
        service: &ServiceName,
    ) -> Result<Self, CloneError> {
        let place = Place::new(work_tree, cache_folder, service);
        let at_place = |source| CloneError::Folder {
            folder: place.project.clone(),
            source,
        };
        place.close_to_others(cache_folder).map_err(at_place)?;
        let (lock, waited) = place.lock(work_tree.folder()).map_err(at_place)?;
        place.remove_abandoned(&lock);
        let (outcome, unfiltered) = reset_or_make(work_tree, &place.checkout)?;
        Ok(Self {
            folder: place.checkout.join(work_tree.folder_in_tree()),
            commit: work_tree.head().clone(),
            outcome,
            waited,
            unfiltered,
            _lock: lock,
        })
    }

    /// Where to build: the folder inside the clone that answers to the project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The commit that lies there.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// How the clone came about.
    pub fn outcome(&self) -> CloneOutcome {
        self.outcome
    }

    /// Whether another process had to finish first.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Files that lie in the clone as git stores them, because the program that would convert them (Git LFS,
    /// for one) was not run. The image gets them like that.
    pub fn unfiltered(&self) -> &[UnfilteredFile] {
        &self.unfiltered
    }
}

type Made = (CloneOutcome, Vec<UnfilteredFile>);

/// A clone in a bad state is worth one fresh start, as in Kamal (versioning §6.3); so is a source that git
/// tidied up while its objects were linked.
fn reset_or_make(work_tree: &WorkTree, checkout: &Path) -> Result<Made, CloneError> {
    let known = checkout.exists();
    match put(work_tree, checkout) {
        Ok(unfiltered) if known => Ok((CloneOutcome::Reset, unfiltered)),
        Ok(unfiltered) => Ok((CloneOutcome::Made, unfiltered)),
        Err(error @ CloneError::Submodule { .. }) => Err(error),
        Err(_) => {
            remove(checkout).map_err(|source| CloneError::Folder {
                folder: checkout.to_owned(),
                source,
            })?;
            Ok((CloneOutcome::MadeAnew, put(work_tree, checkout)?))
        }
    }
}

fn put(work_tree: &WorkTree, checkout: &Path) -> Result<Vec<UnfilteredFile>, CloneError> {
    let commit = work_tree.head().id.object();
    let source = Repository::open(work_tree.root()).map_err(|error| CloneError::Git {
        commit: commit.to_string(),
        from: work_tree.root().to_owned(),
        folder: checkout.to_owned(),
        source: error.into(),
    })?;
    reproduce(&source, commit, checkout, Path::new(""))
}

/// Puts `commit` of `source` into `checkout`, with its submodules. `prefix` is the path of this repository
/// from the root of the outermost one.
fn reproduce(
    source: &Repository,
    commit: Oid,
    checkout: &Path,
    prefix: &Path,
) -> Result<Vec<UnfilteredFile>, CloneError> {
    let clone = open_or_make(checkout).and_then(|clone| {
        copy_store(source, &clone)?;
        // The objects that arrived are seen by a store that is opened after them.
        let clone = Repository::open(checkout)?;
        check_out(&clone, commit)?;
        if leftovers::remove_repositories(checkout, &submodules::recorded(&clone))? {
            // What lay in them is untracked now.
            check_out(&clone, commit)?;
        }
        references::mirror(source, &clone, commit)?;
        Ok(clone)
    });
    let clone = clone.map_err(|error| error.at(source, commit, checkout))?;
    let mut unfiltered = filters::unfiltered(&clone, prefix)
        .map_err(|error| Trouble::Git(error).at(source, commit, checkout))?;
    unfiltered.extend(submodules::reproduce_all(source, &clone, checkout, prefix)?);
    Ok(unfiltered)
}

/// What can go wrong with one repository, before it is known where.
enum Trouble {
    Git(GitError),
    File(io::Error),
}

impl Trouble {
    fn at(self, source: &Repository, commit: Oid, checkout: &Path) -> CloneError {
        let folder = checkout.to_owned();
        match self {
            Self::Git(error) => CloneError::Git {
                commit: commit.to_string(),
                from: source.workdir().unwrap_or_else(|| source.path()).to_owned(),
                folder,
                source: error,
            },
            Self::File(source) => CloneError::Folder { folder, source },
        }
    }
}

impl From<git2::Error> for Trouble {
    fn from(error: git2::Error) -> Self {
        Self::Git(error.into())
    }
}

impl From<GitError> for Trouble {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

fn open_or_make(checkout: &Path) -> Result<Repository, Trouble> {
    if checkout.join(".git").exists() {
        return Ok(Repository::open(checkout)?);
    }
    let mut options = RepositoryInitOptions::new();
    // A user's template may hold hooks and settings that a clone for building must not have.
    options.external_template(false).mkpath(true);
    Ok(Repository::init_opts(checkout, &options)?)
}

fn copy_store(source: &Repository, clone: &Repository) -> Result<(), Trouble> {
    objects::mirror(
        &source.commondir().join("objects"),
        &clone.path().join("objects"),
    )?;
    references::mirror_shallowness(source.commondir(), clone.path())?;
    Ok(())
}

/// Only files whose content differs from the commit are written, so all others keep their time stamps.
fn check_out(clone: &Repository, commit: Oid) -> Result<(), Trouble> {
    let commit = clone.find_commit(commit)?;
    let mut options = CheckoutBuilder::new();
    options
        .force()
        .recreate_missing(true)
        .remove_untracked(true)
        .remove_ignored(true);
    clone.checkout_tree(commit.as_object(), Some(&mut options))?;
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
