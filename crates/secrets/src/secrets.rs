//! The secrets of a run.

use std::{collections::BTreeMap, io, os::unix::fs::PermissionsExt, path::Path, path::PathBuf};

use dhow_names::SecretName;
use dhow_redaction::{Redactor, Secret};
use fs_err as fs;

use crate::{
    Place, SecretNotFound, SecretsError, SecretsFiles, SecretsWarning, Substitution,
    assignment::{Assignment, assignments},
    expansion::{self, Piece, has_open_command, holds_variables, pieces},
    value::{Unquoted, unquote},
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
}

/// Names in the order they were first set, each with its last value.
#[derive(Clone, Debug, Default)]
struct Entries(Vec<(SecretName, Secret)>);

impl Entries {
    fn get(&self, name: &str) -> Option<&Secret> {
        let entry = self.0.iter().find(|(known, _)| known.as_str() == name);
        entry.map(|(_, secret)| secret)
    }

    fn set(&mut self, name: SecretName, secret: Secret) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = secret,
            None => self.0.push((name, secret)),
        }
    }
}

impl Secrets {
    /// Reads the files, relative to `working_folder`, and runs every command in them; to be called once per
    /// run, and only when a secret is needed. `environment` gives the variables that a file does not set
    /// itself. A file cannot refer to the other one (secrets-and-hooks §1).
    pub fn load(
        files: &SecretsFiles,
        environment: &BTreeMap<String, String>,
        working_folder: &Path,
        substitution: &mut impl Substitution,
    ) -> Result<Self, SecretsError> {
        let mut secrets = Self {
            entries: Entries::default(),
            found_files: Vec::new(),
            possible_files: files.in_order().map(PathBuf::clone).to_vec(),
            warnings: Vec::new(),
        };
        for file in files.in_order() {
            let Some(text) = read(file, working_folder, &mut secrets.warnings)? else {
                continue;
            };
            secrets.found_files.push(file.clone());
            let mut reading = Reading {
                file,
                environment,
                substitution,
                entries: Entries::default(),
                warnings: &mut secrets.warnings,
            };
            reading.read_all(&text)?;
            for (name, secret) in reading.entries.0 {
                secrets.entries.set(name, secret);
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
        self.entries.0.iter().map(|(name, _)| name)
    }

    /// Names and secrets, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = (&SecretName, &Secret)> {
        self.entries.0.iter().map(|(name, secret)| (name, secret))
    }

    /// A filter that takes all of them out of a text.
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.entries.0.iter().map(|(_, secret)| secret))
    }

    /// What a person should look at.
    pub fn warnings(&self) -> &[SecretsWarning] {
        &self.warnings
    }

    /// The files that were there to read, as they were named.
    pub fn files(&self) -> &[PathBuf] {
        &self.found_files
    }
}

/// The text of a file with plain line ends, or nothing when there is no such file.
fn read(
    file: &Path,
    working_folder: &Path,
    warnings: &mut Vec<SecretsWarning>,
) -> Result<Option<String>, SecretsError> {
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
    if mode & 0o077 != 0 {
        warnings.push(SecretsWarning::ReadableByOthers {
            file: file.to_owned(),
            mode,
        });
    }
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
    Ok(Some(text.replace("\r\n", "\n").replace('\r', "\n")))
}

/// One file while it is read.
struct Reading<'run, S> {
    file: &'run Path,
    environment: &'run BTreeMap<String, String>,
    substitution: &'run mut S,
    entries: Entries,
    warnings: &'run mut Vec<SecretsWarning>,
}

