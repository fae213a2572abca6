//! The git work tree a deploy starts from.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use git2::{
    DescribeFormatOptions, DescribeOptions, ErrorClass, ErrorCode, Repository, Status,
    StatusOptions,
};
use serde::Serialize;

use crate::{
    BuildContext, Commit, GitError, IgnoreRulesError, Version, content, context::Sight, status,
};

/// How many digits of the commit stand behind a tag that is not at it.
const DESCRIBED_DIGITS: u32 = 12;

/// A git work tree with at least one commit, as it was when it was found. Worktrees, subfolders and a
/// detached HEAD are all work trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    root: PathBuf,
    folder: PathBuf,
    folder_in_tree: PathBuf,
    head: Commit,
}

/// Why a folder cannot give a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkTreeError {
    /// Neither the folder nor one above it is a repository.
    #[error("Can't use commit hash as version, no git repository found in {}", folder.display())]
    NotARepository {
        /// Where the search began.
        folder: PathBuf,
    },
    /// A repository without files of its own.
    #[error("the git repository in {} is bare: it has no files to build", folder.display())]
    Bare {
        /// Where the search began.
        folder: PathBuf,
    },
    /// Nothing was committed yet.
    #[error("the git repository {} has no commits yet, so there is nothing to build", root.display())]
    NoCommits {
        /// The root of the work tree.
        root: PathBuf,
    },
    /// The repository belongs to another user, and git does not trust it.
    #[error(
        "the git repository around {folder} belongs to another user; if you trust it, run \
         `git config --global --add safe.directory '*'` or name its root there",
        folder = folder.display()
    )]
    OwnedByAnother {
        /// Where the search began.
        folder: PathBuf,
    },
    /// No commit before HEAD has a tag, or this clone does not have it.
    #[error("`git describe --tags` has nothing to say of {}: no tag can be reached from HEAD", root.display())]
    NoTag {
        /// The root of the work tree.
        root: PathBuf,
    },
    /// An ignore file of the build context cannot be used.
    #[error("could not tell which files the build sees")]
    IgnoreRules {
        /// Why not.
        source: IgnoreRulesError,
    },
    /// git failed in another way.
    #[error("could not read the git repository around {}", folder.display())]
    Git {
        /// Where the search began.
        folder: PathBuf,
        /// What git said.
        source: GitError,
    },
}

/// How a file differs from HEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Staged, and not part of HEAD.
    Added,
    /// Its content or mode differs.
    Modified,
    /// No longer there.
    Deleted,
    /// Staged under another name.
    Renamed,
    /// A file became a link, or the other way round.
    TypeChanged,
    /// Not known to git, and not ignored. A whole folder of such files is one change.
    Untracked,
    /// A merge is not finished.
    Conflicted,
}

/// One line of `git status`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// How it differs.
    pub kind: ChangeKind,
    /// The path from the root of the work tree; the new one of a rename; with a trailing `/` for a folder.
    pub path: PathBuf,
}

/// Who git says is at work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitUser {
    /// `user.name`.
    pub name: Option<String>,
    /// `user.email`, which Kamal calls the performer (versioning §4.2).
    pub email: Option<String>,
}

impl WorkTreeError {
    /// Why no repository could be opened.
    pub(crate) fn explain(folder: &Path, error: git2::Error) -> Self {
        let folder = folder.to_owned();
        match error.code() {
            ErrorCode::NotFound => Self::NotARepository { folder },
            ErrorCode::Owner => Self::OwnedByAnother { folder },
            _ => Self::Git {
                folder,
                source: error.into(),
            },
        }
    }
}

