//! Problems in the words of GitHub Actions, which shows them beside the lines of a pull request.

use std::path::Path;

use super::Told;

/// A line for each; `folder` is where the project lies in the repository.
pub(super) fn of(all: &[Told], folder: &Path) -> String {
    all.iter().map(|told| annotation(told, folder)).collect()
}

fn annotation(told: &Told, folder: &Path) -> String {
    let problem = &told.problem;
    let command = if told.is_error() { "error" } else { "warning" };
    let mut message = problem.title();
    for further in [&problem.help, &told.note].into_iter().flatten() {
        message.push('\n');
        message.push_str(further);
    }
    let at = problem.place.as_ref().map_or_else(String::new, |place| {
        let file = folder.join(&place.file.path);
        let file = in_a_property(&file.to_string_lossy());
        // The last column is the one that is still meant.
        let last = place.column + place.length.saturating_sub(1);
        format!(
            " file={file},line={},col={},endColumn={last}",
            place.line, place.column
        )
    });
    format!("::{command}{at}::{}\n", in_a_message(&message))
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
    use super::*;

    #[test]
    fn what_ends_a_command_or_a_property_is_escaped() {
        assert_eq!(in_a_message("25%\r\nof: a, b"), "25%25%0D%0Aof: a, b");
        assert_eq!(in_a_property("a:b,c%d"), "a%3Ab%2Cc%25d");
    }
}
