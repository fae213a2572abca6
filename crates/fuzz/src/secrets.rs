//! Secrets files, and what password managers answer.

use std::{collections::BTreeMap, path::Path, sync::Mutex};

use dhow_redaction::Secret;
use dhow_secrets::{
    Call, CommandRunner, EnvFileForm, Expansion, FetchRequest, Fetcher, Finished, ProgramError,
    Secrets, SecretsFiles, env_file, extract as extract_secret,
};
use fs_err as fs;

use crate::{SEPARATOR, parts};

/// Both secrets files and what their commands print. What is read can be shown, and written for a container one
/// line for each name.
pub(crate) fn secrets_file(data: &[u8]) {
    let Some([own, common, answers]) = parts(data) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder for the files");
    let base = Path::new("secrets");
    let files = SecretsFiles::new(base, None);
    fs::write(folder.path().join(&files.common), common).expect("a file in it");
    fs::write(folder.path().join(&files.own), own).expect("another file in it");
    let environment = BTreeMap::from([("HOST".to_owned(), "web.example".to_owned())]);
    for expansion in [Expansion::Literal, Expansion::Kamal] {
        let runner = Answers::of(answers);
        match Secrets::load(&files, &environment, folder.path(), &runner, expansion) {
            Ok(secrets) => {
                for form in [EnvFileForm::Kamal, EnvFileForm::Literal] {
                    let lines = secrets.names().count().max(1);
                    match env_file(secrets.iter(), form) {
                        Ok(file) => assert_eq!(file.content.expose().matches('\n').count(), lines),
                        Err(refused) => assert!(!refused.is_empty()),
                    }
                }
                let warnings = secrets.warnings().iter().map(ToString::to_string);
                secrets.redactor([]).redact(&warnings.collect::<String>());
            }
            Err(error) => drop(error.to_string()),
        }
    }
}

/// A password manager's name, an account, the names of secrets, and what its program prints. What is fetched is
/// JSON from which each name can be taken.
pub(crate) fn secret_answers(data: &[u8]) {
    let Some([adapter, account, names, answers]) = parts(data) else {
        return;
    };
    let names = names.split_whitespace().map(str::to_owned).collect();
    let request = FetchRequest::new(Some(adapter), Some(account.to_owned()), None, names);
    let Ok(request) = request else {
        return;
    };
    let (runner, environment) = (Answers::of(answers), BTreeMap::new());
    match Fetcher::new(&runner, &environment).fetch(&request) {
        Ok(fetched) => {
            let json = fetched.to_json();
            for (name, value) in fetched.iter() {
                assert_eq!(extract_secret(name, &json).ok().as_ref(), value);
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

/// A name and the JSON to take it from.
pub(crate) fn extract(data: &[u8]) {
    let Some([name, json]) = parts(data) else {
        return;
    };
    if let Err(error) = extract_secret(name, &Secret::new(json)) {
        drop(error.to_string());
    }
}

/// Programs that print one part of the input after the other, and fail when a part is a number.
struct Answers<'input>(Mutex<std::str::Split<'input, char>>);

impl<'input> Answers<'input> {
    fn of(text: &'input str) -> Self {
        Self(Mutex::new(text.split(SEPARATOR)))
    }
}

impl CommandRunner for Answers<'_> {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        let asks_for_version = call.arguments.iter().any(|word| {
            let word = word.expose();
            word == "--version"
        });
        let answer = if asks_for_version {
            ""
        } else {
            let mut parts = self.0.lock().expect("no program panics");
            parts.next().unwrap_or_default()
        };
        Ok(Finished {
            code: Some(answer.parse().unwrap_or(0)),
            output: Some(Secret::new(answer)),
        })
    }
}
