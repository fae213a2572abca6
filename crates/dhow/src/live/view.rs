//! What is seen of a run: a state that events change, and the lines that follow from it.

use std::time::Duration;

use dhow_execute::{BuildStepEnd, EventKind};
use dhow_names::Host;

use super::table::table;
use crate::reporter::{BUILDER, seconds};

/// A line and its look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) look: Look,
    pub(super) text: String,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What goes on.
    Title,
    Plain,
    /// What matters less.
    Faint,
    /// Something is done.
    Good,
    /// Something failed.
    Bad,
    /// Something to look at.
    Warning,
}

impl Look {
    fn of(self, text: impl Into<String>) -> Shown {
        Shown {
            look: self,
            text: text.into(),
        }
    }
}

/// What goes on.
#[derive(Debug, Default)]
pub(super) struct View {
    phase: Option<Begun>,
    /// In the order in which they began to work.
    hosts: Vec<HostState>,
    /// The steps of the build that run.
    build: Vec<BuildStep>,
    /// What stands below everything else in the end.
    last: Vec<Shown>,
}

/// Something that runs since a moment.
#[derive(Debug)]
struct Begun {
    title: String,
    at: Duration,
}

/// What a host does.
#[derive(Debug)]
struct HostState {
    host: Host,
    /// What it waits for before its first step.
    waiting: Option<Begun>,
    /// The steps that run; several where roles are started side by side.
    running: Vec<Begun>,
    /// What it did last, and how long that took.
    last: Option<(String, Duration)>,
}

#[derive(Debug)]
struct BuildStep {
    begun: Begun,
    /// What it printed last.
    said: Option<String>,
}

