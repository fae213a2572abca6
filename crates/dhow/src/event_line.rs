//! What happens as one line of JSON: the form of `--output json`, described in docs/events.schema.json.
//!
//! A program may rely on version 1: what is there keeps its name and its meaning. Further fields and events may come;
//! what is left out or changed makes a version 2.

use std::{borrow::Cow, time::Duration};

use dhow_execute::{BuildStepEnd, Deployed, EventKind};
use dhow_names::{Host, RoleName};
use dhow_ssh_exec::Stream;
use serde::Serialize;
use serde_json::Value;

use crate::{failure::Failure, placed_problem::PlacedProblem};

/// The version of the form.
const SCHEMA: u8 = 1;

/// One line.
#[derive(Debug, Serialize)]
pub(crate) struct EventLine<'a> {
    schema: u8,
    /// Seconds since the run began.
    elapsed: f64,
    #[serde(flatten)]
    event: Told<'a>,
}

impl<'a> EventLine<'a> {
    pub(crate) fn new(elapsed: Duration, event: Told<'a>) -> Self {
        Self {
            schema: SCHEMA,
            elapsed: seconds(elapsed),
            event,
        }
    }

    /// The line, without its end.
    pub(crate) fn text(&self) -> String {
        // Every key is a text, so there is nothing that JSON could not say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is told. `seconds` is always how long something took.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Told<'a> {
    PhaseStarted {
        title: &'a str,
    },
    PhaseFinished {
        title: &'a str,
        seconds: f64,
        completed: bool,
    },
    HostWaits {
        host: &'a Host,
        role: &'a RoleName,
    },
    StepStarted {
        host: &'a Host,
        title: &'a str,
        command: &'a str,
        bookkeeping: bool,
    },
    Output {
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<&'a Host>,
        title: &'a str,
        stream: StreamName,
        line: &'a str,
    },
    StepFinished {
        host: &'a Host,
        title: &'a str,
        exit_code: i32,
        tolerated: bool,
        bookkeeping: bool,
        seconds: f64,
    },
    BuildStepStarted {
        title: &'a str,
    },
    BuildOutput {
        title: &'a str,
        stream: StreamName,
        line: &'a str,
    },
    BuildStepFinished {
        title: &'a str,
        end: EndName,
        bookkeeping: bool,
        seconds: f64,
    },
    Deployed {
        rows: Vec<Row<'a>>,
    },
    Note {
        text: Cow<'a, str>,
    },
    Warning {
        text: Cow<'a, str>,
        #[serde(flatten)]
        place: Option<Place<'a>>,
    },
    /// What the command is asked for, or a part of it.
    Data {
        text: Cow<'a, str>,
        /// What kind of answer it is, where there are several.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<&'a Host>,
        /// The same as data, where it has a structure.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<&'a Value>,
    },
    Failure {
        kind: &'static str,
        exit_code: u8,
        headline: &'a str,
        causes: &'a [String],
        details: Vec<Cow<'a, str>>,
        hints: &'a [String],
        problems: Vec<ProblemLine<'a>>,
    },
    /// Always the last one.
    Finished {
        exit_code: u8,
        seconds: f64,
    },
}

/// Where a program printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StreamName {
    Stdout,
    Stderr,
}

/// How a step of a build ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EndName {
    Done,
    Cached,
    Failed,
    Canceled,
}

/// What serves on a host.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    host: &'a Host,
    role: &'a RoleName,
    before: Option<&'a str>,
    now: Option<&'a str>,
    seconds: f64,
}

/// Something that is wrong in a file.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemLine<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place<'a>>,
}

/// Where in a file.
#[derive(Debug, Serialize)]
pub(crate) struct Place<'a> {
    file: Cow<'a, str>,
    line: usize,
    column: usize,
}

impl<'a> Told<'a> {
    /// Something that a person should look at.
    pub(crate) fn warning(text: &'a str) -> Self {
        Self::Warning {
            text: plain(text),
            place: None,
        }
    }

    /// A problem of a file that does not stop the run.
    pub(crate) fn problem(problem: &'a PlacedProblem) -> Self {
        Self::Warning {
            text: plain(&problem.message),
            place: Place::of(problem),
        }
    }

