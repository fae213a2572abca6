//! Events as plain lines.

use std::time::Duration;

use dhow_execute::{BuildStepEnd, Event, EventKind, Reporter};
use dhow_names::Host;

use super::{BUILDER, Detail, rows, seconds};
use crate::terminal::Terminal;

/// From when on a step that is only the builder's own is worth a line: sending a large context, pushing layers.
const LONG: Duration = Duration::from_secs(1);

/// Shows events as lines, in the order they happened.
#[derive(Debug)]
pub(super) struct Lines {
    terminal: Terminal,
    detail: Detail,
    /// The step of a build that was named while it runs.
    named: Option<String>,
}

impl Lines {
    pub(super) fn new(terminal: Terminal, detail: Detail) -> Self {
        Self {
            terminal,
            detail,
            named: None,
        }
    }

    /// A step that prints is one that takes its time: it is named once while it runs, though not what it prints.
    fn begun_step(&mut self, event: &Event) -> Option<String> {
        let EventKind::BuildOutput { title, .. } = &event.kind else {
            return None;
        };
        let is_new = title != BUILDER && self.named.as_ref() != Some(title);
        if self.detail != Detail::Steps || !is_new {
            return None;
        }
        self.named = Some(title.clone());
        Some(format!("  build  {title}  …"))
    }
}

impl Reporter for Lines {
    fn report(&mut self, event: &Event) {
        let begun = self.begun_step(event);
        let terminal = &self.terminal;
        if let Some(text) = begun {
            terminal.progress(&text);
        }
        match line(self.detail, event) {
            None => {}
            Some(Line::Warning(text)) => terminal.warning(&text),
            Some(Line::Title(text)) => terminal.title(&text),
            Some(Line::Faint(text)) => text.lines().for_each(|line| terminal.faint(line)),
            Some(Line::Plain(text)) => terminal.progress(&text),
        }
        let is_over = matches!(event.kind, EventKind::PhaseFinished { .. });
        if is_over && self.detail != Detail::Warnings {
            terminal.end_of_phase();
        }
    }
}

/// What is shown of an event, with its look.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Warning(String),
    Title(String),
    /// What matters less; it may be several lines.
    Faint(String),
    Plain(String),
}

/// The whole of an event as text, without its look.
pub(crate) fn everything(event: &Event) -> Option<String> {
    Some(match line(Detail::Everything, event)? {
        Line::Warning(text) => format!("warning: {text}"),
        Line::Title(text) | Line::Faint(text) | Line::Plain(text) => text,
    })
}

fn line(detail: Detail, event: &Event) -> Option<Line> {
    let everything = detail == Detail::Everything;
    if let EventKind::Warning(text) = &event.kind {
        return Some(Line::Warning(text.clone()));
    }
    if detail == Detail::Warnings {
        return None;
    }
    Some(match &event.kind {
        EventKind::PhaseStarted { title } => Line::Title(title.clone()),
        EventKind::PhaseFinished {
            duration,
            completed,
            ..
        } => {
            let word = if *completed { "done" } else { "stopped" };
            Line::Faint(format!("  {word} after {}", seconds(*duration)))
        }
        EventKind::HostWaits { host, role } => {
            Line::Faint(format!("  {host}  {}", EventKind::waiting_for(role)))
        }
        EventKind::StepStarted { host, command, .. } if everything => {
            let lines: Vec<String> = command
                .lines()
                .map(|line| format!("  {host}  $ {line}"))
                .collect();
            Line::Faint(lines.join("\n"))
        }
        EventKind::Output { host, line, .. } if everything || host.is_none() => {
            Line::Plain(format!("  {}| {line}", place(host.as_ref())))
        }
        EventKind::StepFinished {
            host,
            title,
            exit_code,
            tolerated,
            bookkeeping,
            duration,
        } if everything || !bookkeeping || (*exit_code != 0 && !tolerated) => {
            let failed = match (exit_code, tolerated) {
                (0, _) => String::new(),
                (code, true) => format!(" (exit code {code})"),
                (code, false) => format!(" FAILED (exit code {code})"),
            };
            let took = seconds(*duration);
            Line::Plain(format!("  {host}  {title}{failed}  {took}"))
        }
        EventKind::BuildOutput { line, .. } if everything => {
            Line::Plain(format!("  build  | {line}"))
        }
        EventKind::BuildStepFinished {
            title,
            end,
            bookkeeping,
            duration,
        } if everything || !bookkeeping || *end == BuildStepEnd::Failed || *duration >= LONG => {
            let end = match end {
                BuildStepEnd::Done => seconds(*duration),
                BuildStepEnd::Cached => "CACHED".to_owned(),
                BuildStepEnd::Failed => format!("FAILED  {}", seconds(*duration)),
                BuildStepEnd::Canceled => "left off".to_owned(),
            };
            Line::Plain(format!("  build  {title}  {end}"))
        }
        EventKind::Deployed(deployed) => Line::Plain(rows(deployed).join("\n")),
        EventKind::Note(text) => Line::Plain(text.clone()),
        EventKind::Warning(_)
        | EventKind::BuildStepStarted { .. }
        | EventKind::BuildOutput { .. }
        | EventKind::BuildStepFinished { .. }
        | EventKind::StepStarted { .. }
        | EventKind::Output { .. }
        | EventKind::StepFinished { .. } => return None,
    })
}

