//! The build while it runs: its steps become events, all it says goes into a log, and what fails is explained.

use std::{fmt::Write as _, ops::RangeInclusive, time::Duration};

use dhow_builder::{BuildEvent, Dockerfile, FailedStep, Outcome, Progress, StepEnd, StepKind};
use dhow_execute::{BuildStepEnd, EventKind};
use dhow_shell::CommandLine;
use dhow_ssh_exec::Stream;

use super::machine::Machine;
use crate::{
    build_log::BuildLog,
    failure::{Failure, Kind},
    placed_problem::{Place, PlacedProblem},
    reporter::{BUILDER, seconds},
};

/// How many lines of a Dockerfile are shown of an instruction that failed.
const SHOWN_OF_DOCKERFILE: usize = 12;

/// A build that is about to run.
#[derive(Clone, Debug)]
pub(super) struct Watched<'a> {
    pub(super) machine: &'a Machine<'a>,
    pub(super) line: CommandLine,
    /// Whether what it prints can be read by [`Progress`].
    pub(super) tells_steps: bool,
}

impl<'a> Watched<'a> {
    /// Runs the build on this machine.
    pub(super) async fn run(self, log: BuildLog) -> Result<(), Failure> {
        let (machine, tells_steps) = (self.machine, self.tells_steps);
        let line = self.line.clone();
        let mut progress = Progress::default();
        let mut watching = self.begin(log);
        let report = machine
            .watch(&line, None, |line| {
                if tells_steps && line.stream == Stream::Stderr {
                    for event in progress.line(&line.line) {
                        watching.tell(event);
                    }
                } else {
                    watching.plain(line.stream, line.line);
                }
            })
            .await?;
        let (events, outcome) = progress.end();
        for event in events {
            watching.tell(event);
        }
        if report.exit_code == 0 {
            watching.succeeded(&outcome, report.duration);
            return Ok(());
        }
        let said = if tells_steps {
            outcome.said.join("\n")
        } else {
            machine.last_lines(&report)
        };
        Err(watching.failed(&outcome, report.exit_code, &said))
    }

    /// Begins to tell of it.
    pub(super) fn begin(self, mut log: BuildLog) -> Watching<'a> {
        let announcer = &self.machine.invocation.announcer;
        let line = announcer.redact(&self.line.to_string());
        log.line(announcer.elapsed(), &format!("$ {line}"));
        Watching {
            machine: self.machine,
            line: self.line,
            log,
        }
    }
}

/// A build that runs, and who is told of what it says.
#[derive(Debug)]
pub(super) struct Watching<'a> {
    machine: &'a Machine<'a>,
    line: CommandLine,
    log: BuildLog,
}

