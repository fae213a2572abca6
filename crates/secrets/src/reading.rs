//! One secrets file while it is read, assignment by assignment.

use std::{cell::Cell, collections::BTreeMap, error::Error, path::Path};

use dhow_names::SecretName;
use dhow_redaction::{Redactor, Secret};
use indexmap::IndexSet;

use crate::{
    CommandRunner, Expansion, FetchRequest, Fetcher, Place, SecretsError, SecretsWarning,
    assignment::{Assignment, assignments},
    entries::Entries,
    expansion::{self, Piece, holds_variables, pieces, variables},
    extract::extract,
    inline::{self, Inline, runs_inside},
    limits::{MOST_WARNINGS, TooMuchText},
    problem::Told,
    shell::{ShellCommand, chomp},
    value::{Unquoted, unquote},
    words,
};

/// How many assignments behind one are looked at for what they fetch.
const FURTHEST: usize = 64;

/// One file while it is read.
pub(crate) struct Reading<'file, 'run> {
    pub(crate) file: &'file Path,
    pub(crate) environment: &'run BTreeMap<String, String>,
    pub(crate) runner: &'run dyn CommandRunner,
    pub(crate) fetcher: &'file mut Fetcher<'run>,
    pub(crate) expansion: Expansion,
    pub(crate) entries: Entries,
    pub(crate) warnings: &'file mut Vec<SecretsWarning>,
    /// What commands printed, which may be only a part of a value.
    pub(crate) printed: &'file mut Vec<Secret>,
    /// How many warnings came of it.
    pub(crate) warned: usize,
    /// How many bytes the values may still have.
    pub(crate) room: &'file mut usize,
    /// How many bytes may still be made on the way to them.
    pub(crate) work: &'file Cell<usize>,
}