    /// Something that a person should know.
    pub(crate) fn note(text: &'a str) -> Self {
        Self::Note {
            text: plain(text.trim()),
        }
    }

    /// What a command is asked for, as text.
    pub(crate) fn data(text: &'a str) -> Self {
        Self::Data {
            text: plain(text),
            label: None,
            host: None,
            value: None,
        }
    }

    /// Why the command did not do what was asked for, and with which code the program will end.
    pub(crate) fn failure(failure: &'a Failure, exit_code: u8) -> Self {
        Self::Failure {
            kind: failure.kind.name(),
            exit_code,
            headline: &failure.headline,
            causes: &failure.causes,
            details: failure.details.iter().map(|it| plain(it)).collect(),
            hints: &failure.hints,
            problems: failure.problems.iter().map(ProblemLine::of).collect(),
        }
    }

    /// The end of a run.
    pub(crate) fn finished(exit_code: u8, took: Duration) -> Self {
        Self::Finished {
            exit_code,
            seconds: seconds(took),
        }
    }
}

impl<'a> From<&'a EventKind> for Told<'a> {
    fn from(kind: &'a EventKind) -> Self {
        match kind {
            EventKind::PhaseStarted { title } => Self::PhaseStarted { title },
            EventKind::PhaseFinished {
                title,
                duration,
                completed,
            } => Self::PhaseFinished {
                title,
                seconds: seconds(*duration),
                completed: *completed,
            },
            EventKind::HostWaits { host, role } => Self::HostWaits { host, role },
            EventKind::StepStarted {
                host,
                title,
                command,
                bookkeeping,
            } => Self::StepStarted {
                host,
                title,
                command,
                bookkeeping: *bookkeeping,
            },
            EventKind::Output {
                host,
                title,
                stream,
                line,
            } => Self::Output {
                host: host.as_ref(),
                title,
                stream: (*stream).into(),
                line,
            },
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                bookkeeping,
                duration,
            } => Self::StepFinished {
                host,
                title,
                exit_code: *exit_code,
                tolerated: *tolerated,
                bookkeeping: *bookkeeping,
                seconds: seconds(*duration),
            },
            EventKind::BuildStepStarted { title } => Self::BuildStepStarted { title },
            EventKind::BuildOutput {
                title,
                stream,
                line,
            } => Self::BuildOutput {
                title,
                stream: (*stream).into(),
                line,
            },
            EventKind::BuildStepFinished {
                title,
                end,
                bookkeeping,
                duration,
            } => Self::BuildStepFinished {
                title,
                end: (*end).into(),
                bookkeeping: *bookkeeping,
                seconds: seconds(*duration),
            },
            EventKind::Deployed(deployed) => Self::Deployed {
                rows: deployed.iter().map(Row::of).collect(),
            },
            EventKind::Note(text) => Self::note(text),
            EventKind::Warning(text) => Self::warning(text),
        }
    }
}

impl From<Stream> for StreamName {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}

impl From<BuildStepEnd> for EndName {
    fn from(end: BuildStepEnd) -> Self {
        match end {
            BuildStepEnd::Done => Self::Done,
            BuildStepEnd::Cached => Self::Cached,
            BuildStepEnd::Failed => Self::Failed,
            BuildStepEnd::Canceled => Self::Canceled,
        }
    }
}

impl<'a> Row<'a> {
    fn of(deployed: &'a Deployed) -> Self {
        Self {
            host: &deployed.host,
            role: &deployed.role,
            before: deployed.before.as_deref(),
            now: deployed.now.as_deref(),
            seconds: seconds(deployed.duration),
        }
    }
}

impl<'a> ProblemLine<'a> {
    fn of(problem: &'a PlacedProblem) -> Self {
        Self {
            message: &problem.message,
            place: Place::of(problem),
        }
    }
}

impl<'a> Place<'a> {
    fn of(problem: &'a PlacedProblem) -> Option<Self> {
        problem.place.as_ref().map(|place| Self {
            file: place.file.to_string_lossy(),
            line: place.line,
            column: place.column,
        })
    }
}

/// Without colours.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\u{1b}') {
        Cow::Owned(anstream::adapter::strip_str(text).to_string())
    } else {
        Cow::Borrowed(text)
    }
}

/// To the millisecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