impl<S: Substitution> Reading<'_, S> {
    fn read_all(&mut self, text: &str) -> Result<(), SecretsError> {
        let (found, skipped) = assignments(text);
        for line in skipped {
            let place = self.place(line);
            self.warnings.push(SecretsWarning::SkippedLine { place });
        }
        for assignment in found {
            self.assign(&assignment)?;
        }
        Ok(())
    }

    fn place(&self, line: usize) -> Place {
        Place {
            file: self.file.to_owned(),
            line,
        }
    }

    fn assign(&mut self, assignment: &Assignment<'_>) -> Result<(), SecretsError> {
        let name: SecretName = assignment
            .name
            .parse()
            .expect("letters, digits, `_` and `.` make a name of a secret");
        let place = self.place(assignment.line);
        if assignment.exported && assignment.value.is_none() {
            return match self.entries.get(name.as_str()) {
                Some(_) => Ok(()),
                None => Err(SecretsError::NothingToExport { place, name }),
            };
        }
        let known_warnings = self.warnings.len();
        let value = match unquote(assignment.value.unwrap_or_default(), self.breaks_lines()) {
            Unquoted::Literal(text) => Secret::new(text),
            Unquoted::Open(text) if assignment.comment_follows && has_open_command(&text) => {
                return Err(SecretsError::CutCommand { place, name });
            }
            Unquoted::Open(text) => self.expand(&text, &name, &place)?,
        };
        if value.is_empty() && self.warnings.len() == known_warnings {
            self.warnings.push(SecretsWarning::Empty {
                place,
                name: name.clone(),
            });
        }
        self.entries.set(name, value);
        Ok(())
    }

    /// dotenv's switch for its older reading of `\n` (secrets-and-hooks §2.2).
    fn breaks_lines(&self) -> bool {
        self.look_up("DOTENV_LINEBREAK_MODE").as_deref() == Some("legacy")
    }

    fn look_up(&self, name: &str) -> Option<String> {
        match self.entries.get(name) {
            Some(secret) => Some(secret.expose().to_owned()),
            None => self.environment.get(name).cloned(),
        }
    }

    fn expand(
        &mut self,
        text: &str,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, SecretsError> {
        if has_open_command(text) {
            self.warnings.push(SecretsWarning::OpenCommand {
                place: place.clone(),
                name: name.clone(),
            });
        }
        let mut value = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => value.push_str(&self.replace_variables(text, name, place)),
                Piece::Command(command) => {
                    value.push_str(self.run(command, name, place)?.expose());
                }
            }
        }
        Ok(Secret::new(value))
    }

    fn replace_variables(&mut self, text: &str, name: &SecretName, place: &Place) -> String {
        let mut unset = Vec::new();
        let replaced = expansion::replace_variables(text, |variable| {
            self.look_up(variable).unwrap_or_else(|| {
                unset.push(SecretsWarning::UnsetVariable {
                    place: place.clone(),
                    name: name.clone(),
                    variable: variable.to_owned(),
                });
                String::new()
            })
        });
        self.warnings.extend(unset);
        replaced
    }

    fn run(
        &mut self,
        command: &str,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, SecretsError> {
        let expanded = Secret::new(self.replace_variables(command, name, place));
        let (place, name, command) = (place.clone(), name.clone(), command.to_owned());
        if runs_inside(expanded.expose()) {
            return Err(SecretsError::NotSupportedYet {
                place,
                name,
                command,
            });
        }
        match self.substitution.run(&expanded) {
            Ok(output) => {
                if holds_variables(output.expose()) {
                    self.warnings
                        .push(SecretsWarning::OutputKeptLiteral { place, name });
                }
                Ok(output)
            }
            Err(source) => Err(SecretsError::Substitution {
                place,
                name,
                command,
                source,
            }),
        }
    }
}

/// Whether a command is one of the tool's own, which Kamal runs in its own process
/// (secrets-and-hooks §3.1).
fn runs_inside(command: &str) -> bool {
    let rest = ["kamal", "dhow"]
        .iter()
        .find_map(|tool| command.trim_start().strip_prefix(tool));
    let rest = rest.and_then(|rest| rest.trim_start().strip_prefix("secrets"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

#[cfg(test)]
mod tests;