impl Reading<'_, '_> {
    pub(crate) fn read_all(&mut self, text: &str) -> Result<(), SecretsError> {
        let (found, _) = assignments(text);
        for (position, assignment) in found.iter().enumerate() {
            self.fetch_ahead(&found[position..]);
            self.assign(assignment)?;
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
        if assignment.only_exports() {
            return Ok(());
        }
        let (name, place) = (assignment.secret_name(), self.place(assignment.line));
        let known_warnings = self.warnings.len();
        let value = match unquote(assignment.value.unwrap_or_default(), self.breaks_lines()) {
            Unquoted::Literal(text) => Secret::new(text),
            Unquoted::Open(text) => {
                let value = self.expand(&text, &name, &place)?;
                // A value that is written out was looked at already.
                if value.is_empty() && !text.is_empty() && self.warnings.len() == known_warnings {
                    let (name, place) = (name.clone(), place.clone());
                    self.warn(SecretsWarning::Empty { place, name });
                }
                value
            }
        };
        match self.room.checked_sub(value.expose().len()) {
            Some(room) => *self.room = room,
            None => return Err(SecretsError::TooMuchText { place, name }),
        }
        self.entries.set(name, value);
        Ok(())
    }

    fn warn(&mut self, warning: SecretsWarning) {
        if self.warned < MOST_WARNINGS {
            self.warned += 1;
            self.warnings.push(warning);
        }
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
        let too_much = |_: TooMuchText| SecretsError::TooMuchText {
            place: place.clone(),
            name: name.clone(),
        };
        let mut value = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => {
                    let replaced = self
                        .replace_variables(text, name, place)
                        .map_err(too_much)?;
                    value.push_str(match self.expansion {
                        Expansion::Literal => &replaced,
                        Expansion::Kamal => text,
                    });
                }
                Piece::Command(command) => {
                    value.push_str(self.run(command, name, place)?.expose());
                }
            }
            if value.len() > *self.room {
                return Err(too_much(TooMuchText));
            }
        }
        if self.expansion == Expansion::Kamal {
            // Without warnings: what looks like a variable may be a part of a password.
            value = self.replace_silently(&value).map_err(too_much)?;
        }
        Ok(Secret::new(value))
    }

    fn replace_silently(&self, text: &str) -> Result<String, TooMuchText> {
        self.replaced(text, |name, _| self.look_up(name).unwrap_or_default())
    }

    fn replace_variables(
        &mut self,
        text: &str,
        name: &SecretName,
        place: &Place,
    ) -> Result<String, TooMuchText> {
        let mut unset = IndexSet::new();
        let replaced = self.replaced(text, |variable, _| {
            self.look_up(variable).unwrap_or_else(|| {
                unset.insert(variable);
                String::new()
            })
        });
        for variable in unset {
            self.warn(SecretsWarning::UnsetVariable {
                place: place.clone(),
                name: name.clone(),
                variable: variable.to_owned(),
            });
        }
        replaced
    }

    /// The text with what `look_up` gives for its variables, as long as there is room for it.
    fn replaced<'text>(
        &self,
        text: &'text str,
        mut look_up: impl FnMut(&'text str, &'text str) -> String,
    ) -> Result<String, TooMuchText> {
        let mut room = Some(*self.room);
        let replaced = expansion::replace_variables(text, |variable, reference| {
            if room.is_none() {
                return String::new();
            }
            let value = look_up(variable, reference);
            room = room.and_then(|room| room.checked_sub(value.len()));
            value
        });
        let work = self.work.get().checked_sub(replaced.len());
        self.work.set(work.unwrap_or(0));
        room.and(work).map(|_| replaced).ok_or(TooMuchText)
    }

    fn run(
        &mut self,
        command: &str,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, SecretsError> {
        let too_much = |_: TooMuchText| SecretsError::TooMuchText {
            place: place.clone(),
            name: name.clone(),
        };
        let silently = self.replace_silently(command).map_err(too_much)?;
        if runs_inside(command) || runs_inside(&silently) {
            let expanded = self.replace_variables(command, name, place);
            let expanded = Secret::new(expanded.map_err(too_much)?);
            return self.run_inside(command, &expanded, name, place);
        }
        let command = ShellCommand {
            written: command,
            pasted: self.pasted(command, name, place).map_err(too_much)?,
        };
        match command.run(self.runner) {
            Ok(output) => {
                self.printed.push(output.clone());
                Ok(self.kept(output, name, place))
            }
            Err(source) => Err(SecretsError::Substitution {
                place: place.clone(),
                name: name.clone(),
                program: command.program(),
                source,
            }),
        }
    }

    /// A command for a shell with the values of variables in it. Kamal puts nothing in the place of one that
    /// is not set; here the shell is left to find it empty, so that `'{print $1}'` stays what it is.
    fn pasted(
        &mut self,
        command: &str,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, TooMuchText> {
        if self.expansion == Expansion::Kamal {
            return self
                .replace_variables(command, name, place)
                .map(Secret::new);
        }
        let pasted = self.replaced(command, |variable, reference| {
            self.look_up(variable)
                .unwrap_or_else(|| reference.to_owned())
        })?;
        let unset = ShellCommand {
            written: command,
            pasted: Secret::new(command),
        };
        for variable in unset.variables_of_the_shell() {
            if self.look_up(&variable).is_none() {
                self.warn(SecretsWarning::UnsetVariable {
                    place: place.clone(),
                    name: name.clone(),
                    variable,
                });
            }
        }
        Ok(Secret::new(pasted))
    }

    /// Does what one of our own commands says.
    fn run_inside(
        &mut self,
        command: &str,
        expanded: &Secret,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, SecretsError> {
        match inline::parse(expanded) {
            Ok(Inline::Fetch(request)) => {
                let fetched = self.fetcher.fetch(&request);
                fetched
                    .map(|fetched| fetched.to_inline_json())
                    .map_err(|error| self.told(&error, command, name, place))
            }
            Ok(Inline::Extract { name: key, json }) => {
                let value = extract(&key, &json)
                    .map_err(|error| self.told(&error, command, name, place))?;
                Ok(self.kept(Secret::new(chomp(value.expose())), name, place))
            }
            Err(error) => Err(self.told(&error, command, name, place)),
        }
    }

    fn told(
        &self,
        error: &dyn Error,
        command: &str,
        name: &SecretName,
        place: &Place,
    ) -> SecretsError {
        SecretsError::Inline {
            place: place.clone(),
            name: name.clone(),
            command: command.to_owned(),
            source: Told::new(error, &self.redactor(command)),
        }
    }

    /// The output of a command, with a word about it where Kamal would change it.
    fn kept(&mut self, output: Secret, name: &SecretName, place: &Place) -> Secret {
        if self.expansion == Expansion::Literal && holds_variables(output.expose()) {
            self.warn(SecretsWarning::OutputKeptLiteral {
                place: place.clone(),
                name: name.clone(),
            });
        }
        output
    }

    /// Takes what variables brought into a command out of a text about it, as a whole and word by word.
    fn redactor(&self, command: &str) -> Redactor {
        let values = variables(command).filter_map(|name| self.look_up(name));
        let parts: Vec<Secret> = values
            .flat_map(|value| {
                let words = words::split(&value).unwrap_or_default();
                words.into_iter().chain([value]).map(Secret::new)
            })
            .collect();
        Redactor::new(&parts)
    }

    /// Asks for what the next assignment fetches, and at the same time for what those behind it fetch. It
    /// looks no further than the first command for a shell, since a fetch may need what that does, and passes
    /// over fetches that need a value set on the way.
    fn fetch_ahead(&mut self, upcoming: &[Assignment<'_>]) {
        let mut requests = Vec::new();
        let mut set_on_the_way = Vec::new();
        'reading: for assignment in upcoming.iter().take(FURTHEST) {
            let value = assignment.value.unwrap_or_default();
            let Unquoted::Open(text) = unquote(value, self.breaks_lines()) else {
                continue;
            };
            for piece in pieces(&text) {
                let Piece::Command(command) = piece else {
                    continue;
                };
                if !runs_inside(command) {
                    break 'reading;
                }
                if !variables(command).any(|name| set_on_the_way.contains(&name.to_owned())) {
                    requests.extend(self.request(command));
                }
            }
            if requests.is_empty() {
                break;
            }
            set_on_the_way.push(assignment.name.to_owned());
        }
        self.fetcher.fetch_all(&requests);
    }

    /// What a command fetches, if it is one of our own and right.
    fn request(&self, command: &str) -> Option<FetchRequest> {
        let expanded = Secret::new(self.replace_silently(command).ok()?);
        match inline::parse(&expanded) {
            Ok(Inline::Fetch(request)) => Some(request),
            Ok(Inline::Extract { .. }) | Err(_) => None,
        }
    }
}
