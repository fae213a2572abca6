//! What is built and what it is called: the version of a work tree, and a clean clone of it.
//!
//! A run chooses its version once, with [`given_version`] or else [`version_by_rule`], and hands it on as a value.
//! Everything that enters (the working folder, `--version`, the variable `VERSION`) is an argument; all reading of git is
//! here, and nothing here knows what a version is used for.

mod choice;
mod clone;
mod commit;
mod content;
mod context;
mod context_files;
mod git_error;
mod git_hooks;
mod ignored;
mod objects;
mod recent;
mod references;
mod remote;
mod source_url;
mod status;
mod version;
mod work_tree;

#[cfg(test)]
mod fixture;

pub use choice::{
    ChooseVersionError, ChosenVersion, ForeignName, VersionRule, VersionSource, given_version,
    version_by_rule,
};
pub use clone::{BuildClone, CloneError, CloneOutcome, UnfilteredFile};
pub use commit::{Commit, CommitId, InvalidCommitId};
pub use context::BuildContext;
pub use context_files::{ContextFile, ContextFiles};
pub use git_error::GitError;
pub use git_hooks::GitHooks;
pub use ignored::{IgnoreRules, IgnoreRulesError};
pub use recent::{RecentVersion, recent_versions};
pub use remote::{Checkout, Remote};
pub use source_url::source_url;
pub use version::{GivenVersion, InvalidVersion, MovingTag, VERSION_RULE, Version};
pub use work_tree::{Change, ChangeKind, GitUser, WorkTree, WorkTreeError};
