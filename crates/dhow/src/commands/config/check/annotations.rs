//! Problems in the words of GitHub Actions, which shows them beside the lines of a pull request.

use super::Told;
use crate::{
    placed_problem::PlacedProblem,
    workflow::{Level, Workflow},
};

/// A line for each.
pub(super) fn of(all: &[Told], workflow: &Workflow) -> String {
    all.iter().map(|told| annotation(told, workflow)).collect()
}

fn annotation(told: &Told, workflow: &Workflow) -> String {
    let level = if told.is_error() {
        Level::Error
    } else {
        Level::Warning
    };
    let mut problem = PlacedProblem::from(&told.problem);
    if let Some(note) = &told.note {
        problem.message.push('\n');
        problem.message.push_str(note);
    }
    workflow.annotation(level, &problem) + "\n"
}
