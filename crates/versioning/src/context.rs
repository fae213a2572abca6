//! The folder that is built where no clone is.

use std::path::{Path, PathBuf};

use crate::{IgnoreRules, IgnoreRulesError, ignored::beside};

/// A folder of this machine whose files are built as they lie there (`builder.context`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildContext {
    folder: PathBuf,
    dockerfile: Option<PathBuf>,
}

impl BuildContext {
    /// A context with the Dockerfile that builds it. Without a Dockerfile, as buildpacks have it, every file of the
    /// folder counts. Both paths are absolute.
    pub fn new(folder: &Path, dockerfile: Option<&Path>) -> Self {
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // A Dockerfile that is a link is known to git, and to Docker, by the place of the link.
        let in_place = |path: &Path| match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => canonical(parent).join(name),
            _ => path.to_owned(),
        };
        Self {
            folder: canonical(folder),
            dockerfile: dockerfile.map(in_place),
        }
    }

    /// What of it the build sees.
    pub(crate) fn sight(&self) -> Result<Sight<'_>, IgnoreRulesError> {
        let rules = match &self.dockerfile {
            Some(dockerfile) => IgnoreRules::read(&self.folder, dockerfile)?,
            None => IgnoreRules::default(),
        };
        Ok(Sight {
            context: self,
            rules,
        })
    }
}

/// Which files of a context a build sees.
#[derive(Debug)]
pub(crate) struct Sight<'a> {
    context: &'a BuildContext,
    rules: IgnoreRules,
}

impl Sight<'_> {
    /// Whether the image depends on what lies at an absolute path. The Dockerfile and the ignore files count
    /// wherever they lie and whatever they say of themselves.
    pub(crate) fn sees(&self, path: &Path) -> bool {
        let BuildContext { folder, dockerfile } = self.context;
        if let Some(dockerfile) = dockerfile
            && (path == dockerfile
                || path == beside(dockerfile)
                || path == folder.join(".dockerignore"))
        {
            return true;
        }
        match path.strip_prefix(folder) {
            Ok(inside) => !self.rules.leaves_out(inside),
            // A repository around the context that is a part of another one.
            Err(_) => folder.starts_with(path),
        }
    }
}
