//! Events in Kamal's manner, for scripts that read its log (cli §4.1).

use std::collections::BTreeMap;

use dhow_execute::{BuildStepEnd, Event, EventKind, Reporter};
use dhow_names::Host;

use super::{Detail, rows, seconds};
use crate::terminal::Terminal;

/// Tells of commands as Kamal's log does.
#[derive(Debug)]
pub(super) struct KamalLines {
    terminal: Terminal,
    log: Log,
}

impl KamalLines {
    /// `seed` makes the numbers of commands those of this run.
    pub(super) fn new(terminal: Terminal, detail: Detail, seed: u64) -> Self {
        Self {
            terminal,
            log: Log::new(detail, seed),
        }
    }
}

impl Reporter for KamalLines {
    fn report(&mut self, event: &Event) {
        let terminal = &self.terminal;
        if let EventKind::Warning(text) = &event.kind {
            return terminal.warning(text);
        }
        if self.log.detail == Detail::Warnings {
            return;
        }
        match &event.kind {
            EventKind::PhaseStarted { title } => terminal.title(&format!("{title}...")),
            EventKind::PhaseFinished { .. } => terminal.end_of_phase(),
            kind => {
                for line in self.log.lines(kind) {
                    terminal.progress(&line);
                }
            }
        }
    }
}

/// What was said of which command.
#[derive(Debug)]
struct Log {
    detail: Detail,
    /// The numbers of what runs now: a step of a host, or a program of this machine.
    running: BTreeMap<(Option<Host>, String), String>,
    last: u64,
}

impl Log {
    fn new(detail: Detail, seed: u64) -> Self {
        Self {
            detail,
            running: BTreeMap::new(),
            last: seed,
        }
    }

    fn lines(&mut self, kind: &EventKind) -> Vec<String> {
        let everything = self.detail == Detail::Everything;
        match kind {
            EventKind::StepStarted {
                host,
                title,
                command,
                bookkeeping,
            } if everything || !bookkeeping => self.started(host, title, command),
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                duration,
                ..
            } => {
                let Some(id) = self.running.remove(&(Some(host.clone()), title.clone())) else {
                    return Vec::new();
                };
                let ending = match (exit_code, tolerated) {
                    (0, _) => "successful",
                    (_, true) => "failed",
                    // The failure itself is told at the end.
                    (_, false) => return Vec::new(),
                };
                let took = duration.as_secs_f64();
                vec![format!(
                    "  INFO [{id}] Finished in {took:.3} seconds with exit status {exit_code} ({ending})."
                )]
            }
            EventKind::Output {
                host, title, line, ..
            } if everything || host.is_none() => self.printed(host.as_ref(), title, line),
            EventKind::BuildOutput { title, line, .. } if everything => {
                self.printed(None, "build", &format!("{title}: {line}"))
            }
            EventKind::BuildStepFinished {
                title,
                end,
                bookkeeping,
                duration,
            } if everything || !bookkeeping => {
                let end = match end {
                    BuildStepEnd::Done => format!("DONE {}", seconds(*duration)),
                    BuildStepEnd::Cached => "CACHED".to_owned(),
                    BuildStepEnd::Failed => "ERROR".to_owned(),
                    BuildStepEnd::Canceled => "CANCELED".to_owned(),
                };
                self.printed(None, "build", &format!("{title} {end}"))
            }
            EventKind::HostWaits { host, role } => vec![format!(
                "  INFO Waiting for the first healthy {role} container before booting on {host}..."
            )],
            EventKind::Deployed(deployed) => rows(deployed),
            EventKind::Note(text) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    fn started(&mut self, host: &Host, title: &str, command: &str) -> Vec<String> {
        let id = self.next();
        // A line of the log is one command.
        let command = command.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let mut lines = vec![format!("  INFO [{id}] Running {command} on {host}")];
        if self.detail == Detail::Everything {
            lines.push(format!(" DEBUG [{id}] Command: {command}"));
        }
        self.running
            .insert((Some(host.clone()), title.to_owned()), id);
        lines
    }

    fn printed(&mut self, host: Option<&Host>, title: &str, line: &str) -> Vec<String> {
        let key = (host.cloned(), title.to_owned());
        let known = self.running.get(&key).cloned();
        let id = known.unwrap_or_else(|| self.next());
        self.running.insert(key, id.clone());
        vec![format!(" DEBUG [{id}] \t{line}")]
    }

    /// Eight hex digits, as if by chance.
    fn next(&mut self) -> String {
        // Knuth's numbers for a generator that takes every value once.
        let factor = 6_364_136_223_846_793_005;
        self.last = self
            .last
            .wrapping_mul(factor)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", self.last >> 32)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::samples::events, *};

    /// The log of every kind of event, with numbers that tell only which lines belong together.
    fn log(detail: Detail) -> String {
        let mut log = Log::new(detail, 7);
        let lines: Vec<String> = events().iter().flat_map(|kind| log.lines(kind)).collect();
        let mut text = lines.join("\n");
        let ids: Vec<String> = lines
            .iter()
            .filter_map(|line| line.split_once('[')?.1.split_once(']'))
            .map(|(id, _)| id.to_owned())
            .filter(|id| id.len() == 8 && id.chars().all(|it| it.is_ascii_hexdigit()))
            .collect();
        for (number, id) in (1..).zip(ids) {
            text = text.replace(&id, &format!("ID{number}"));
        }
        text
    }

    #[test]
    fn commands_are_told_as_kamal_tells_them() {
        insta::assert_snapshot!(log(Detail::Steps));
    }

    #[test]
    fn what_they_print_is_told_when_asked_for() {
        insta::assert_snapshot!(log(Detail::Everything));
    }

    #[test]
    fn each_command_has_a_number_of_its_own() {
        let mut log = Log::new(Detail::Steps, 7);
        let ids: BTreeSet<String> = (0..1000).map(|_| log.next()).collect();
        assert!(ids.iter().all(|id| id.len() == 8));
        assert_eq!(ids.len(), 1000);
    }
}