impl Watching<'_> {
    /// Tells how much there was to do.
    pub(super) fn succeeded(&self, outcome: &Outcome, took: Duration) {
        let steps = match (outcome.steps, outcome.cached) {
            (0, _) => String::new(),
            (steps, cached) if steps == cached => format!(", all steps cached ({steps})"),
            (steps, cached) => format!(", {cached} of {steps} steps cached"),
        };
        let (took, log) = (seconds(took), self.log.path().display());
        let note = format!("  built in {took}{steps}, log in {log}");
        self.machine.invocation.announcer.note(note);
    }

    /// What made the build fail. `said` is what buildx itself said last.
    pub(super) fn failed(&self, outcome: &Outcome, exit_code: i32, said: &str) -> Failure {
        let failure = if let Some(failed) = &outcome.failed {
            self.failed_step(failed, outcome)
        } else {
            let headline = format!(
                "the build failed with exit code {exit_code}, nothing was changed on any host"
            );
            let said = self.machine.invocation.announcer.redact(said);
            Failure::new(Kind::Step, headline).detail(format!("$ {}\n{said}", self.line))
        };
        failure.detail(format!("The whole log: {}", self.log.path().display()))
    }

    fn failed_step(&self, failed: &FailedStep, outcome: &Outcome) -> Failure {
        let headline = format!(
            "the build failed at `{}`, nothing was changed on any host",
            failed.step
        );
        let mut failure = Failure::new(Kind::Step, headline);
        failure.causes.push(failed.error.clone());
        failure = failure.with_problems(self.problem(failed));
        if let Some(place) = self.place(failed, outcome) {
            failure = failure.detail(place);
        }
        if !failed.lines.is_empty() {
            failure = failure.detail(format!("It printed last:\n  {}", failed.lines.join("\n  ")));
        }
        let announcer = &self.machine.invocation.announcer;
        failure.redacted(|text| announcer.redact(text))
    }

    /// The instruction in the Dockerfile. New versions of BuildKit show it themselves, old ones do not.
    fn place(&self, failed: &FailedStep, outcome: &Outcome) -> Option<String> {
        let path = &self.machine.config.builder.dockerfile;
        let is_rule = |line: &String| line.starts_with("-----");
        let said = &outcome.said;
        if let Some(begin) = said.iter().position(is_rule)
            && let Some(length) = said[begin + 1..].iter().position(is_rule)
            && begin > 0
        {
            let lines = &said[begin - 1..begin + 1 + length];
            return Some(
                lines
                    .iter()
                    .filter(|line| !is_rule(line))
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("\n"),
            );
        }
        let (text, lines) = self.instruction(failed)?;
        let mut shown = format!("{}:{}", path.display(), lines.start());
        for (number, line) in (1..).zip(text.lines()) {
            if lines.contains(&number) && number < lines.start() + SHOWN_OF_DOCKERFILE {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\n{number:4} | {line}");
            }
        }
        Some(shown)
    }

    /// The Dockerfile, and the lines of the instruction in it.
    fn instruction(&self, failed: &FailedStep) -> Option<(String, RangeInclusive<usize>)> {
        let path = self
            .machine
            .folder
            .join(&self.machine.config.builder.dockerfile);
        let text = fs_err::read_to_string(path).ok()?;
        let (_, step) = failed.step.split_once("] ")?;
        let lines = Dockerfile::parse(&text).instruction_of(step)?.lines.clone();
        Some((text, lines))
    }

    /// The first line of the instruction, for programs.
    fn problem(&self, failed: &FailedStep) -> Option<PlacedProblem> {
        let (text, lines) = self.instruction(failed)?;
        let line = *lines.start();
        let width = text.lines().nth(line.checked_sub(1)?)?.chars().count();
        Some(PlacedProblem {
            message: format!("the build failed at `{}`\n{}", failed.step, failed.error),
            place: Some(Place {
                file: self.machine.config.builder.dockerfile.clone(),
                line,
                column: 1,
                last_column: width,
            }),
        })
    }

    /// Tells of what happened, and writes it down.
    pub(super) fn tell(&mut self, event: BuildEvent) {
        let announcer = &self.machine.invocation.announcer;
        let (text, kind) = match event {
            BuildEvent::Started { step, .. } => (
                format!("{step} …"),
                EventKind::BuildStepStarted { title: step },
            ),
            BuildEvent::Finished {
                step,
                kind,
                end,
                duration,
            } => (
                format!("{step} {end:?} {}", seconds(duration)),
                EventKind::BuildStepFinished {
                    title: step,
                    end: end_of(end),
                    bookkeeping: kind != StepKind::Instruction,
                    duration,
                },
            ),
            BuildEvent::Output {
                step,
                is_error,
                line,
            } => (
                format!("{step} | {line}"),
                EventKind::BuildOutput {
                    title: step,
                    stream: if is_error {
                        Stream::Stderr
                    } else {
                        Stream::Stdout
                    },
                    line,
                },
            ),
            BuildEvent::Warning(text) => (format!("warning: {text}"), EventKind::Warning(text)),
            BuildEvent::Said(line) => (
                line.clone(),
                EventKind::BuildOutput {
                    title: BUILDER.to_owned(),
                    stream: Stream::Stderr,
                    line,
                },
            ),
        };
        self.log.line(announcer.elapsed(), &announcer.redact(&text));
        announcer.tell(kind);
    }

    /// A line of a builder that does not tell its steps.
    pub(super) fn plain(&mut self, stream: Stream, line: String) {
        let announcer = &self.machine.invocation.announcer;
        self.log.line(announcer.elapsed(), &announcer.redact(&line));
        announcer.tell(EventKind::Output {
            host: None,
            title: "build".to_owned(),
            stream,
            line,
        });
    }
}

fn end_of(end: StepEnd) -> BuildStepEnd {
    match end {
        StepEnd::Done => BuildStepEnd::Done,
        StepEnd::Cached => BuildStepEnd::Cached,
        StepEnd::Failed => BuildStepEnd::Failed,
        StepEnd::Canceled => BuildStepEnd::Canceled,
    }
}
