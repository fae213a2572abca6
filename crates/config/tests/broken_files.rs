//! The mistakes that people make: every file of `testdata/broken-deploy-files` holds some, and marks each line at
//! which it must be told.
//!
//! `# here: TEXT` at the end of a line marks an error whose title contains the text, `# warned: TEXT` a warning.
//! Where a comment would change the mistake, a line at the top says the same: `# expect 7: TEXT` or
//! `# expect 7, warned: TEXT`. Nothing else may be told. A file with a destination is read with it.

use std::{collections::BTreeSet, fs, path::Path};

use dhow_config::{Problem, Problems, Severity, SourceFile, Sources, load};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../testdata/broken-deploy-files"
);

/// What must be told.
#[derive(Debug)]
struct Mark {
    severity: Severity,
    file: String,
    line: usize,
    text: String,
}

impl Mark {
    fn fits(&self, problem: &Problem) -> bool {
        let place = problem.place.as_ref().expect("a place");
        problem.severity == self.severity
            && place.line == self.line
            && place.file.path.to_string_lossy() == self.file
            && problem.title().contains(&self.text)
    }
}

fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(FOLDER).expect("the folder with the files");
    entries
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".yml").map(str::to_owned))
        .filter(|name| !name.contains('.'))
        .collect()
}

fn sources(name: &str) -> (Sources, Option<Destination>) {
    let (folder, file) = (Path::new(FOLDER), format!("{name}.yml"));
    let has_destination = folder.join(format!("{name}.staging.yml")).exists();
    let destination = has_destination.then(|| "staging".parse().expect("a destination"));
    let mut runtime = StagedRuntime::default().with_command("git describe", "", 128);
    let sources = Sources::read(folder, Path::new(&file), destination.as_ref(), &mut runtime);
    (sources.expect("the file is there"), destination)
}

fn marks(file: &SourceFile) -> Vec<Mark> {
    let lines = file.text.lines().enumerate();
    lines
        .filter_map(|(above, line)| mark(file, above + 1, line))
        .collect()
}

fn mark(file: &SourceFile, line: usize, text: &str) -> Option<Mark> {
    let mark = |severity, line, text: &str| Mark {
        severity,
        file: file.path.to_string_lossy().into_owned(),
        line,
        text: text.to_owned(),
    };
    if let Some(expected) = text.strip_prefix("# expect ") {
        let (place, text) = expected.split_once(": ").expect("a text");
        return Some(match place.strip_suffix(", warned") {
            Some(place) => mark(Severity::Warning, place.parse().expect("a line"), text),
            None => mark(Severity::Error, place.parse().expect("a line"), text),
        });
    }
    if let Some((_, text)) = text.split_once("# here: ") {
        return Some(mark(Severity::Error, line, text));
    }
    let (_, text) = text.split_once("# warned: ")?;
    Some(mark(Severity::Warning, line, text))
}

/// What is told about a file; what is taken has warnings at most.
fn problems(name: &str) -> Vec<Problem> {
    let (sources, destination) = sources(name);
    match load(&sources, destination.as_ref()) {
        Ok(loaded) => loaded.warnings,
        Err(Problems(problems)) => problems,
    }
}

#[test]
fn every_mistake_is_told_at_its_line_and_nothing_else_is() {
    let names = names();
    assert!(names.len() >= 100);
    let mut faults = Vec::new();
    for name in names {
        let marks: Vec<Mark> = sources(&name).0.written().flat_map(marks).collect();
        assert!(
            marks.iter().any(|mark| mark.severity == Severity::Error),
            "{name} has no mark"
        );
        let problems = problems(&name);
        let untold = marks
            .iter()
            .filter(|mark| !problems.iter().any(|problem| mark.fits(problem)))
            .map(|mark| format!("{name}: not told: {}: {}", mark.line, mark.text));
        let unmarked = problems
            .iter()
            .filter(|problem| !marks.iter().any(|mark| mark.fits(problem)))
            .map(|problem| format!("{name}: not marked: {problem}"));
        faults.extend(untold.chain(unmarked));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_message_says_what_to_do() {
    let told: Vec<String> = names()
        .iter()
        .map(|name| {
            let problems: Vec<String> = problems(name)
                .iter()
                .map(|problem| problem.render(false))
                .collect();
            format!("──── {name}\n{}\n", problems.join("\n\n"))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let silent: Vec<String> = names()
        .iter()
        .flat_map(|name| problems(name))
        .filter(|problem| problem.help.is_none())
        .map(|problem| problem.to_string())
        .collect();
    assert!(silent.is_empty(), "without help:\n{}", silent.join("\n"));
}
