//! What is built and what it is called: the version of a work tree, and a clean clone of it.
//!
//! A run computes its version once, with [`choose_version`], and hands it on as a value. Everything that
//! enters (the working folder, `--version`, the variable `VERSION`) is an argument; all reading of git is
//! here, and nothing here knows what a version is used for.

mod choice;
mod clone;
mod commit;
mod content;
mod git_error;
mod objects;
mod references;
mod remote;
mod status;
mod version;
mod work_tree;

#[cfg(test)]
mod fixture;

pub use choice::{ChooseVersionError, ChosenVersion, VersionSource, choose_version};
pub use clone::{BuildClone, CloneError, CloneOutcome, UnfilteredFile};
pub use commit::{Commit, CommitId};
pub use git_error::GitError;
pub use remote::{Checkout, Remote};
pub use version::{InvalidVersion, MovingTag, VERSION_RULE, Version};
pub use work_tree::{Change, ChangeKind, GitUser, WorkTree, WorkTreeError};
