//! The same problem of the base is told once, not once per destination.

use std::path::Path;

use dhow_config::{Place, Problem, Severity};
use serde::Serialize;

use super::{Round, files};

/// A problem, and with which destinations it was found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) problem: Problem,
    /// Nothing is the base alone.
    destinations: Vec<Option<String>>,
    /// With which destinations it was found, where its place does not say so.
    #[serde(skip)]
    pub(super) note: Option<String>,
}

impl Told {
    pub(super) fn is_error(&self) -> bool {
        self.problem.severity == Severity::Error
    }

    pub(super) fn file(&self) -> Option<&Path> {
        let place = self.problem.place.as_ref()?;
        Some(&place.file.path)
    }

    fn found_with(&self) -> String {
        let destinations: Vec<&str> = self
            .destinations
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        match (
            self.destinations.contains(&None),
            destinations.join(", ").as_str(),
        ) {
            (true, "") if self.is_error() => {
                "only without a destination; if this file is never used alone, \
                                              write `require_destination: true`"
                    .to_owned()
            }
            (true, "") => "only without a destination".to_owned(),
            (true, names) => format!("only without a destination and with {names}"),
            (false, names) => format!("only with the destination {names}"),
        }
    }
}

/// The problems of all rounds, each once: those of the base in the order of the file, then those of each further
/// file, and last those that have no place.
pub(super) fn told_once(rounds: &[Round]) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for round in rounds {
        for problem in &round.problems {
            match all.iter_mut().find(|told| is_same(&told.problem, problem)) {
                Some(told) => told.destinations.push(round.destination.clone()),
                None => all.push(Told {
                    problem: problem.clone(),
                    destinations: vec![round.destination.clone()],
                    note: None,
                }),
            }
        }
    }
    let files = files(rounds);
    let read = rounds
        .iter()
        .filter(|round| !round.files.is_empty())
        .count();
    for told in &mut all {
        let is_of_base = told.file().is_some_and(|file| files.first() == Some(&file));
        if is_of_base && told.destinations.len() < read {
            told.note = Some(told.found_with());
        }
    }
    all.sort_by_key(|told| {
        let file = files.iter().position(|file| Some(*file) == told.file());
        let start = told.problem.place.as_ref().map(|place| place.range.start);
        (file.unwrap_or(files.len()), start)
    });
    all
}

/// Whether it is the same to a reader. The text around a place may be masked otherwise.
fn is_same(one: &Problem, other: &Problem) -> bool {
    fn at(place: Option<&Place>) -> Option<(&Path, usize, usize)> {
        place.map(|place| {
            (
                place.file.path.as_path(),
                place.range.start,
                place.range.end,
            )
        })
    }
    one.severity == other.severity
        && one.title() == other.title()
        && one.help == other.help
        && at(one.place.as_ref()) == at(other.place.as_ref())
}
