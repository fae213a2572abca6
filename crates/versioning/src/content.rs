//! What stands for the content of uncommitted files.

use std::{
    collections::BTreeMap,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};

use git2::{ErrorCode, ObjectType, Oid, Repository, StatusOptions, Tree};
use sha2::{Digest, Sha256};

use crate::{GitError, context::Sight, status};

/// How many hex digits stand for the content: as many as Kamal's random suffix (versioning §1).
const DIGITS: usize = 16;

/// What lies at one path of the work tree: a mode as git writes it, and the name of the content.
type Found = Option<(u32, Oid)>;

/// Hex digits of a SHA-256 over path, mode and content of every file that differs from HEAD and that the build
/// sees, whether staged, changed, removed or untracked; `None` when no such content differs.
pub(crate) fn digest_of_changes(
    repository: &Repository,
    root: &Path,
    sight: &Sight<'_>,
) -> Result<Option<String>, GitError> {
    let head = match repository.head() {
        Ok(head) => Some(head.peel_to_tree()?),
        // A repository within the tree may have no commits yet.
        Err(error) if error.code() == ErrorCode::UnbornBranch => None,
        Err(error) => return Err(error.into()),
    };
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true);
    let mut changed = BTreeMap::new();
    for (path, _) in status::differing(repository, &mut options)? {
        let place = root.join(&path);
        if !sight.sees(&place) {
            continue;
        }
        let found = found_at(&place, sight)?;
        let committed = head.as_ref().and_then(|head| committed_at(head, &path));
        // A change that was staged and taken back leaves the content of HEAD.
        if found != committed {
            changed.insert(path.as_os_str().as_bytes().to_vec(), found);
        }
    }
    Ok((!changed.is_empty()).then(|| hex(&digest(&changed))))
}

fn digest(changed: &BTreeMap<Vec<u8>, Found>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (path, found) in changed {
        // The length in front keeps two neighbouring paths from reading like one longer one.
        hasher.update(path.len().to_le_bytes());
        hasher.update(path);
        if let Some((mode, content)) = found {
            hasher.update(mode.to_le_bytes());
            hasher.update(content.as_bytes());
        } else {
            hasher.update(b"gone");
        }
    }
    hasher.finalize().to_vec()
}

fn hex(digest: &[u8]) -> String {
    let mut text = crate::clone::hex(digest);
    text.truncate(DIGITS);
    text
}

/// What the work tree holds at a path. A folder is a repository of its own (a submodule, or a checkout
/// within the checkout): it stands for its commit and its own changes.
fn found_at(path: &Path, sight: &Sight<'_>) -> Result<Found, GitError> {
    let Ok(metadata) = path.symlink_metadata() else {
        return Ok(None);
    };
    if metadata.is_symlink() {
        let target = fs_err::read_link(path).map_err(|error| unreadable(&error))?;
        let content = Oid::hash_object(ObjectType::Blob, target.as_os_str().as_bytes())?;
        return Ok(Some((0o120_000, content)));
    }
    if metadata.is_dir() {
        let Ok(nested) = Repository::open(path) else {
            return Ok(None);
        };
        let commit = nested.head().ok().and_then(|head| head.target());
        let content = match (commit, digest_of_changes(&nested, path, sight)?) {
            (Some(commit), None) => commit,
            (commit, own) => {
                let commit = commit.map_or_else(String::new, |commit| commit.to_string());
                let state = format!("{commit} {}", own.unwrap_or_default());
                Oid::hash_object(ObjectType::Blob, state.as_bytes())?
            }
        };
        return Ok(Some((0o160_000, content)));
    }
    let executable = metadata.permissions().mode() & 0o100 != 0;
    let mode = if executable { 0o100_755 } else { 0o100_644 };
    Ok(Some((mode, Oid::hash_file(ObjectType::Blob, path)?)))
}

fn committed_at(head: &Tree<'_>, path: &Path) -> Found {
    let entry = head.get_path(path).ok()?;
    let mode = u32::try_from(entry.filemode()).ok()?;
    Some((mode, entry.id()))
}

fn unreadable(error: &std::io::Error) -> GitError {
    git2::Error::from_str(&error.to_string()).into()
}
