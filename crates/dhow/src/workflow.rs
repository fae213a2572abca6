//! A run on GitHub Actions, and the words in which it is told what to fold and what to show beside a line.

use std::path::{Path, PathBuf};

use crate::placed_problem::PlacedProblem;

/// The job that this run is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workflow {
    /// Where the project lies in what was checked out.
    pub(crate) folder: PathBuf,
    /// A word that no program on a host can guess.
    pub(crate) token: String,
}

/// How grave something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
}

impl Workflow {
    /// What is shown on the page of the job, and beside the line that it is about.
    pub(crate) fn annotation(&self, level: Level, problem: &PlacedProblem) -> String {
        annotation(level, problem, &self.folder)
    }

    /// The same text, of which nothing is taken for a word to GitHub: programs on hosts may have written it.
    pub(crate) fn as_text(&self, text: &str) -> String {
        let token = &self.token;
        format!("::stop-commands::{token}\n{text}\n::{token}::")
    }
}

/// Begins what can be folded away.
pub(crate) fn group(title: &str) -> String {
    format!("::group::{}", in_a_message(title))
}

/// Ends what the last group began.
pub(crate) const END_OF_GROUP: &str = "::endgroup::";

/// Something without a place.
pub(crate) fn message(level: Level, text: &str) -> String {
    let problem = PlacedProblem {
        message: text.to_owned(),
        place: None,
    };
    annotation(level, &problem, Path::new(""))
}

fn annotation(level: Level, problem: &PlacedProblem, folder: &Path) -> String {
    let command = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let at = problem.place.as_ref().map_or_else(String::new, |place| {
        let file = folder.join(&place.file);
        let file = in_a_property(&file.to_string_lossy());
        format!(
            " file={file},line={},col={},endColumn={}",
            place.line, place.column, place.last_column
        )
    });
    format!("::{command}{at}::{}", in_a_message(&problem.message))
}

/// A line break would end the command.
fn in_a_message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn in_a_property(text: &str) -> String {
    in_a_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::placed_problem::Place;

    fn placed(file: &str, message: &str) -> PlacedProblem {
        PlacedProblem {
            message: message.to_owned(),
            place: Some(Place {
                file: file.into(),
                line: 3,
                column: 10,
                last_column: 12,
            }),
        }
    }

    fn job() -> Workflow {
        Workflow {
            folder: "apps/shop".into(),
            token: "0123456789abcdef".to_owned(),
        }
    }

    #[test]
    fn a_problem_stands_beside_its_line() {
        assert_eq!(
            job().annotation(Level::Error, &placed("config/deploy.yml", "25%\nof it")),
            "::error file=apps/shop/config/deploy.yml,line=3,col=10,endColumn=12::25%25%0Aof it"
        );
        assert_eq!(message(Level::Warning, "a: b, c"), "::warning::a: b, c");
    }

    /// A word to GitHub as its runner reads it: command, properties, message.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let unescaped = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n");
            let text = text.replace("%3A", ":").replace("%2C", ",");
            text.replace("%25", "%")
        };
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap_or((head, ""));
        let properties = properties.split(',').filter_map(|it| it.split_once('='));
        let properties = properties.map(|(key, value)| (key.to_owned(), unescaped(value)));
        let message = message.replace("%0D", "\r").replace("%0A", "\n");
        (
            command.to_owned(),
            properties.collect(),
            message.replace("%25", "%"),
        )
    }

    proptest! {
        #[test]
        fn whatever_is_said_arrives_in_one_line(file in "[^/\0]([^\0]|[:,%\r\n]){0,8}", text in "([ -~]|[:,%\r\n]|::)*") {
            let workflow = Workflow { folder: PathBuf::new(), ..job() };
            let line = workflow.annotation(Level::Error, &placed(&file, &text));
            prop_assert!(!line.contains(['\r', '\n']));
            let (command, properties, message) = read(&line);
            prop_assert_eq!(command, "error");
            prop_assert_eq!(message, text);
            prop_assert_eq!(&properties[0], &("file".to_owned(), file));
            prop_assert_eq!(properties.len(), 4);
        }

        #[test]
        fn a_group_is_one_line(title in "([ -~]|[%\r\n])*") {
            let line = group(&title);
            prop_assert!(!line.contains(['\r', '\n']));
            let (command, _, message) = read(&line);
            prop_assert_eq!((command.as_str(), message), ("group", title));
        }
    }
}
