//! A folder of stand-ins for programs, alone on the `PATH`.

use std::{collections::BTreeMap, error::Error, os::unix::fs::symlink, path::Path};

use dhow_redaction::Secret;
use fs_err as fs;

use crate::{
    Call, CommandRunner, FetchRequest, Fetcher, Finished, LocalRunner, ProgramError, words,
};

/// The stand-in itself; what it does stands at its top.
const STAND_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stubs/password-manager");

pub(super) struct Stubs {
    folder: tempfile::TempDir,
    runner: LocalRunner,
    environment: BTreeMap<String, String>,
}

impl Stubs {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            runner: LocalRunner::new(folder.path()),
            folder,
            environment: BTreeMap::new(),
        }
    }

    /// `line` is answered with `output` and success. Several answers to a line are given one after the other.
    pub(super) fn answers(self, line: &str, output: &str) -> Self {
        self.ends(line, 0, output)
    }

    /// `line` fails.
    pub(super) fn fails(self, line: &str, code: u8) -> Self {
        self.ends(line, code, "")
    }

    /// What dhow's environment holds.
    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn ends(self, line: &str, code: u8, output: &str) -> Self {
        let (program, words) = line.split_once(' ').unwrap_or((line, ""));
        let path = self.folder.path().join(program);
        if !path.exists() {
            symlink(STAND_IN, &path).unwrap();
        }
        let answers = self.folder_for(program, words);
        let number = (1..100)
            .find(|number| !answers.join(format!("{number}.code")).exists())
            .unwrap();
        let write = |name: String, text: &str| fs::write(answers.join(name), text).unwrap();
        write("words".into(), words);
        write("next".into(), "1");
        write(format!("{number}.output"), output);
        write(format!("{number}.code"), &code.to_string());
        self
    }

    fn folder_for(&self, program: &str, words: &str) -> std::path::PathBuf {
        let is_ours = |folder: &Path| {
            fs::read_to_string(folder.join("words")).is_ok_and(|known| known == words)
        };
        let folder = (0..100)
            .map(|number| self.folder.path().join(format!("{program}.{number}")))
            .find(|folder| !folder.exists() || is_ours(folder))
            .unwrap();
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// What `secrets fetch --adapter …` gives for these words: the JSON, or the error with all its causes.
    pub(super) fn fetch(&self, words: &str) -> Result<String, String> {
        let mut words = words::split(words).unwrap().into_iter();
        let (adapter, mut account, mut from) = (words.next(), None, None);
        let mut names = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--account" => account = words.next(),
                "--from" => from = words.next(),
                _ => names.push(word),
            }
        }
        let request = FetchRequest::new(adapter.as_deref(), account, from, names).unwrap();
        let fetched = Fetcher::new(self, &self.environment).fetch(&request);
        match fetched {
            Ok(fetched) => Ok(fetched.to_json().expose().to_owned()),
            Err(error) => Err(chain(&error)),
        }
    }

    /// How the programs were called, a line each.
    pub(super) fn calls(&self) -> String {
        fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default()
    }
}

impl CommandRunner for Stubs {
    fn run(&self, call: &Call) -> Result<Finished, ProgramError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the stand-ins need real programs"
        )]
        let real = std::env::var("PATH").unwrap();
        let path = Secret::new(self.folder.path().to_str().unwrap());
        let call = call
            .clone()
            .variable("PATH", Some(&path))
            .variable("REAL_PATH", Some(&Secret::new(real)));
        self.runner.run(&call)
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
