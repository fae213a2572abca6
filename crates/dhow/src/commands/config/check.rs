//! `config check`: what is wrong with the deploy file and with the file of every destination, found offline.

mod annotations;
mod told_once;

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use dhow_config::{Loaded, Problem, Severity, Sources, load};
use dhow_erb::SystemRuntime;
use dhow_names::Destination;
use dhow_secrets::{SecretsFiles, Survey};
use dhow_versioning::WorkTree;

use self::told_once::{Told, told_once};
use crate::{
    arguments::OutputForm,
    environment::Environment,
    failure::{Failure, Kind},
    invocation::Invocation,
    keeping::Keeping,
};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();

/// Checks them and tells all problems, on the standard output, because that is what is asked for.
pub(super) fn run(invocation: &Invocation, output: Option<OutputForm>) -> Result<(), Failure> {
    let Invocation {
        global,
        environment,
        terminal,
        ..
    } = invocation;
    let rounds = rounds(
        environment,
        &global.config_file,
        global.destination.as_deref(),
    )?;
    let mut all = told_once(&rounds);
    let has_errors = all.iter().any(Told::is_error);
    if global.quiet {
        all.retain(Told::is_error);
    }
    match output {
        _ if terminal.tells_events() => {
            let value =
                serde_json::to_value(&all).map_err(|error| Failure::of(Kind::Step, &error))?;
            terminal.structured(rendered(&all) + &summary(&rounds, &all), &value);
        }
        Some(OutputForm::Json) => {
            let json = serde_json::to_string_pretty(&all)
                .map_err(|error| Failure::of(Kind::Step, &error))?;
            terminal.data(format_args!("{json}\n"));
        }
        None => {
            terminal.data(rendered(&all));
            if !global.quiet {
                terminal.data(summary(&rounds, &all));
            }
            if let Some(workflow) = environment.workflow() {
                terminal.data(annotations::of(&all, &workflow));
            }
        }
    }
    if has_errors {
        Err(Failure::already_told(Kind::Project))
    } else {
        Ok(())
    }
}

/// One reading of the base, alone or with a destination's file over it.
#[derive(Debug)]
struct Round {
    destination: Option<String>,
    /// The files that were read, the base first; none when one is missing.
    files: Vec<PathBuf>,
    problems: Vec<Problem>,
    /// Whether the base says that it is not meant to be read alone.
    requires_destination: bool,
}

impl Round {
    /// Reads the files anew: what their tags say may depend on the destination, and what their tags set must not
    /// reach the next round.
    fn of(
        environment: &Environment,
        config_file: &Path,
        destination: Option<&Destination>,
    ) -> Self {
        let folder = &environment.folder;
        let mut templates = SystemRuntime::new(folder, environment.variables().clone());
        let name = destination.map(ToString::to_string);
        let sources = match Sources::read(folder, config_file, destination, &mut templates) {
            Ok(sources) => sources,
            Err(error) => {
                let problem = Problem::without_place(Severity::Error, in_one_line(&error));
                return Self::failed(name, problem);
            }
        };
        let problems = match load(&sources, destination) {
            Ok(loaded) => {
                let about_secrets = about_secrets(&loaded, destination, folder);
                loaded.warnings.into_iter().chain(about_secrets).collect()
            }
            Err(problems) => problems.0,
        };
        Self {
            destination: name,
            files: sources.written().map(|file| file.path.clone()).collect(),
            problems,
            requires_destination: sources.requires_destination(),
        }
    }

    /// A round that came to nothing.
    fn failed(destination: Option<String>, problem: Problem) -> Self {
        Self {
            destination,
            files: Vec::new(),
            problems: vec![problem],
            requires_destination: false,
        }
    }
}

/// How the secrets are kept that the file asks for, as far as the files tell without running a command.
fn about_secrets(
    loaded: &Loaded,
    destination: Option<&Destination>,
    folder: &Path,
) -> Vec<Problem> {
    let files = SecretsFiles::new(&loaded.config.secrets_path, destination);
    let survey = match Survey::read(&files, folder) {
        Ok(survey) => survey,
        Err(error) => {
            return vec![Problem::without_place(Severity::Error, in_one_line(&error))];
        }
    };
    let work_tree = WorkTree::discover(folder).ok();
    let keeping = Keeping {
        mentions: &loaded.mentions,
        known: &loaded.warnings,
        work_tree: work_tree.as_ref(),
    };
    let warnings = survey.warnings().map(ToString::to_string);
    warnings
        .chain(keeping.unwise(&survey))
        .map(|text| Problem::without_place(Severity::Warning, text))
        .collect()
}

/// An error with its sources.
fn in_one_line(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |text, reason| {
            format!("{text}: {reason}")
        })
}

/// Reads the base with the destination that was asked for, or else alone and with each destination.
fn rounds(
    environment: &Environment,
    config_file: &Path,
    asked: Option<&str>,
) -> Result<Vec<Round>, Failure> {
    if let Some(asked) = asked {
        let destination = asked.parse()?;
        return Ok(vec![Round::of(
            environment,
            config_file,
            Some(&destination),
        )]);
    }
    let alone = Round::of(environment, config_file, None);
    if alone.files.is_empty() {
        return Ok(vec![alone]);
    }
    let names = Sources::destinations(&environment.folder, config_file);
    let with_destinations = names.into_iter().map(|name| match name.parse() {
        Ok(destination) => Round::of(environment, config_file, Some(&destination)),
        Err(error) => {
            let file = Sources::destination_file(config_file, &name);
            let message = format!("{} is of no use: {error}", file.display());
            Round::failed(
                Some(name),
                Problem::without_place(Severity::Warning, message),
            )
        }
    });
    let mut rounds: Vec<Round> = std::iter::once(alone).chain(with_destinations).collect();
    let has_destination = rounds.iter().skip(1).any(|round| !round.files.is_empty());
    if has_destination && rounds.iter().any(|round| round.requires_destination) {
        rounds.remove(0);
    }
    Ok(rounds)
}

/// Every file that was read, each once, the base first.
fn files(rounds: &[Round]) -> Vec<&Path> {
    let mut files: Vec<&Path> = Vec::new();
    for file in rounds.iter().flat_map(|round| &round.files) {
        if !files.contains(&file.as_path()) {
            files.push(file);
        }
    }
    files
}

/// The problems with their snippets, an empty line behind each.
fn rendered(all: &[Told]) -> String {
    let each = all.iter().map(|told| {
        let text = told.problem.render_with_note(true, told.note.as_deref());
        format!("{text}\n\n")
    });
    each.collect()
}

/// A line for each file.
fn summary(rounds: &[Round], all: &[Told]) -> String {
    let line = |file: &Path| {
        let of_file = all.iter().filter(|told| told.file() == Some(file));
        let (errors, warnings): (Vec<&Told>, Vec<&Told>) =
            of_file.partition(|told| told.is_error());
        let parts = [
            counted(errors.len(), "error", BAD),
            counted(warnings.len(), "warning", DOUBTFUL),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let told = if parts.is_empty() {
            format!("{GOOD}no problems{GOOD:#}")
        } else {
            parts.join(", ")
        };
        format!("{}: {told}\n", file.display())
    };
    files(rounds).into_iter().map(line).collect()
}

fn counted(count: usize, noun: &str, style: Style) -> Option<String> {
    let plural = if count == 1 { "" } else { "s" };
    (count > 0).then(|| format!("{style}{count} {noun}{plural}{style:#}"))
}