impl View {
    /// Takes note of what happened, and says what stays to be read.
    pub(super) fn report(&mut self, kind: &EventKind, now: Duration) -> Vec<Shown> {
        match kind {
            EventKind::PhaseStarted { title } => {
                self.begin(Some(title), now);
                Vec::new()
            }
            EventKind::PhaseFinished {
                title,
                duration,
                completed,
            } => {
                self.begin(None, now);
                let took = seconds(*duration);
                vec![if *completed {
                    Look::Good.of(format!("{title}  {took}"))
                } else {
                    Look::Bad.of(format!("{title}  stopped after {took}"))
                }]
            }
            EventKind::HostWaits { host, role } => {
                let title = EventKind::waiting_for(role);
                self.host(host).waiting = Some(Begun { title, at: now });
                Vec::new()
            }
            EventKind::StepStarted { host, title, .. } => {
                self.step_started(host, title, now);
                Vec::new()
            }
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                bookkeeping,
                duration,
            } => {
                self.step_finished(host, title, *duration);
                let took = seconds(*duration);
                match (exit_code, tolerated) {
                    (0, _) => Vec::new(),
                    (_, true) if *bookkeeping => Vec::new(),
                    (code, true) => {
                        vec![
                            Look::Plain.of(format!("  {host}  {title} (exit code {code})  {took}")),
                        ]
                    }
                    (code, false) => {
                        vec![Look::Bad.of(format!("{host}  {title} (exit code {code})  {took}"))]
                    }
                }
            }
            EventKind::Output {
                host: None,
                title,
                line,
                ..
            } => vec![Look::Plain.of(format!("  {title} | {line}"))],
            EventKind::BuildStepStarted { .. }
            | EventKind::BuildOutput { .. }
            | EventKind::BuildStepFinished { .. } => self.build(kind, now),
            EventKind::Deployed(deployed) => {
                let rows = table(deployed).into_iter();
                self.last = rows.map(|row| Look::Plain.of(row)).collect();
                if let Some(head) = self.last.first_mut() {
                    head.look = Look::Faint;
                }
                Vec::new()
            }
            EventKind::Note(text) => vec![Look::Plain.of(text)],
            EventKind::Warning(text) => vec![Look::Warning.of(text)],
            EventKind::Output { host: Some(_), .. } => Vec::new(),
        }
    }

    /// What stays when the run is over.
    pub(super) fn end(&mut self) -> Vec<Shown> {
        std::mem::take(&mut self.last)
    }

    /// The lines of what goes on, no more of them than there are rows.
    pub(super) fn live(&self, now: Duration, rows: usize) -> Vec<Shown> {
        let mut lines = Vec::new();
        if let Some(phase) = &self.phase {
            lines.push(Look::Title.of(with_time(&phase.title, phase.at, now)));
        }
        for step in &self.build {
            let begun = &step.begun;
            lines.push(Look::Plain.of(format!("  {}", with_time(&begun.title, begun.at, now))));
            if let Some(said) = &step.said {
                lines.push(Look::Faint.of(format!("    {said}")));
            }
        }
        let room = rows.saturating_sub(lines.len());
        lines.extend(self.host_lines(now, room));
        lines.truncate(rows);
        lines
    }

    /// A line for each host; where there are too many, for those that work, and the number of the others.
    fn host_lines(&self, now: Duration, room: usize) -> Vec<Shown> {
        let width = self.hosts.iter().map(|it| it.host.as_str().len());
        let width = width.max().unwrap_or_default();
        if self.hosts.len() <= room {
            return self.hosts.iter().map(|it| it.line(width, now)).collect();
        }
        let (at_work, at_rest): (Vec<&HostState>, Vec<&HostState>) =
            self.hosts.iter().partition(|it| !it.running.is_empty());
        let shown = room.saturating_sub(1).min(at_work.len());
        let mut lines: Vec<Shown> = at_work[..shown]
            .iter()
            .map(|it| it.line(width, now))
            .collect();
        let (more, rest) = (at_work.len() - shown, at_rest.len());
        lines.push(Look::Faint.of(format!(
            "  and {more} more at work, {rest} waiting or through"
        )));
        lines
    }

    /// Begins a phase, or what is between two.
    fn begin(&mut self, phase: Option<&String>, now: Duration) {
        self.phase = phase.map(|title| Begun {
            title: title.clone(),
            at: now,
        });
        self.hosts.clear();
        self.build.clear();
    }

    fn host(&mut self, host: &Host) -> &mut HostState {
        let known = self.hosts.iter().position(|it| it.host == *host);
        let at = known.unwrap_or_else(|| {
            self.hosts.push(HostState {
                host: host.clone(),
                waiting: None,
                running: Vec::new(),
                last: None,
            });
            self.hosts.len() - 1
        });
        &mut self.hosts[at]
    }

    fn step_started(&mut self, host: &Host, title: &str, now: Duration) {
        let state = self.host(host);
        state.waiting = None;
        state.running.push(Begun {
            title: title.to_owned(),
            at: now,
        });
    }

    fn step_finished(&mut self, host: &Host, title: &str, duration: Duration) {
        let state = self.host(host);
        if let Some(at) = state.running.iter().position(|it| it.title == title) {
            state.running.remove(at);
        }
        state.last = Some((title.to_owned(), duration));
        // Between two phases there is nothing that the others would have to be waited for.
        if self.phase.is_none() {
            self.hosts.retain(|it| !it.running.is_empty());
        }
    }

    fn build(&mut self, kind: &EventKind, now: Duration) -> Vec<Shown> {
        match kind {
            EventKind::BuildStepStarted { title } => {
                let begun = Begun {
                    title: title.clone(),
                    at: now,
                };
                self.build.push(BuildStep { begun, said: None });
            }
            EventKind::BuildOutput { title, line, .. } if title != BUILDER => {
                let step = self.build.iter_mut().find(|it| it.begun.title == *title);
                if let Some(step) = step
                    && !line.trim().is_empty()
                {
                    step.said = Some(line.clone());
                }
            }
            EventKind::BuildStepFinished {
                title,
                end,
                duration,
                ..
            } => {
                self.build.retain(|it| it.begun.title != *title);
                if *end == BuildStepEnd::Failed {
                    let took = seconds(*duration);
                    return vec![Look::Bad.of(format!("{title}  {took}"))];
                }
            }
            _ => {}
        }
        Vec::new()
    }
}

impl HostState {
    fn line(&self, width: usize, now: Duration) -> Shown {
        let host = self.host.as_str();
        if let Some(step) = self.running.last() {
            let step = with_time(&step.title, step.at, now);
            return Look::Plain.of(format!("  {host:width$}  {step}"));
        }
        let rests = match (&self.waiting, &self.last) {
            (Some(waiting), _) => with_time(&waiting.title, waiting.at, now),
            (None, Some((title, took))) => format!("{title}  {}", seconds(*took)),
            (None, None) => String::new(),
        };
        Look::Faint.of(format!("  {host:width$}  {rests}"))
    }
}

/// Whole seconds, so that a line does not flicker.
fn with_time(title: &str, since: Duration, now: Duration) -> String {
    let passed = now.saturating_sub(since).as_secs();
    format!("{title}  {passed} s")
}

#[cfg(test)]
mod tests;
