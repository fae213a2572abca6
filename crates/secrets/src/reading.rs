//! One secrets file while it is read, assignment by assignment.

use std::{collections::BTreeMap, error::Error, path::Path};

use dhow_names::SecretName;
use dhow_redaction::{Redactor, Secret};

use crate::{
    CommandRunner, Expansion, FetchRequest, Fetcher, Place, SecretsError, SecretsWarning,
    assignment::{Assignment, assignments},
    entries::Entries,
    expansion::{self, Piece, has_open_command, holds_variables, pieces, variables},
    extract::extract,
    inline::{self, Inline, runs_inside},
    literal::looks_raw,
    problem::Told,
    shell::{chomp, run_in_shell},
    value::{Unquoted, unquote},
    words,
};

/// One file while it is read.
pub(crate) struct Reading<'file, 'run> {
    pub(crate) file: &'file Path,
    pub(crate) environment: &'run BTreeMap<String, String>,
    pub(crate) runner: &'run dyn CommandRunner,
    pub(crate) fetcher: &'file mut Fetcher<'run>,
    pub(crate) expansion: Expansion,
    pub(crate) entries: Entries,
    pub(crate) warnings: &'file mut Vec<SecretsWarning>,
    /// Where a value that looks like a secret is written out.
    pub(crate) literals: &'file mut Vec<(Place, SecretName)>,
    /// Whether any value is written out in the file, instead of where it comes from.
    pub(crate) writes_values: bool,
}

impl Reading<'_, '_> {
    pub(crate) fn read_all(&mut self, text: &str) -> Result<(), SecretsError> {
        let (found, skipped) = assignments(text);
        for line in skipped {
            let place = self.place(line);
            self.warnings.push(SecretsWarning::SkippedLine { place });
        }
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
        let written = unquote(assignment.value.unwrap_or_default(), self.breaks_lines());
        let is_literal = match &written {
            Unquoted::Literal(_) => true,
            Unquoted::Open(text) => !text.contains('$'),
        };
        let value = match written {
            Unquoted::Literal(text) => Secret::new(text),
            Unquoted::Open(text) if assignment.comment_follows && has_open_command(&text) => {
                return Err(SecretsError::CutCommand { place, name });
            }
            Unquoted::Open(text) => self.expand(&text, &name, &place)?,
        };
        if value.is_empty() && self.warnings.len() == known_warnings {
            self.warnings.push(SecretsWarning::Empty {
                place: place.clone(),
                name: name.clone(),
            });
        }
        self.writes_values |= is_literal && !value.is_empty();
        if is_literal && looks_raw(name.as_str(), value.expose()) {
            self.literals.push((place, name.clone()));
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
                Piece::Text(text) => {
                    let replaced = self.replace_variables(text, name, place);
                    value.push_str(match self.expansion {
                        Expansion::Literal => &replaced,
                        Expansion::Kamal => text,
                    });
                }
                Piece::Command(command) => {
                    value.push_str(self.run(command, name, place)?.expose());
                }
            }
        }
        if self.expansion == Expansion::Kamal {
            // Without warnings: what looks like a variable may be a part of a password.
            value = self.replace_silently(&value);
        }
        Ok(Secret::new(value))
    }

    fn replace_silently(&self, text: &str) -> String {
        expansion::replace_variables(text, |name| self.look_up(name).unwrap_or_default())
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
        if runs_inside(expanded.expose()) {
            return self.run_inside(command, &expanded, name, place);
        }
        match run_in_shell(self.runner, &expanded) {
            Ok(output) => Ok(self.kept(output, name, place)),
            Err(source) => Err(SecretsError::Substitution {
                place: place.clone(),
                name: name.clone(),
                command: command.to_owned(),
                source,
            }),
        }
    }

    /// Does what one of our own commands says.
    fn run_inside(
        &mut self,
        command: &str,
        expanded: &Secret,
        name: &SecretName,
        place: &Place,
    ) -> Result<Secret, SecretsError> {
        let redactor = self.redactor(command);
        let told = |error: &dyn Error| SecretsError::Inline {
            place: place.clone(),
            name: name.clone(),
            command: command.to_owned(),
            source: Told::new(error, &redactor),
        };
        match inline::parse(expanded).map_err(|error| told(&error))? {
            Inline::Fetch(request) => {
                let fetched = self.fetcher.fetch(&request);
                fetched
                    .map(|fetched| fetched.to_inline_json())
                    .map_err(|error| told(&error))
            }
            Inline::Extract { name: key, json } => {
                let value = extract(&key, &json).map_err(|error| told(&error))?;
                Ok(self.kept(Secret::new(chomp(value.expose())), name, place))
            }
        }
    }

    /// The output of a command, with a word about it where Kamal would change it.
    fn kept(&mut self, output: Secret, name: &SecretName, place: &Place) -> Secret {
        if self.expansion == Expansion::Literal && holds_variables(output.expose()) {
            self.warnings.push(SecretsWarning::OutputKeptLiteral {
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
        'reading: for assignment in upcoming {
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
        let expanded = Secret::new(self.replace_silently(command));
        match inline::parse(&expanded) {
            Ok(Inline::Fetch(request)) => Some(request),
            Ok(Inline::Extract { .. }) | Err(_) => None,
        }
    }
}
