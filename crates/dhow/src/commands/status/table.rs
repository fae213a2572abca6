//! The table of what runs where, as text.

use std::fmt::Write as _;

use dhow_docker::Names;
use dhow_plan::status::{Lock, OnHost, Part, Row, Status};
use dhow_versioning::Version;
use jiff::Timestamp;

use super::words::{NOTHING, ago, health, route, short};

const HEADINGS: [&str; COLUMNS] = [
    "SERVICE", "ROLE", "HOST", "VERSION", "HEALTH", "SINCE", "RESTARTS", "DRIFT", "ROUTES",
];
const COLUMNS: usize = 9;

/// What stands between two columns.
const GAP: &str = "  ";

/// Cells in words, and what is said below them.
#[derive(Debug)]
pub(super) struct Table {
    lines: Vec<Line>,
    lock: String,
}

#[derive(Debug)]
enum Line {
    /// The cells, and the version's in brief.
    Row([String; COLUMNS], String),
    /// A host of which nothing is known, and why.
    Unknown(String, String),
}

impl Table {
    /// The words for what was seen.
    pub(super) fn of(status: &Status, names: &Names, now: Timestamp) -> Self {
        let lines = status.hosts.iter().flat_map(|(host, it)| match it {
            OnHost::Rows(rows) => {
                let line = |row| Line::Row(cells(row, host.as_str(), names, now), brief(row));
                rows.iter().map(line).collect()
            }
            OnHost::Unknown(reason) => vec![Line::Unknown(host.to_string(), reason.clone())],
        });
        Self {
            lines: lines.collect(),
            lock: lock(&status.lock),
        }
    }

    /// The text: as a table where its width allows that, if need be with versions in brief, else as a paragraph for
    /// each row.
    pub(super) fn render(&self, width: Option<usize>) -> String {
        let fits = |table: &String| {
            let widest = table.lines().map(|line| line.chars().count()).max();
            width.is_none_or(|width| widest.is_none_or(|widest| widest <= width))
        };
        let tables = [false, true].map(|in_brief| self.table(in_brief));
        let table = tables.into_iter().find(fits);
        let body = table.unwrap_or_else(|| self.paragraphs());
        format!("{body}\n{}\n", self.lock)
    }

    fn table(&self, in_brief: bool) -> String {
        let version = |cells: &[String; COLUMNS], brief: &String| {
            let mut cells = cells.clone();
            if in_brief {
                cells[3].clone_from(brief);
            }
            cells
        };
        let mut widths = HEADINGS.map(str::len);
        for line in &self.lines {
            match line {
                Line::Row(cells, brief) => {
                    let cells = version(cells, brief);
                    for (width, cell) in widths.iter_mut().zip(&cells) {
                        *width = (*width).max(cell.chars().count());
                    }
                }
                Line::Unknown(host, _) => widths[2] = widths[2].max(host.chars().count()),
            }
        }
        let mut text = padded(&HEADINGS.map(str::to_owned), &widths);
        for line in &self.lines {
            text += &match line {
                Line::Row(cells, brief) => padded(&version(cells, brief), &widths),
                Line::Unknown(host, reason) => {
                    let cells = HEADINGS.map(|heading| match heading {
                        "SERVICE" | "ROLE" => NOTHING.to_owned(),
                        "HOST" => host.clone(),
                        "VERSION" => format!("unknown: {reason}"),
                        _ => String::new(),
                    });
                    padded(&cells, &widths)
                }
            };
        }
        text
    }

    fn paragraphs(&self) -> String {
        let mut paragraphs = Vec::new();
        for line in &self.lines {
            paragraphs.push(match line {
                Line::Row(cells, _) => paragraph(cells),
                Line::Unknown(host, reason) => format!("{host}\n  unknown: {reason}\n"),
            });
        }
        paragraphs.join("\n")
    }
}

/// `shop web on 10.0.0.1`, then a line for each of the other columns that say something.
fn paragraph(cells: &[String; COLUMNS]) -> String {
    let [service, role, host, others @ ..] = cells;
    let mut text = format!("{service} {role} on {host}\n");
    for (heading, cell) in HEADINGS.iter().skip(3).zip(others) {
        if cell != NOTHING {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:9} {cell}", heading.to_lowercase());
        }
    }
    text
}

fn padded(cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        let _ = write!(line, "{cell:width$}{GAP}");
    }
    format!("{}\n", line.trim_end())
}

/// The version as people say it: of a commit the first digits.
fn brief(row: &Row) -> String {
    let Some(running) = &row.running else {
        return NOTHING.to_owned();
    };
    // Others have an image there.
    let is_role = matches!(row.part, Part::Role(_));
    let version: Option<Version> = running.version.parse().ok().filter(|_| is_role);
    match (version, running.digest) {
        (Some(version), Some(digest)) => format!("{} ({})", version.abbreviated(), short(digest)),
        (Some(version), None) => version.abbreviated().to_owned(),
        (None, _) => running.version.clone(),
    }
}

fn cells(row: &Row, host: &str, names: &Names, now: Timestamp) -> [String; COLUMNS] {
    let running = row.running.as_ref();
    let condition = running.and_then(|it| it.condition.as_ref());
    let version = running.map(|it| match it.digest {
        Some(digest) => format!("{} ({})", it.version, short(digest)),
        None => it.version.clone(),
    });
    let since = condition.and_then(|it| it.since);
    let routes: Vec<String> = row.routes.iter().flat_map(route).collect();
    let or_nothing = |text: Option<String>| {
        text.filter(|it| !it.is_empty())
            .unwrap_or_else(|| NOTHING.to_owned())
    };
    [
        row.part.service(names),
        row.part.role().to_owned(),
        host.to_owned(),
        or_nothing(version),
        or_nothing(condition.map(health)),
        or_nothing(since.map(|it| ago(it, now))),
        or_nothing(condition.map(|it| it.restarts.to_string())),
        or_nothing(Some(row.drift.join(", "))),
        or_nothing(Some(routes.join(" "))),
    ]
}

fn lock(lock: &Lock) -> String {
    match lock {
        Lock::Free => "deploy lock: free".to_owned(),
        Lock::Unknown => "deploy lock: unknown".to_owned(),
        Lock::Held(None) => "deploy lock: held, nobody knows by whom".to_owned(),
        Lock::Held(Some(it)) => format!(
            "deploy lock: held by {} since {}, version {}: {}",
            it.holder, it.since, it.version, it.message
        ),
    }
}

#[cfg(test)]
mod tests;
