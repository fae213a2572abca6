//! Gives a clone the branches and tags of its source, for builds that ask git what they are.

use std::{collections::BTreeMap, path::Path};

use git2::{Oid, Reference, Repository};

use crate::GitError;

/// Makes `clone` stand on `commit`, on the branch the source is on, with the source's branches below
/// `origin/` and its tags.
pub(crate) fn mirror(source: &Repository, clone: &Repository, commit: Oid) -> Result<(), GitError> {
    let wanted = wanted(source)?;
    for reference in clone.references()? {
        let mut reference = reference?;
        let name = reference.name().unwrap_or_default();
        if is_mirrored(name) && !wanted.contains_key(name) {
            reference.delete()?;
        }
    }
    for (name, target) in wanted {
        if clone.refname_to_id(&name).ok() != Some(target) {
            // Only HEAD is needed. A branch or tag whose object the source lacks (a shallow or damaged
            // repository) must not stop a build.
            let _ = clone.reference(&name, target, true, "mirrored");
        }
    }
    follow_head(source, clone, commit)?;
    remember_origin(source, clone)
}

fn is_mirrored(name: &str) -> bool {
    name.starts_with("refs/tags/") || name.starts_with("refs/remotes/origin/")
}

fn wanted(source: &Repository) -> Result<BTreeMap<String, Oid>, GitError> {
    let mut wanted = BTreeMap::new();
    for reference in source.references()? {
        let reference = reference?;
        let (Ok(name), Some(target)) = (reference.name(), target(&reference)) else {
            continue;
        };
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            wanted.insert(format!("refs/remotes/origin/{branch}"), target);
        } else if name.starts_with("refs/tags/") {
            wanted.insert(name.to_owned(), target);
        }
    }
    Ok(wanted)
}

fn target(reference: &Reference<'_>) -> Option<Oid> {
    reference.resolve().ok()?.target()
}

fn follow_head(source: &Repository, clone: &Repository, commit: Oid) -> Result<(), GitError> {
    let head = source.head()?;
    match head.name() {
        Ok(name) if head.is_branch() => {
            // HEAD is detached first, because git does not move the branch under a checkout.
            clone.set_head_detached(commit)?;
            clone.reference(name, commit, true, "mirrored")?;
            clone.set_head(name)?;
        }
        _ => clone.set_head_detached(commit)?,
    }
    Ok(())
}

fn remember_origin(source: &Repository, clone: &Repository) -> Result<(), GitError> {
    let root = source.workdir().unwrap_or_else(|| source.path());
    let Some(url) = root.to_str().map(|text| text.trim_end_matches('/')) else {
        return Ok(());
    };
    if clone.find_remote("origin").is_ok() {
        clone.remote_set_url("origin", url)?;
    } else {
        clone.remote("origin", url)?;
    }
    Ok(())
}

/// Marks the clone as shallow where its source is, so that nobody looks for the commits that neither has.
pub(crate) fn mirror_shallowness(source: &Path, clone: &Path) -> std::io::Result<()> {
    let (from, to) = (source.join("shallow"), clone.join("shallow"));
    if from.exists() {
        fs_err::copy(from, to)?;
    } else if to.exists() {
        fs_err::remove_file(to)?;
    }
    Ok(())
}
