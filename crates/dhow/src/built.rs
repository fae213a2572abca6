//! What a build has made, as the builder tells it.

use std::path::Path;

use dhow_names::Digest;
use serde::Deserialize;
use tempfile::NamedTempFile;

use crate::{
    build_log,
    environment::Environment,
    failure::{Failure, Kind},
};

/// What a build has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Built {
    /// The image as registries know it: the digest of its manifest, or of its index. None when the image went
    /// nowhere that a registry could tell it from others.
    pub(crate) digest: Option<Digest>,
}

/// The file in which buildx writes down what it has made.
#[derive(Debug)]
pub(crate) struct Metadata(NamedTempFile);

impl Metadata {
    /// A file in the user's cache folder, since a `docker` from a package with a `/tmp` of its own would not find
    /// one there.
    pub(crate) fn within(environment: &Environment) -> Result<Self, Failure> {
        let folder = build_log::folder(environment)?;
        NamedTempFile::new_in(&folder).map(Self).map_err(|error| {
            let headline = format!("{} cannot be written", folder.display());
            Failure::new(Kind::Machine, headline).because(&error)
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The image that was built.
    pub(crate) fn digest(&self) -> Result<Digest, Failure> {
        // Buildx puts a new file in the place of this one.
        let text = fs_err::read_to_string(self.path()).map_err(|error| untold(&error))?;
        digest_in(&text)
    }
}

/// The image that was built, from what buildx wrote down.
pub(crate) fn digest_in(text: &str) -> Result<Digest, Failure> {
    #[derive(Deserialize)]
    struct Told {
        #[serde(rename = "containerimage.digest")]
        digest: Digest,
    }
    let told: Told = serde_json::from_str(text).map_err(|error| untold(&error))?;
    Ok(told.digest)
}

fn untold(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(Kind::Step, "the build did not say what it has built").because(error)
}
