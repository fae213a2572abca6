//! What is sent of an event: a record for each line.

use std::time::Duration;

use dhow_execute::{BuildStepEnd, Deployed, Event, EventKind};
use dhow_names::Host;
use dhow_ssh_exec::Stream;

/// One log record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// When, since the run began.
    pub(crate) elapsed: Duration,
    pub(crate) severity: Severity,
    /// The line.
    pub(crate) body: String,
    /// Whether it is an event of the whole run, whose name is the body.
    pub(crate) is_event: bool,
    pub(crate) attributes: Vec<(&'static str, crate::Value)>,
}

/// How much a record matters, in OpenTelemetry's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Debug,
    Info,
    Warn,
    Error,
}

impl Severity {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Debug => 5,
            Self::Info => 9,
            Self::Warn => 13,
            Self::Error => 17,
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The records of an event, one for each line of its text.
pub(crate) fn records(event: &Event) -> Vec<Record> {
    let told = told(&event.kind).into_iter();
    told.flat_map(|told| lines(event.elapsed, told)).collect()
}

fn lines(elapsed: Duration, (severity, text, host, stream): Told<'_>) -> Vec<Record> {
    let mut attributes = Vec::new();
    if let Some(host) = host {
        attributes.push(("server.address", host.as_str().into()));
    }
    if let Some(stream) = stream {
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        attributes.push(("log.iostream", name.into()));
    }
    let lines = text.lines().map(|line| Record {
        elapsed,
        severity,
        body: line.to_owned(),
        is_event: false,
        attributes: attributes.clone(),
    });
    lines.collect()
}

type Told<'a> = (Severity, String, Option<&'a Host>, Option<Stream>);

fn told(kind: &EventKind) -> Vec<Told<'_>> {
    let one = match kind {
        EventKind::Deployed(rows) => return rows.iter().map(deployed).collect(),
        EventKind::PhaseStarted { title } => (Severity::Info, title.clone(), None, None),
        EventKind::PhaseFinished {
            title,
            duration,
            completed,
        } => {
            let (severity, how) = if *completed {
                (Severity::Info, "done")
            } else {
                (Severity::Error, "stopped")
            };
            (
                severity,
                format!("{title}: {how} after {}", seconds(*duration)),
                None,
                None,
            )
        }
        EventKind::HostWaits { host, role } => {
            let text = EventKind::waiting_for(role);
            (Severity::Info, text, Some(host), None)
        }
        EventKind::StepStarted { host, command, .. } => {
            (Severity::Debug, format!("$ {command}"), Some(host), None)
        }
        EventKind::Output {
            host, stream, line, ..
        } => (Severity::Debug, line.clone(), host.as_ref(), Some(*stream)),
        EventKind::StepFinished {
            host,
            title,
            exit_code,
            tolerated,
            duration,
            ..
        } => {
            let took = seconds(*duration);
            let (severity, text) = match (exit_code, tolerated) {
                (0, _) => (Severity::Info, format!("{title}: {took}")),
                (code, tolerated) => {
                    let severity = if *tolerated {
                        Severity::Warn
                    } else {
                        Severity::Error
                    };
                    (severity, format!("{title}: exit code {code} after {took}"))
                }
            };
            (severity, text, Some(host), None)
        }
        EventKind::BuildStepStarted { title } => (Severity::Debug, title.clone(), None, None),
        EventKind::BuildOutput { stream, line, .. } => {
            (Severity::Debug, line.clone(), None, Some(*stream))
        }
        EventKind::BuildStepFinished {
            title,
            end,
            duration,
            ..
        } => {
            let (severity, how) = match end {
                BuildStepEnd::Done => (Severity::Info, seconds(*duration)),
                BuildStepEnd::Cached => (Severity::Info, "from the cache".to_owned()),
                BuildStepEnd::Canceled => (Severity::Warn, "left off".to_owned()),
                BuildStepEnd::Failed => (Severity::Error, "failed".to_owned()),
            };
            (severity, format!("{title}: {how}"), None, None)
        }
        EventKind::Note(text) => (Severity::Info, text.clone(), None, None),
        EventKind::Warning(text) => (Severity::Warn, text.clone(), None, None),
    };
    vec![one]
}

/// What serves on a host from now on.
fn deployed(row: &Deployed) -> Told<'_> {
    let before = row.before.as_deref().unwrap_or("nothing");
    let (severity, now) = match &row.now {
        Some(now) => (Severity::Info, now.as_str()),
        None => (Severity::Warn, "unknown"),
    };
    let took = seconds(row.duration);
    let text = format!("{}: {before} -> {now} in {took}", row.role);
    (severity, text, Some(&row.host), None)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