fn place(host: Option<&Host>) -> String {
    host.map(|host| format!("{host}  ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::samples::events, *};

    fn shown(detail: Detail) -> String {
        let lines = events().into_iter().filter_map(|kind| {
            let event = Event {
                elapsed: Duration::ZERO,
                kind,
            };
            line(detail, &event)
        });
        let marked = lines.map(|line| match line {
            Line::Warning(text) => format!("warning: {text}"),
            Line::Title(text) => format!("# {text}"),
            Line::Faint(text) => format!("({text})"),
            Line::Plain(text) => text,
        });
        marked.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn phases_and_steps_are_shown_and_bookkeeping_is_not() {
        insta::assert_snapshot!(shown(Detail::Steps), @r"
        # Boot 2222222 on 1 host
        (  10.0.0.1  waits for the first healthy web container)
          | a line
          10.0.0.1  start web 2222222  1.3 s
          10.0.0.1  look at 10.0.0.1 FAILED (exit code 1)  1.3 s
          10.0.0.1  remove old images (exit code 1)  1.3 s
          10.0.0.1  wait for web 2222222 FAILED (exit code 7)  1.3 s
          build  [1/2] COPY . .  CACHED
          build  [2/2] RUN make  FAILED  0.4 s
          build  [other 2/2] RUN make  left off
          10.0.0.1  web  1111111 -> 2222222  2.3 s
          10.0.0.1  jobs  nothing -> 2222222  2.3 s
          10.0.0.1  cron  1111111 -> unknown  2.3 s
        Finished all in 3.1 seconds
        warning: the work tree has changes
        (  stopped after 61.0 s)
        (  done after 0.0 s)
        ");
    }

    #[test]
    fn everything_is_shown_when_asked_for() {
        insta::assert_snapshot!(shown(Detail::Everything), @r"
        # Boot 2222222 on 1 host
        (  10.0.0.1  waits for the first healthy web container)
        (  10.0.0.1  $ docker run
          10.0.0.1  $   --detach)
        (  10.0.0.1  $ echo deployed)
          10.0.0.1  | a line
          | a line
          10.0.0.1  start web 2222222  1.3 s
          10.0.0.1  write the audit log  1.3 s
          10.0.0.1  write the audit log (exit code 1)  1.3 s
          10.0.0.1  look at 10.0.0.1 FAILED (exit code 1)  1.3 s
          10.0.0.1  remove old images (exit code 1)  1.3 s
          10.0.0.1  wait for web 2222222 FAILED (exit code 7)  1.3 s
          build  | cc
          build  [internal] load .dockerignore  0.4 s
          build  [1/2] COPY . .  CACHED
          build  [2/2] RUN make  FAILED  0.4 s
          build  [other 2/2] RUN make  left off
          10.0.0.1  web  1111111 -> 2222222  2.3 s
          10.0.0.1  jobs  nothing -> 2222222  2.3 s
          10.0.0.1  cron  1111111 -> unknown  2.3 s
        Finished all in 3.1 seconds
        warning: the work tree has changes
        (  stopped after 61.0 s)
        (  done after 0.0 s)
        ");
    }

    #[test]
    fn warnings_are_always_shown() {
        assert_eq!(
            shown(Detail::Warnings),
            "warning: the work tree has changes"
        );
    }
}
