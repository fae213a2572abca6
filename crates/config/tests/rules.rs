//! Every rule of the reference, as rows of `testdata/rules`: what is written, and what is said about it.
//!
//! A row is a line with the section of the reference and the rule, then what stands in the file in place of what
//! `base.yml` says under the same keys, then what comes of it:
//!
//! - `accepted`, or `accepted: PATH = VALUE` with a part of what is read,
//! - `warned: TEXT`, one line per warning,
//! - `refused: TEXT`, one line per error, in Kamal's words where it has any,
//! - `judged otherwise: WORDS` where only one of both takes the file, or Kamal fails with an error of Ruby,
//! - `read otherwise: WORDS` where both take it and make something else of it.
//!
//! `docs/compatibility.md` holds the words and the reason. What Kamal does is written down in `kamal.json` by the
//! real one (`just parity record`).

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use dhow_config::{Loaded, Problem, Problems, Severity, Sources, load};
use dhow_names::Destination;
use serde_yaml::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/rules");
const DIFFERENCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");

/// A rule with a case for it.
struct Row {
    title: String,
    base: String,
    destination: Option<String>,
    accepted: Vec<String>,
    warned: Vec<String>,
    refused: Vec<String>,
    judged_otherwise: Option<String>,
    read_otherwise: Option<String>,
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of each file, by its name without ending.
fn tables() -> BTreeMap<String, Vec<Row>> {
    let good = read(&format!("{FOLDER}/base.yml"));
    let entries = fs::read_dir(FOLDER).expect("the folder with the rules");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            let rows = text.split("\n\n").map(|block| row(block, &good)).collect();
            (stem(&path), rows)
        })
        .collect()
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().expect("a name");
    stem.to_string_lossy().into_owned()
}

fn row(block: &str, good: &str) -> Row {
    let mut lines = block.trim_end().lines();
    let mut row = Row {
        title: lines.next().expect("a title").to_owned(),
        base: String::new(),
        destination: None,
        accepted: Vec::new(),
        warned: Vec::new(),
        refused: Vec::new(),
        judged_otherwise: None,
        read_otherwise: None,
    };
    let mut replaced: Vec<String> = Vec::new();
    for line in lines {
        if let Some(text) = line.strip_prefix("    ") {
            let file = row.destination.as_mut().unwrap_or(&mut row.base);
            writeln!(file, "{text}").expect("writing to a text");
            continue;
        }
        let (word, text) = line.split_once(':').unwrap_or((line, ""));
        let text = text.trim().to_owned();
        match word {
            "without" => replaced.extend(text.split(", ").map(str::to_owned)),
            "destination" => row.destination = Some(String::new()),
            "accepted" => row.accepted.push(text),
            "warned" => row.warned.push(text),
            "refused" => row.refused.push(text),
            "judged otherwise" => row.judged_otherwise = Some(text),
            "read otherwise" => row.read_otherwise = Some(text),
            _ => panic!("{}: what is `{line}`?", row.title),
        }
    }
    replaced.extend(row.base.lines().filter_map(key_of).map(str::to_owned));
    let kept = good.lines().filter(|line| {
        let key = key_of(line).expect("a key");
        !replaced.iter().any(|replaced| replaced == key)
    });
    let kept: Vec<&str> = kept.collect();
    row.base = format!("{}\n{}", kept.join("\n"), row.base);
    row
}

/// The key that a line of the top level begins with.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let is_key = key
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_key.then_some(key)
}

impl Row {
    fn load(&self) -> Result<Loaded, Problems> {
        let staging: Destination = "staging".parse().expect("a destination");
        let over = self.destination.as_deref().map(|text| (&staging, text));
        load(&Sources::of_text(&self.base, over), over.map(|_| &staging))
    }

