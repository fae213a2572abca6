//! What every command that deploys takes.

use std::{ffi::OsString, path::PathBuf};

use clap::Args;

use super::Build;

/// A deploy with a build.
#[derive(Clone, Debug, Args)]
pub(crate) struct Deploying {
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) timings: TimingsOption,
}

/// Whether and where the times of a run are shown.
#[derive(Clone, Debug, Args)]
pub(crate) struct TimingsOption {
    /// Write a page that shows where the time went: to this file, or to one in the cache folder
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub(crate) timings: Option<TimingsPlace>,
}

/// Where the page goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimingsPlace {
    /// To a file of its own in the cache folder.
    Cache,
    /// There.
    File(PathBuf),
}

impl From<OsString> for TimingsPlace {
    fn from(file: OsString) -> Self {
        if file.is_empty() {
            Self::Cache
        } else {
            Self::File(file.into())
        }
    }
}
