//! The secrets of a run.

use std::{collections::BTreeMap, io, os::unix::fs::PermissionsExt, path::Path, path::PathBuf};

use dhow_names::SecretName;
use dhow_redaction::{Redactor, Secret};
use fs_err as fs;

use crate::{
    CommandRunner, Expansion, Fetcher, Place, SecretNotFound, SecretsError, SecretsFiles,
    SecretsWarning, entries::Entries, reading::Reading,
};

/// A name this unlike any other is not a slip of the hand.
const LEAST_SIMILARITY: f64 = 0.7;

/// Every secret that the files of a run set, helper variables included.
#[derive(Clone, Debug)]
pub struct Secrets {
    entries: Entries,
    found_files: Vec<PathBuf>,
    possible_files: Vec<PathBuf>,
    warnings: Vec<SecretsWarning>,
    literals: Vec<(Place, SecretName)>,
}

impl Secrets {
    /// Reads the files, relative to `working_folder`, and runs every command in them; to be called once per
    /// run, and only when a secret is needed. `environment` gives the variables that a file does not set
    /// itself. A file cannot refer to the other one (secrets-and-hooks §1). What password managers are asked
    /// for, they are asked for once, whatever the number of places that need it.
    pub fn load(
        files: &SecretsFiles,
        environment: &BTreeMap<String, String>,
        working_folder: &Path,
        runner: &dyn CommandRunner,
        expansion: Expansion,
    ) -> Result<Self, SecretsError> {
        let mut secrets = Self {
            entries: Entries::default(),
            found_files: Vec::new(),
            possible_files: files.in_order().map(PathBuf::clone).to_vec(),
            warnings: Vec::new(),
            literals: Vec::new(),
        };
        let mut fetcher = Fetcher::new(runner, environment);
        for file in files.in_order() {
            let Some((text, mode)) = read(file, working_folder)? else {
                continue;
            };
            secrets.found_files.push(file.clone());
            let known_warnings = secrets.warnings.len();
            let mut reading = Reading {
                file,
                environment,
                runner,
                fetcher: &mut fetcher,
                expansion,
                entries: Entries::default(),
                warnings: &mut secrets.warnings,
                literals: &mut secrets.literals,
                writes_values: false,
            };
            reading.read_all(&text)?;
            let (entries, writes_values) = (reading.entries, reading.writes_values);
            secrets.entries.extend(entries);
            // A file that only says where secrets come from may be read by anybody, as git leaves it.
            if writes_values && mode & 0o077 != 0 {
                let file = file.clone();
                let warning = SecretsWarning::ReadableByOthers { file, mode };
                secrets.warnings.insert(known_warnings, warning);
            }
        }
        Ok(secrets)
    }

    /// One secret. Empty text counts as found.
    pub fn get(&self, name: &SecretName) -> Result<&Secret, SecretNotFound> {
        self.entries
            .get(name.as_str())
            .ok_or_else(|| SecretNotFound {
                name: name.clone(),
                found_files: self.found_files.clone(),
                possible_files: self.possible_files.clone(),
                nearest: self.nearest(name),
            })
    }

    fn nearest(&self, name: &SecretName) -> Option<SecretName> {
        let wanted = name.as_str().to_uppercase();
        self.names()
            .map(|known| {
                let similarity = strsim::jaro_winkler(&known.as_str().to_uppercase(), &wanted);
                (similarity, known)
            })
            .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, known)| known.clone())
    }

    /// The names, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.entries.iter().map(|(name, _)| name)
    }

    /// Names and secrets, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.entries.iter()
    }

    /// A filter that takes all of them out of a text.
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.entries.iter().map(|(_, secret)| secret))
    }

    /// What a person should look at.
    pub fn warnings(&self) -> &[SecretsWarning] {
        &self.warnings
    }

    /// A warning for each value that looks like a secret and is written out in a file that git tracks.
    pub fn committed(&self, is_tracked: impl Fn(&Path) -> bool) -> Vec<SecretsWarning> {
        self.literals
            .iter()
            .filter(|(place, _)| is_tracked(&place.file))
            .map(|(place, name)| SecretsWarning::Committed {
                place: place.clone(),
                name: name.clone(),
            })
            .collect()
    }

    /// The files that were there to read, as they were named.
    pub fn files(&self) -> &[PathBuf] {
        &self.found_files
    }
}

/// The text of a file with plain line ends and its permission bits, or nothing when there is no such file.
fn read(file: &Path, working_folder: &Path) -> Result<Option<(String, u32)>, SecretsError> {
    let path = working_folder.join(file);
    let failed = |source| SecretsError::Read {
        file: file.to_owned(),
        source,
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
    let text = String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + String::from_utf8_lossy(read).matches('\n').count();
        SecretsError::NotText {
            place: Place {
                file: file.to_owned(),
                line,
            },
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok(Some((text, mode)))
}

#[cfg(test)]
mod tests;
