//! Secrets files beside what `kamal secrets print` makes of them, which `bin/parity record` has written down.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{collections::BTreeMap, path::Path};

use dhow_names::Destination;
use dhow_secrets::{Expansion, LocalRunner, Secrets, SecretsFiles};
use fs_err as fs;
use tempfile::TempDir;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/secrets-files");

/// A project with the files of a case, and the world around it.
struct Case {
    project: TempDir,
    destination: Option<Destination>,
    variables: BTreeMap<String, String>,
}

impl Case {
    fn new(name: &str) -> Self {
        let project = TempDir::new().unwrap();
        let world = Path::new(FOLDER).join("world").canonicalize().unwrap();
        for file in ["password.txt", "key.pem", "two-lines.txt"] {
            fs::copy(world.join(file), project.path().join(file)).unwrap();
        }
        fs::create_dir(project.path().join(".kamal")).unwrap();
        for (ending, file) in [
            ("secrets", "secrets"),
            ("common", "secrets-common"),
            ("staging", "secrets.staging"),
        ] {
            let written = Path::new(FOLDER).join(format!("{name}.{ending}"));
            if written.exists() {
                fs::copy(written, project.path().join(".kamal").join(file)).unwrap();
            }
        }
        let text = fs::read_to_string(world.join("variables")).unwrap();
        let pairs = text.lines().map(|line| line.split_once('=').unwrap());
        let mut variables: BTreeMap<String, String> = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let path = format!("{}/bin:/usr/bin:/bin", world.display());
        variables.insert("PATH".to_owned(), path);
        let is_staging = Path::new(FOLDER).join(format!("{name}.staging")).exists();
        Self {
            project,
            destination: is_staging.then(|| "staging".parse().unwrap()),
            variables,
        }
    }

    /// What `dhow secrets print` prints.
    fn printed(&self, expansion: Expansion) -> Result<String, String> {
        let files = SecretsFiles::new(Path::new(".kamal/secrets"), self.destination.as_ref());
        let folder = self.project.path();
        let runner = LocalRunner::new(folder).with_variables(&self.variables);
        let secrets = Secrets::load(&files, &self.variables, folder, &runner, expansion)
            .map_err(|error| error.to_string())?;
        let line = |value: &str| {
            let end = if value.ends_with('\n') { "" } else { "\n" };
            format!("{value}{end}")
        };
        let secrets = secrets.iter();
        Ok(secrets
            .map(|(name, secret)| line(&format!("{name}={}", secret.expose())))
            .collect())
    }
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| Some(file.rsplit_once('.')?.0.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Files that we read otherwise on purpose, whatever becomes of what commands print.
const OTHERWISE: &[(&str, &[&str])] = &[
    (
        "A command that fails or is missing stops the run.",
        &[
            "command-arithmetic",
            "command-backslashes",
            "command-fails",
            "command-fails-with-output",
            "command-missing",
            "command-missing-in-shell",
            "command-unbalanced",
        ],
    ),
    ("A `#` that cuts a command is an error.", &["command-hash"]),
    (
        "An empty command leaves the other secrets of the file.",
        &["command-empty"],
    ),
    (
        "A pipe behind a command of ours is an error, no name of a secret.",
        &["inline-pipe"],
    ),
    ("What is no text is extracted as JSON.", &["inline-json"]),
];

/// What a command printed stays as it is, unless the deploy file asks for Kamal's second expansion.
const LITERAL: &str = "command-output-dollar";

/// The files that we read otherwise than Kamal, each with both readings.
fn differences(expansion: Expansion) -> BTreeMap<String, String> {
    let mut differences = BTreeMap::new();
    for name in names() {
        let recorded =
            |ending| fs::read_to_string(Path::new(FOLDER).join(format!("{name}.{ending}"))).ok();
        let ours = Case::new(&name).printed(expansion);
        let agree = match (&ours, recorded("out"), recorded("error")) {
            (Ok(ours), Some(kamal), None) => *ours == kamal,
            (Err(_), None, Some(_)) => true,
            (_, None, None) => panic!("{name} has no record"),
            _ => false,
        };
        if !agree {
            let told = format!(
                "ours {ours:?}, Kamal {:?}",
                recorded("out").or(recorded("error"))
            );
            differences.insert(name, told);
        }
    }
    differences
}

#[test]
fn files_mean_what_kamal_reads() {
    assert!(names().len() > 100, "only {} files", names().len());
    let mut known: Vec<&str> = OTHERWISE
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    known.sort_unstable();
    let found = differences(Expansion::Kamal);
    let found_names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(found_names, known, "{found:#?}");
    known.push(LITERAL);
    known.sort_unstable();
    let found = differences(Expansion::Literal);
    let found_names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(found_names, known, "{found:#?}");
}
