//! The files a deploy is described in, as they lie on the disk.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use dhow_erb::{Runtime, StagedRuntime};
use dhow_names::Destination;

use crate::{
    source::{Layer, SourceFile},
    template::DeployFile,
    tree::{Meaning, parse},
};

/// So much of a file is read at all. What is not taken is told with its place, as long as it is no larger.
const LONGEST: usize = 16 * 1024 * 1024;

/// The text of the base file and of the destination's, each rendered once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// `config/deploy.yml`, or what `-c` names.
    pub(crate) base: DeployFile,
    /// `config/deploy.DESTINATION.yml`, when a destination was named.
    pub(crate) destination: Option<DeployFile>,
}

/// A deploy file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no base file.
    #[error(
        "Configuration file not found in {}; `dhow init` writes one, and `-c FILE` names another",
        path.display()
    )]
    NoBase {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is no file for the destination.
    #[error("Configuration file not found in {}; {}", path.display(), destinations_that_exist(known))]
    NoDestination {
        /// Where it was looked for.
        path: PathBuf,
        /// The destinations that have a file.
        known: Vec<String>,
    },
    /// The file is far larger than any deploy file.
    #[error("{} has more than {LONGEST} bytes, which is no deploy file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("reading {} failed", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn destinations_that_exist(known: &[String]) -> String {
    if known.is_empty() {
        "no destination has a file yet: write this one, or leave `-d` away".to_owned()
    } else {
        format!("destinations that have a file: {}", known.join(", "))
    }
}

impl Sources {
    /// Reads `config_file`, relative to the absolute path `project`, and the destination's file beside it, and
    /// renders the ERB tags in them, the base first (config §1.1, §1.2). `runtime` is what the tags see of the
    /// world; `KAMAL_DESTINATION` is set in it, or removed.
    pub fn read(
        project: &Path,
        config_file: &Path,
        destination: Option<&Destination>,
        runtime: &mut dyn Runtime,
    ) -> Result<Self, ReadError> {
        let base = read_one(project, config_file)?.ok_or_else(|| ReadError::NoBase {
            path: project.join(config_file),
        })?;
        let Some(destination) = destination else {
            return Ok(Self::rendered(base, None, runtime));
        };
        let path = Self::destination_file(config_file, destination.as_str());
        let Some(over) = read_one(project, &path)? else {
            return Err(ReadError::NoDestination {
                path: project.join(&path),
                known: Self::destinations(project, config_file),
            });
        };
        Ok(Self::rendered(base, Some((destination, over)), runtime))
    }

    /// The same from texts in hand, under the names `config/deploy.yml` and `config/deploy.DESTINATION.yml`.
    /// ERB tags in them find no variables, commands or files.
    pub fn of_text(base: &str, destination: Option<(&Destination, &str)>) -> Self {
        Self::of_templates(base, destination, &mut StagedRuntime::default())
    }

    /// The same for texts whose ERB tags ask `runtime`.
    pub fn of_templates(
        base: &str,
        destination: Option<(&Destination, &str)>,
        runtime: &mut dyn Runtime,
    ) -> Self {
        let path = Path::new("config/deploy.yml");
        let base = SourceFile {
            path: path.to_owned(),
            text: base.to_owned(),
        };
        let over = destination.map(|(name, text)| {
            let over = SourceFile {
                path: Self::destination_file(path, name.as_str()),
                text: text.to_owned(),
            };
            (name, over)
        });
        Self::rendered(base, over, runtime)
    }

    /// The files as they are written, the base first.
    pub fn written(&self) -> impl Iterator<Item = &SourceFile> {
        let files = std::iter::once(&self.base).chain(&self.destination);
        files.map(|file| &file.source)
    }

    /// Whether the base says that it is of no use without a destination. A base that is broken says nothing.
    pub fn requires_destination(&self) -> bool {
        let rendered = self.base.rendered.as_ref().ok();
        let root = rendered.and_then(|rendered| parse(&rendered.text, Layer::Base).root);
        let entry = root
            .as_ref()
            .and_then(|root| root.entry("require_destination"));
        let scalar = entry.and_then(|entry| entry.value.scalar());
        scalar.is_some_and(|scalar| scalar.meaning() == Meaning::Boolean(true))
    }

    /// The file of a destination: `config/deploy.yml` becomes `config/deploy.staging.yml`; the ending always is
    /// `.yml` (config §1.1).
    pub fn destination_file(config_file: &Path, destination: &str) -> PathBuf {
        let stem = config_file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        config_file.with_file_name(format!("{stem}.{destination}.yml"))
    }

    /// The destinations that have a file beside `config_file`, in order, whether or not their names can be one; none
    /// when the folder cannot be read.
    pub fn destinations(project: &Path, config_file: &Path) -> Vec<String> {
        let base = project.join(config_file);
        let stem = base.file_stem().unwrap_or_default().to_string_lossy();
        let prefix = format!("{stem}.");
        let Some(entries) = base.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
            return Vec::new();
        };
        let mut known: Vec<String> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let destination = name.strip_prefix(&prefix)?.strip_suffix(".yml")?;
                Some(destination.to_owned())
            })
            .collect();
        known.sort();
        known
    }

    fn rendered(
        base: SourceFile,
        over: Option<(&Destination, SourceFile)>,
        runtime: &mut dyn Runtime,
    ) -> Self {
        let destination = over
            .as_ref()
            .map(|(destination, _)| destination.to_string());
        runtime.set_variable("KAMAL_DESTINATION", destination.as_deref());
        Self {
            base: DeployFile::render(base, runtime),
            destination: over.map(|(_, file)| DeployFile::render(file, runtime)),
        }
    }
}

fn read_one(project: &Path, path: &Path) -> Result<Option<SourceFile>, ReadError> {
    match read_bounded(&project.join(path)) {
        Ok(bytes) if bytes.len() > LONGEST => Err(ReadError::TooLarge {
            path: project.join(path),
        }),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(SourceFile {
                path: path.to_owned(),
                text,
            })),
            Err(error) => Err(ReadError::Unreadable {
                path: project.join(path),
                source: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReadError::Unreadable {
            path: project.join(path),
            source,
        }),
    }
}

/// One byte more than allowed at most, so that too much can be told from just enough.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path)?.take(LONGEST as u64 + 1);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