    /// What is not as the row says.
    fn faults(&self) -> Vec<String> {
        let outcome = self.load();
        let problems = match &outcome {
            Ok(loaded) => &loaded.warnings,
            Err(Problems(problems)) => problems,
        };
        let of = |severity| -> Vec<&Problem> {
            let all = problems.iter();
            all.filter(|problem| problem.severity == severity).collect()
        };
        let mut faults = unlike("refused", &self.refused, &of(Severity::Error));
        faults.extend(unlike("warned", &self.warned, &of(Severity::Warning)));
        if let Ok(loaded) = &outcome {
            let config = serde_yaml::to_value(&loaded.config).expect("plain data");
            faults.extend(
                self.accepted
                    .iter()
                    .filter_map(|part| unread(part, &config)),
            );
        }
        faults
    }
}

/// Problems and lines of a row must be the same, each line a part of its problem's title.
fn unlike(word: &str, lines: &[String], problems: &[&Problem]) -> Vec<String> {
    let titles: Vec<String> = problems.iter().map(|problem| problem.title()).collect();
    let missing = lines
        .iter()
        .filter(|line| !titles.iter().any(|title| title.contains(&**line)))
        .map(|line| format!("not {word}: {line}"));
    let unexpected = titles
        .iter()
        .filter(|title| !lines.iter().any(|line| title.contains(&**line)))
        .map(|title| format!("{word}: {title}"));
    missing.chain(unexpected).collect()
}

/// What `PATH = VALUE` says otherwise than what was read.
fn unread(part: &str, config: &Value) -> Option<String> {
    let (path, value) = part.split_once(" = ")?;
    let wanted: Value = serde_yaml::from_str(value).expect("a value");
    let found = path.split('/').try_fold(config, step);
    (found != Some(&wanted)).then(|| format!("{path} is {found:?}"))
}

/// Into a mapping by key, into a choice by its name, into a list by position or by the name of what stands there.
fn step<'value>(value: &'value Value, name: &str) -> Option<&'value Value> {
    let items = match value {
        Value::Sequence(items) => items,
        Value::Tagged(choice) => return (choice.tag == name).then_some(&choice.value),
        _ => return value.get(name),
    };
    let is_named = |item: &&Value| item.get("name").and_then(Value::as_str) == Some(name);
    items
        .iter()
        .find(is_named)
        .or_else(|| items.get(name.parse::<usize>().ok()?))
}

/// What Kamal said, by file and row.
fn kamal() -> BTreeMap<String, BTreeMap<String, String>> {
    serde_yaml::from_str(&read(&format!("{FOLDER}/kamal.json"))).expect("a mapping of mappings")
}

fn each_row(judge: impl Fn(&str, &Row) -> Vec<String>) -> Vec<String> {
    let mut told = Vec::new();
    for (file, rows) in tables() {
        for row in rows {
            let faults = judge(&file, &row);
            told.extend(
                faults
                    .iter()
                    .map(|fault| format!("{file}: {}: {fault}", row.title)),
            );
        }
    }
    told
}

#[test]
fn every_rule_holds() {
    let faults = each_row(|_, row| row.faults());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Kamal's answer is ours, but where the row says that it differs.
#[test]
fn kamal_says_the_same() {
    let kamal = kamal();
    let faults = each_row(|file, row| {
        let Some(said) = kamal.get(file).and_then(|rows| rows.get(&row.title)) else {
            return vec!["Kamal was not asked: run `just parity record`".to_owned()];
        };
        let is_the_same = match said.strip_prefix("refused: ") {
            Some(text) => row
                .refused
                .iter()
                .any(|ours| ours.contains(text) || text.contains(&**ours)),
            None => said == "accepted" && row.refused.is_empty(),
        };
        match (is_the_same, &row.judged_otherwise) {
            (false, None) => vec![format!("Kamal: {said}")],
            (true, Some(_)) => vec![format!("Kamal judges the same: {said}")],
            _ => Vec::new(),
        }
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_difference_has_its_reason_in_the_list() {
    let list = read(DIFFERENCES).to_lowercase();
    let faults = each_row(|_, row| {
        let differences = row.judged_otherwise.iter().chain(&row.read_otherwise);
        let unlisted = differences.filter(|words| !list.contains(&words.to_lowercase()));
        unlisted.cloned().collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
