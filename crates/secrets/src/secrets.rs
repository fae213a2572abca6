//! The secrets of a run.

use std::{
    cell::Cell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use dhow_names::SecretName;
use dhow_redaction::{Redactor, Secret};

use crate::{
    CommandRunner, Expansion, Fetcher, SecretNotFound, SecretsError, SecretsFiles, SecretsWarning,
    Survey,
    entries::Entries,
    limits::{MOST_REPLACED, MOST_TEXT},
    reading::Reading,
};

/// A name this unlike any other is not a slip of the hand.
const LEAST_SIMILARITY: f64 = 0.7;

/// A shorter part of a value may be any word of a text, such as the name of a user.
const SHORTEST_PART: usize = 8;

/// Every secret that the files of a run set, helper variables included.
#[derive(Clone, Debug)]
pub struct Secrets {
    survey: Survey,
    entries: Entries,
    warnings: Vec<SecretsWarning>,
    /// What values were made of, and what was fetched beside them.
    parts: Vec<Secret>,
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
        let survey = Survey::read(files, working_folder)?;
        let mut fetcher = Fetcher::new(runner, environment);
        let mut entries = Entries::default();
        let mut warnings: Vec<SecretsWarning> = survey.warnings().cloned().collect();
        let mut parts = Vec::new();
        let (mut room, work) = (MOST_TEXT, Cell::new(MOST_REPLACED));
        for written in &survey.files {
            let mut reading = Reading {
                file: &written.file,
                environment,
                runner,
                fetcher: &mut fetcher,
                expansion,
                entries: Entries::default(),
                warnings: &mut warnings,
                printed: &mut parts,
                warned: 0,
                room: &mut room,
                work: &work,
            };
            reading.read_all(written.text.expose())?;
            entries.extend(reading.entries);
        }
        parts.extend(fetcher.values().cloned());
        parts.retain(|part| part.expose().len() >= SHORTEST_PART);
        warnings.sort_by_key(|warning| {
            let place = warning.place()?;
            let file = survey.files().position(|file| file == place.file);
            Some((file, place.line))
        });
        Ok(Self {
            survey,
            entries,
            warnings,
            parts,
        })
    }

    /// No secret at all, though there may be files that set some: for a run that needs none, whose commands
    /// nobody should be asked about.
    pub fn unread(files: &SecretsFiles, working_folder: &Path) -> Result<Self, SecretsError> {
        let survey = Survey::read(files, working_folder)?;
        Ok(Self {
            warnings: survey.warnings().cloned().collect(),
            survey,
            entries: Entries::default(),
            parts: Vec::new(),
        })
    }

    /// One secret. Empty text counts as found.
    pub fn get(&self, name: &SecretName) -> Result<&Secret, SecretNotFound> {
        self.entries
            .get(name.as_str())
            .ok_or_else(|| self.not_found(name))
    }

    fn not_found(&self, name: &SecretName) -> SecretNotFound {
        let found: Vec<PathBuf> = self.survey.files().map(Path::to_owned).collect();
        let any_file = !found.is_empty();
        SecretNotFound {
            name: name.clone(),
            files: if any_file {
                found
            } else {
                self.survey.possible_files.clone()
            },
            any_file,
            hint: self.hint(name),
        }
    }

    /// What may have been meant with a name that is not there.
    fn hint(&self, name: &SecretName) -> Option<String> {
        if let Some(place) = self.survey.place_in_unread(name) {
            let common = self.survey.possible_files.first()?.display();
            return Some(format!(
                "{place} sets it, but {} is not read for a destination; what all destinations share belongs \
                 into {common}",
                place.file.display()
            ));
        }
        let nearest = self.nearest(name)?;
        let place = self.survey.place_of(nearest)?;
        Some(format!("{place} sets '{nearest}'"))
    }

    fn nearest(&self, name: &SecretName) -> Option<&SecretName> {
        let wanted = name.as_str().to_uppercase();
        self.names()
            .map(|known| {
                let similarity = strsim::jaro_winkler(&known.as_str().to_uppercase(), &wanted);
                (similarity, known)
            })
            .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, known)| known)
    }

    /// The names, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.entries.iter().map(|(name, _)| name)
    }

    /// Names and secrets, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.entries.iter()
    }

    /// A filter that takes all of them out of a text, with what they were made of and `others`.
    pub fn redactor<'a>(&'a self, others: impl IntoIterator<Item = &'a Secret>) -> Redactor {
        let own = self.iter().map(|(_, secret)| secret);
        Redactor::new(own.chain(&self.parts).chain(others))
    }

    /// What a person should look at, in the order of the files.
    pub fn warnings(&self) -> &[SecretsWarning] {
        &self.warnings
    }

    /// The files as they are written.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }
}

#[cfg(test)]
mod tests;