impl WorkTree {
    /// Finds the work tree around `folder` and reads its HEAD.
    pub fn discover(folder: &Path) -> Result<Self, WorkTreeError> {
        let failed = |error| WorkTreeError::explain(folder, error);
        let repository = Repository::discover(folder).map_err(failed)?;
        let root = repository.workdir().ok_or_else(|| WorkTreeError::Bare {
            folder: folder.to_owned(),
        })?;
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (root, folder) = (canonical(root), canonical(folder));
        // Inside `.git` there is a repository, but no files to build.
        let in_git = folder.starts_with(canonical(repository.path()));
        let folder_in_tree = match folder.strip_prefix(&root) {
            Ok(path) if !in_git => path.to_owned(),
            _ => return Err(WorkTreeError::Bare { folder }),
        };
        let head = match repository.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Commit::read(&commit),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Err(WorkTreeError::NoCommits { root });
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self {
            root,
            folder,
            folder_in_tree,
            head,
        })
    }

    /// The top folder of the work tree, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder the search began in, links resolved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The way from the root to [`folder`](Self::folder); empty at the root itself.
    pub fn folder_in_tree(&self) -> &Path {
        &self.folder_in_tree
    }

    /// The commit at HEAD.
    pub fn head(&self) -> &Commit {
        &self.head
    }

    /// What `git status --porcelain` would list, in the order of the paths: untracked files count, ignored
    /// ones do not.
    pub fn uncommitted(&self) -> Result<Vec<Change>, WorkTreeError> {
        self.differing(StatusOptions::new().include_untracked(true))
    }

    /// The same of what a build of `context` sees, with untracked files one by one.
    pub fn uncommitted_in(&self, context: &BuildContext) -> Result<Vec<Change>, WorkTreeError> {
        let sight = sight_of(context)?;
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        let mut changes = self.differing(&mut options)?;
        changes.retain(|change| sight.sees(&self.root.join(&change.path)));
        Ok(changes)
    }

    fn differing(&self, options: &mut StatusOptions) -> Result<Vec<Change>, WorkTreeError> {
        let repository = self.open()?;
        options.renames_head_to_index(true).include_ignored(false);
        let differing = status::differing(&repository, options)
            .map_err(|error| WorkTreeError::explain(&self.folder, error))?;
        let mut changes: Vec<Change> = differing
            .into_iter()
            .filter_map(|(path, status)| kind_of(status).map(|kind| Change { kind, path }))
            .collect();
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    /// 16 hex digits that stand for the content of all files that differ from HEAD and that a build of `context`
    /// sees, or nothing when none does. The same files give the same digits in every process.
    pub(crate) fn content_digest(
        &self,
        context: &BuildContext,
    ) -> Result<Option<String>, WorkTreeError> {
        let sight = sight_of(context)?;
        content::digest_of_changes(&self.open()?, &self.root, &sight).map_err(|source| {
            WorkTreeError::Git {
                folder: self.folder.clone(),
                source,
            }
        })
    }

    /// What `git describe --tags` says of HEAD: the tag at it, or the nearest before it with the number of commits
    /// since and 12 digits of this one. The digits are as many in every clone, however many objects it holds.
    pub(crate) fn describe(&self) -> Result<String, WorkTreeError> {
        let repository = self.open()?;
        let head = self.head.id.object();
        let described = repository.find_object(head, None).and_then(|head| {
            let mut format = DescribeFormatOptions::new();
            format.abbreviated_size(DESCRIBED_DIGITS);
            head.describe(DescribeOptions::new().describe_tags())?
                .format(Some(&format))
        });
        described.map_err(|error| match error.class() {
            ErrorClass::Describe => WorkTreeError::NoTag {
                root: self.root.clone(),
            },
            _ => WorkTreeError::explain(&self.folder, error),
        })
    }

    /// Whether a version is a name of HEAD: seven digits or more of the commit, or a tag at it.
    pub(crate) fn is_named(&self, version: &Version) -> bool {
        let text = version.as_str();
        let commit = self.head.id.as_str();
        if text.len() >= self.head.id.short().len() && commit.starts_with(text) {
            return true;
        }
        self.open().is_ok_and(|repository| {
            let is_at_head = |tag: &str| {
                let tag = repository.find_reference(&format!("refs/tags/{tag}"));
                let commit = tag.and_then(|tag| tag.peel_to_commit());
                commit.is_ok_and(|commit| commit.id() == self.head.id.object())
            };
            // A tag may hold a `+`, which stands as `_` in a version.
            let tags = repository.tag_names(None);
            let mut tags = tags.iter().flat_map(|tags| tags.iter().flatten().flatten());
            tags.any(|tag| tag.replace('+', "_") == text && is_at_head(tag))
        })
    }

    /// Whether git tracks the file, given relative to [`folder`](Self::folder) or absolute. What cannot be told
    /// counts as not tracked.
    pub fn tracks(&self, file: &Path) -> bool {
        let path = self.folder.join(file);
        let Ok(in_tree) = path.strip_prefix(&self.root) else {
            return false;
        };
        let index = self
            .open()
            .ok()
            .and_then(|repository| repository.index().ok());
        index.is_some_and(|index| index.get_path(in_tree, 0).is_some())
    }

    pub(crate) fn open(&self) -> Result<Repository, WorkTreeError> {
        Repository::open(&self.root).map_err(|error| WorkTreeError::explain(&self.root, error))
    }
}

fn sight_of(context: &BuildContext) -> Result<Sight<'_>, WorkTreeError> {
    context
        .sight()
        .map_err(|source| WorkTreeError::IgnoreRules { source })
}

/// The one kind a person would name for a file, the work tree's state before the index's.
fn kind_of(status: Status) -> Option<ChangeKind> {
    [
        (Status::CONFLICTED, ChangeKind::Conflicted),
        (
            Status::INDEX_RENAMED | Status::WT_RENAMED,
            ChangeKind::Renamed,
        ),
        (
            Status::INDEX_TYPECHANGE | Status::WT_TYPECHANGE,
            ChangeKind::TypeChanged,
        ),
        (Status::WT_DELETED, ChangeKind::Deleted),
        (Status::INDEX_NEW, ChangeKind::Added),
        (
            Status::INDEX_MODIFIED | Status::WT_MODIFIED,
            ChangeKind::Modified,
        ),
        (Status::INDEX_DELETED, ChangeKind::Deleted),
        (Status::WT_NEW, ChangeKind::Untracked),
    ]
    .into_iter()
    .find_map(|(mask, kind)| status.intersects(mask).then_some(kind))
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Modified => "modified",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Renamed => "renamed",
            ChangeKind::TypeChanged => "type changed",
            ChangeKind::Untracked => "untracked",
            ChangeKind::Conflicted => "in conflict",
        };
        write!(formatter, "{word}: {}", self.path.display())
    }
}

impl GitUser {
    /// Reads the user from the configuration that applies in `folder`: the repository's when there is one,
    /// the user's own otherwise. What cannot be read counts as not set.
    pub fn read(folder: &Path) -> Self {
        let configuration = Repository::discover(folder)
            .and_then(|repository| repository.config())
            .or_else(|_| git2::Config::open_default());
        let Ok(configuration) = configuration else {
            return Self::default();
        };
        let value = |key| {
            let text = configuration.get_string(key).ok()?;
            (!text.trim().is_empty()).then_some(text)
        };
        Self {
            name: value("user.name"),
            email: value("user.email"),
        }
    }
}

#[cfg(test)]
mod tests;
