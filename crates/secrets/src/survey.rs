//! What the secrets files say, as they are written. Nothing in them is run.

use std::{
    io::{self, Read as _},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use dhow_names::SecretName;
use dhow_redaction::{Secret, looks_secret};
use fs_err as fs;

use crate::{
    Place, SecretsError, SecretsFiles, SecretsWarning,
    assignment::{Assignment, assignments},
    expansion::has_open_command,
    limits::{LONGEST_FILE, MOST_ASSIGNMENTS, MOST_WARNINGS},
    value::{Unquoted, unquote},
};

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// The secrets files of a run, read but not carried out.
#[derive(Clone, Debug)]
pub struct Survey {
    pub(crate) files: Vec<WrittenFile>,
    pub(crate) possible_files: Vec<PathBuf>,
    /// The plain file, where only that of a destination is read.
    unread: Option<WrittenFile>,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct WrittenFile {
    /// As it was named.
    pub(crate) file: PathBuf,
    /// The whole text, with plain line ends.
    pub(crate) text: Secret,
    mode: u32,
    entries: Vec<Entry>,
    warnings: Vec<SecretsWarning>,
}

/// One assignment.
#[derive(Clone, Debug)]
struct Entry {
    place: Place,
    name: SecretName,
    /// The value, where it is written out instead of where it comes from.
    written_out: Option<Secret>,
}

impl Survey {
    /// Reads the files, relative to `folder`; neither needs to be there. What can be told to be wrong without
    /// running anything is an error.
    pub fn read(files: &SecretsFiles, folder: &Path) -> Result<Self, SecretsError> {
        let mut found = Vec::new();
        for file in files.in_order() {
            found.extend(WrittenFile::read(file, folder)?);
        }
        let unread = files.unread.as_ref();
        Ok(Self {
            files: found,
            possible_files: files.in_order().map(PathBuf::clone).to_vec(),
            // It only serves to explain; what is wrong with it is nobody's matter here.
            unread: unread.and_then(|file| WrittenFile::read(file, folder).ok().flatten()),
        })
    }

    /// The files that were there to read, as they were named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.file.as_path())
    }

    /// Where a name is set; the last place is the one that counts.
    pub fn place_of(&self, name: &SecretName) -> Option<&Place> {
        let mut files = self.files.iter().rev();
        files.find_map(|file| file.place_of(name))
    }

    /// Where a name is set in the plain file, which is not read for a destination.
    pub(crate) fn place_in_unread(&self, name: &SecretName) -> Option<&Place> {
        self.unread.as_ref()?.place_of(name)
    }

    /// What a person should look at, whoever may read the files.
    pub fn warnings(&self) -> impl Iterator<Item = &SecretsWarning> {
        self.files.iter().flat_map(|file| &file.warnings)
    }

    /// A warning for each file that others can read though it holds secrets, and for each secret that is
    /// written out in a file that git tracks. A file that only says where secrets come from may be read by
    /// everybody, as git leaves it. `is_needed` says whether the deploy file asks for a name.
    pub fn exposed(
        &self,
        is_tracked: impl Fn(&Path) -> bool,
        is_needed: impl Fn(&SecretName) -> bool,
    ) -> Vec<SecretsWarning> {
        let mut warnings = Vec::new();
        for written in &self.files {
            let is_tracked = is_tracked(&written.file);
            let (secrets, harmless): (Vec<_>, Vec<_>) = written
                .values_written_out()
                .partition(|(entry, value)| is_needed(&entry.name) || is_secret(entry, value));
            // In a file that everybody gets with the repository, an account's name gives nothing away.
            let is_private = !secrets.is_empty() || (!is_tracked && !harmless.is_empty());
            if is_private && written.mode & OTHERS != 0 {
                warnings.push(SecretsWarning::ReadableByOthers {
                    file: written.file.clone(),
                    mode: written.mode,
                });
            }
            if is_tracked {
                let committed = |(entry, _): (&Entry, _)| SecretsWarning::Committed {
                    place: entry.place.clone(),
                    name: entry.name.clone(),
                };
                warnings.extend(secrets.into_iter().map(committed));
            }
        }
        warnings
    }
}

fn is_secret(entry: &Entry, value: &Secret) -> bool {
    looks_secret(entry.name.as_str(), value.expose())
}

impl WrittenFile {
    /// The file, or nothing when there is none.
    fn read(file: &Path, folder: &Path) -> Result<Option<Self>, SecretsError> {
        let path = folder.join(file);
        let failed = |source| SecretsError::Read {
            file: file.to_owned(),
            source,
        };
        let bytes = match read_bounded(&path) {
            Ok(bytes) if bytes.len() > LONGEST_FILE => {
                let file = file.to_owned();
                return Err(SecretsError::TooLarge { file });
            }
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
        let mut written = Self {
            file: file.to_owned(),
            text: text(file, bytes)?,
            mode,
            entries: Vec::new(),
            warnings: Vec::new(),
        };
        written.look_through()?;
        Ok(Some(written))
    }

    fn look_through(&mut self) -> Result<(), SecretsError> {
        let text = self.text.clone();
        let (found, skipped) = assignments(text.expose());
        if let Some(beyond) = found.get(MOST_ASSIGNMENTS) {
            let place = self.place(beyond.line);
            return Err(SecretsError::TooMany { place });
        }
        for assignment in &found {
            self.take(assignment)?;
        }
        let skipped = skipped.into_iter().map(|line| SecretsWarning::SkippedLine {
            place: self.place(line),
        });
        let skipped: Vec<_> = skipped.take(MOST_WARNINGS).collect();
        self.warnings.extend(skipped);
        self.warnings.truncate(MOST_WARNINGS);
        Ok(())
    }

    fn place(&self, line: usize) -> Place {
        Place {
            file: self.file.clone(),
            line,
        }
    }

    fn take(&mut self, assignment: &Assignment<'_>) -> Result<(), SecretsError> {
        let (name, place) = (assignment.secret_name(), self.place(assignment.line));
        if assignment.only_exports() {
            let is_set = self.entries.iter().any(|entry| entry.name == name);
            return if is_set {
                Ok(())
            } else {
                Err(SecretsError::NothingToExport { place, name })
            };
        }
        // How dotenv breaks lines changes neither of what is looked for.
        let written_out = match unquote(assignment.value.unwrap_or_default(), false) {
            Unquoted::Literal(text) => Some(text),
            Unquoted::Open(text) if has_open_command(&text) => {
                if assignment.is_cut() {
                    return Err(SecretsError::CutCommand { place, name });
                }
                self.warnings.push(SecretsWarning::OpenCommand {
                    place: place.clone(),
                    name: name.clone(),
                });
                None
            }
            Unquoted::Open(text) => Some(text).filter(|text| !text.contains('$')),
        };
        if written_out.as_deref() == Some("") {
            let (place, name) = (place.clone(), name.clone());
            self.warnings.push(if assignment.is_bare {
                SecretsWarning::BareWord { place }
            } else {
                SecretsWarning::Empty { place, name }
            });
        }
        self.entries.push(Entry {
            place,
            name,
            written_out: written_out.map(Secret::new),
        });
        Ok(())
    }

    fn place_of(&self, name: &SecretName) -> Option<&Place> {
        let mut entries = self.entries.iter().rev();
        entries
            .find(|entry| entry.name == *name)
            .map(|entry| &entry.place)
    }

    fn values_written_out(&self) -> impl Iterator<Item = (&Entry, &Secret)> {
        self.entries.iter().filter_map(|entry| {
            let value = entry.written_out.as_ref()?;
            (!value.is_empty()).then_some((entry, value))
        })
    }
}

/// One byte more than allowed at most, so that too much can be told from just enough.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path)?.take(LONGEST_FILE as u64 + 1);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file without its byte order mark and with plain line ends (secrets-and-hooks §2.1).
fn text(file: &Path, bytes: Vec<u8>) -> Result<Secret, SecretsError> {
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
    Ok(Secret::new(text.replace("\r\n", "\n").replace('\r', "\n")))
}

#[cfg(test)]
mod tests;
