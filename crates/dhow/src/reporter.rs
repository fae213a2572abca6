//! Events as plain lines.

use std::time::Duration;

use dhow_execute::{Event, EventKind, Reporter};
use dhow_names::Host;

use crate::terminal::Terminal;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Phases, and each step with its time.
    Steps,
    /// Also every command and all it prints.
    Everything,
    /// Only what a person should look at; for commands whose data is what counts.
    Warnings,
}

/// Shows events as lines, in the order they happened.
#[derive(Debug)]
pub(crate) struct Lines {
    terminal: Terminal,
    detail: Detail,
}

impl Lines {
    pub(crate) fn new(terminal: Terminal, detail: Detail) -> Self {
        Self { terminal, detail }
    }

    fn everything(&self) -> bool {
        self.detail == Detail::Everything
    }
}

impl Reporter for Lines {
    fn report(&mut self, event: &Event) {
        if let EventKind::Warning(text) = &event.kind {
            return self.terminal.warning(text);
        }
        if self.detail == Detail::Warnings {
            return;
        }
        match &event.kind {
            EventKind::PhaseStarted { title } => self.terminal.title(title),
            EventKind::PhaseFinished {
                duration,
                completed,
                ..
            } => {
                let word = if *completed { "done" } else { "stopped" };
                self.terminal
                    .faint(&format!("  {word} after {}", seconds(*duration)));
            }
            EventKind::HostWaits { host, role } => {
                self.terminal.faint(&format!(
                    "  {host}  waits for the first healthy {role} container"
                ));
            }
            EventKind::StepStarted { host, command, .. } if self.everything() => {
                for line in command.lines() {
                    self.terminal.faint(&format!("  {host}  $ {line}"));
                }
            }
            EventKind::Output { host, line, .. } if self.everything() || host.is_none() => {
                self.terminal
                    .progress(&format!("  {}| {line}", place(host.as_ref())));
            }
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                duration,
            } if self.everything() || is_worth_a_line(*exit_code, *tolerated, title) => {
                let failed = match (exit_code, tolerated) {
                    (0, _) => String::new(),
                    (code, true) => format!(" (exit code {code})"),
                    (code, false) => format!(" FAILED (exit code {code})"),
                };
                self.terminal.progress(&format!(
                    "  {host}  {title}{failed}  {}",
                    seconds(*duration)
                ));
            }
            EventKind::Note(text) => self.terminal.progress(text),
            EventKind::Warning(_)
            | EventKind::StepStarted { .. }
            | EventKind::Output { .. }
            | EventKind::StepFinished { .. } => {}
        }
    }
}

/// Bookkeeping is not worth a line while it works.
fn is_worth_a_line(exit_code: i32, tolerated: bool, title: &str) -> bool {
    let bookkeeping = title.starts_with("look at") || title == "write the audit log";
    !bookkeeping || (exit_code != 0 && !tolerated)
}

fn place(host: Option<&Host>) -> String {
    host.map(|host| format!("{host}  ")).unwrap_or_default()
}

/// A duration as a person reads it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
