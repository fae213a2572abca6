//! A problem of a file with its place, for programs that show it beside the line.

use std::path::PathBuf;

use dhow_config::Problem;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlacedProblem {
    /// What is wrong and what helps.
    pub(crate) message: String,
    /// Where; none for a file as a whole.
    pub(crate) place: Option<Place>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, relative to the project.
    pub(crate) file: PathBuf,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The first column that is meant, in characters, from 1.
    pub(crate) column: usize,
    /// The last column that is meant.
    pub(crate) last_column: usize,
}

impl From<&Problem> for PlacedProblem {
    fn from(problem: &Problem) -> Self {
        let mut message = problem.title();
        if let Some(help) = &problem.help {
            message.push('\n');
            message.push_str(help);
        }
        let place = problem.place.as_ref().map(|place| Place {
            file: place.file.path.clone(),
            line: place.line,
            column: place.column,
            last_column: place.column + place.length.saturating_sub(1),
        });
        Self { message, place }
    }
}
