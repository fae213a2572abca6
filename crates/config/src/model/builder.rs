//! How the image is built.

use std::path::PathBuf;

use dhow_names::SecretName;
use serde::Serialize;

use super::Pair;

/// `builder` (config §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Builder {
    /// Architectures in Docker's words, such as `amd64`; at least one.
    pub arch: Vec<String>,
    /// The buildx driver, `docker-container` by default.
    pub driver: String,
    /// A path to build from instead of a clone of HEAD.
    pub context: Option<PathBuf>,
    /// The Dockerfile, relative to the build folder.
    pub dockerfile: PathBuf,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg` each; an empty value is taken from this machine's environment.
    pub args: Vec<Pair>,
    /// Secrets mounted into build steps.
    pub secrets: Vec<SecretName>,
    /// `--ssh`.
    pub ssh: Option<String>,
    /// Where build steps are cached.
    pub cache: Option<BuildCache>,
    /// `--provenance`.
    pub provenance: Option<String>,
    /// `--sbom`.
    pub sbom: Option<bool>,
}

/// A cache beside the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum BuildCache {
    /// In the registry, as an image of its own.
    Registry {
        /// The image without registry, `IMAGE-build-cache` by default.
        image: String,
        /// Appended to `--cache-to`.
        options: Option<String>,
    },
    /// GitHub's cache.
    Gha {
        /// Appended to `--cache-to`; some go to `--cache-from` as well.
        options: Option<String>,
    },
}
