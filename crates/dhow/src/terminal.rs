//! The only owner of the standard streams.

pub(crate) mod screen;

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::Instant,
};

use anstyle::{AnsiColor, Style};
use dhow_config::Problem;
use dhow_names::Host;
use serde_json::Value;

use crate::{
    event_line::{EventLine, Told},
    failure::Failure,
    live::Live,
    placed_problem::PlacedProblem,
    workflow::{self, Level, Workflow},
};

/// The style of failures.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of warnings.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of advice.
const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The style of phases.
const TITLE: Style = Style::new().bold();
/// The style of what matters less.
const FAINT: Style = Style::new().dimmed();

/// Writes to the standard streams: data to the output, everything about it to the errors; or all of it as events to
/// the output.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    quiet: bool,
    began: Instant,
    manner: Manner,
    /// Whether progress stands among the data, as with Kamal.
    as_kamal: bool,
}

/// How things are told.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// In lines for a person.
    Lines,
    /// In lines, some of which GitHub Actions folds or shows beside a file.
    Workflow(Workflow),
    /// In lines that stay, and below them what goes on, drawn anew.
    Live(Arc<Live>),
    /// As one JSON object per line, for a program.
    Events,
}

impl Terminal {
    /// The streams of a run that began at this moment.
    pub(crate) fn new(quiet: bool, began: Instant, manner: Manner) -> Self {
        Self {
            quiet,
            began,
            manner,
            as_kamal: false,
        }
    }

    /// The same for a script that knows Kamal, whose log stands on the standard output.
    pub(crate) fn in_kamals_manner(self) -> Self {
        Self {
            as_kamal: true,
            ..self
        }
    }

    /// Whether progress is told as Kamal does it.
    pub(crate) fn tells_as_kamal(&self) -> bool {
        self.as_kamal
    }

    /// Whether a program reads what happens.
    pub(crate) fn tells_events(&self) -> bool {
        matches!(self.manner, Manner::Events)
    }

    /// Writes an event; -q leaves what a command is asked for, why it failed and how it ended.
    pub(crate) fn event(&self, event: Told<'_>) {
        let is_wanted = matches!(
            event,
            Told::Data { .. } | Told::Failure { .. } | Told::Finished { .. }
        );
        if is_wanted || !self.quiet {
            write_line(&EventLine::new(self.began.elapsed(), event).text());
        }
    }

    /// The end of the run, after which nothing is told.
    pub(crate) fn finish(&self, exit_code: u8) {
        match &self.manner {
            Manner::Events => self.event(Told::finished(exit_code, self.began.elapsed())),
            Manner::Live(live) => live.end(),
            Manner::Lines | Manner::Workflow(_) => {}
        }
    }

    /// The picture of what goes on, where there is one.
    pub(crate) fn live(&self) -> Option<&Arc<Live>> {
        match &self.manner {
            Manner::Live(live) => Some(live),
            _ => None,
        }
    }

    /// Writes to a stream, whatever is drawn on the terminal.
    fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.manner {
            Manner::Live(live) => live.beside(write),
            _ => write(),
        }
    }

    /// Whether colours make sense on the errors' stream.
    pub(crate) fn colours(&self) -> bool {
        !self.tells_events() && errors_show_colours()
    }

    /// What the command is for: it goes to the standard output, whatever else is silenced.
    pub(crate) fn data(&self, text: impl Display) {
        if self.tells_events() {
            return self.event(Told::data(&text.to_string()));
        }
        self.beside(|| {
            // A reader that went away wants no more.
            let _ = write!(anstream::stdout(), "{text}");
            let _ = io::stdout().flush();
        });
    }

    /// The same, of which programs also get the structure; false when no program reads any more.
    pub(crate) fn structured(&self, text: impl Display, value: &Value) -> bool {
        if !self.tells_events() {
            self.data(text);
            return true;
        }
        let data = Told::Data {
            text: text.to_string().into(),
            label: None,
            host: None,
            value: Some(value),
        };
        write_line(&EventLine::new(self.began.elapsed(), data).text())
    }

    /// A block of output as scripts know it from Kamal: `App Host: HOST`, the text, an empty line (cli §4.2). Quiet
    /// is without the first line, under our own name also without the last.
    pub(crate) fn block(&self, label: &str, host: &Host, text: &str) {
        if self.tells_events() {
            return self.event(Told::Data {
                text: text.into(),
                label: Some(label),
                host: Some(host),
                value: None,
            });
        }
        match (self.quiet, self.as_kamal) {
            (false, _) => self.data(format_args!("{label} Host: {host}\n{text}\n\n")),
            (true, true) => self.data(format_args!("{text}\n\n")),
            (true, false) => self.data(format_args!("{text}\n")),
        }
    }

    /// Data that must arrive byte for byte, even where it looks like colours.
    pub(crate) fn exactly(&self, text: &str) {
        if self.tells_events() {
            return self.event(Told::Data {
                text: text.into(),
                label: None,
                host: None,
                value: None,
            });
        }
        self.beside(|| {
            let mut output = io::stdout().lock();
            // A reader that went away wants no more.
            let _ = output.write_all(text.as_bytes());
            let _ = output.flush();
        });
    }

    /// A line of data that comes as it is; false when nobody reads any more.
    pub(crate) fn line(&self, line: &str) -> bool {
        self.beside(|| write_line(line))
    }

    /// A line that a host printed: for a person as it is `shown`, for a program with the host and the name of its
    /// `source`, if it has one. False when nobody reads any more.
    pub(crate) fn line_of(
        &self,
        host: &Host,
        source: Option<&str>,
        line: &str,
        shown: &str,
    ) -> bool {
        if !self.tells_events() {
            return self.line(shown);
        }
        let data = Told::Data {
            text: line.into(),
            label: source,
            host: Some(host),
            value: None,
        };
        write_line(&EventLine::new(self.began.elapsed(), data).text())
    }

    /// Whether colours make sense on the standard output.
    pub(crate) fn output_shows_colours(&self) -> bool {
        !self.tells_events()
            && io::stdout().is_terminal()
            && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
    }

    /// A failure, and the exit code that it leads to.
    pub(crate) fn failure(&self, failure: &Failure, exit_code: u8) {
        if self.tells_events() {
            return self.event(Told::failure(failure, exit_code));
        }
        let look = |word: &'static str| {
            let style = match word {
                "error" => ERROR,
                "hint" => HINT,
                _ => TITLE,
            };
            format!("{style}{word}{style:#}")
        };
        let text = failure.render(look);
        if let Manner::Live(live) = &self.manner {
            live.end();
        }
        match &self.manner {
            Manner::Workflow(workflow) => {
                self.error_line(&workflow.as_text(&text));
                for annotation in annotations(failure, workflow) {
                    self.error_line(&annotation);
                }
            }
            _ => self.error_line(&text),
        }
    }

    /// Something to look at.
    pub(crate) fn warning(&self, text: &str) {
        if self.tells_events() {
            return self.event(Told::warning(text));
        }
        let text = match self.manner {
            Manner::Workflow(_) => workflow::message(Level::Warning, text),
            _ => format!("{WARNING}warning{WARNING:#}: {text}"),
        };
        if !self.quiet {
            self.error_line(&text);
        }
    }

    /// A problem of a file, with what it is about.
    pub(crate) fn problem(&self, problem: &Problem) {
        if self.tells_events() {
            return self.event(Told::problem(&PlacedProblem::from(problem)));
        }
        if self.quiet {
            return;
        }
        self.error_line(&problem.render(self.colours()));
        if let Manner::Workflow(workflow) = &self.manner {
            let problem = PlacedProblem::from(problem);
            self.error_line(&workflow.annotation(Level::Warning, &problem));
        }
    }

    /// Progress: a phase begins.
    pub(crate) fn title(&self, text: &str) {
        match self.manner {
            Manner::Workflow(_) => self.progress(&workflow::group(text)),
            _ => self.progress(&format!("{TITLE}{text}{TITLE:#}")),
        }
    }

    /// A phase that had a title is over.
    pub(crate) fn end_of_phase(&self) {
        if matches!(self.manner, Manner::Workflow(_)) {
            self.progress(workflow::END_OF_GROUP);
        }
    }

    /// Progress, as something that matters less.
    pub(crate) fn faint(&self, text: &str) {
        self.progress(&format!("{FAINT}{text}{FAINT:#}"));
    }

    /// Progress.
    pub(crate) fn progress(&self, text: &str) {
        if self.tells_events() {
            return self.event(Told::note(text));
        }
        if self.quiet {
            return;
        }
        if self.as_kamal {
            self.data(format_args!("{text}\n"));
        } else {
            self.error_line(text);
        }
    }

    /// A line beside the data.
    fn error_line(&self, text: &str) {
        self.beside(|| {
            // A reader that went away wants no more.
            let _ = writeln!(anstream::stderr(), "{text}");
        });
    }

    /// Asks until the answer is yes or no; the end of the input is a no. A question is no event: a person answers it.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn confirm(&self, question: &str) -> bool {
        loop {
            let _ = write!(anstream::stderr(), "{question} [y/N] ");
            let mut answer = String::new();
            match io::stdin().read_line(&mut answer) {
                Ok(0) | Err(_) => return false,
                Ok(_) => match answer.trim() {
                    "y" | "Y" | "yes" => return true,
                    "" | "n" | "N" | "no" => return false,
                    _ => {}
                },
            }
        }
    }
}

/// What GitHub shows of a failure: each problem beside its line, or else the failure itself.
fn annotations(failure: &Failure, workflow: &Workflow) -> Vec<String> {
    if failure.problems.is_empty() {
        let mut lines = vec![failure.headline.as_str()];
        lines.extend(failure.causes.iter().map(String::as_str));
        lines.extend(failure.hints.iter().map(String::as_str));
        return vec![workflow::message(Level::Error, &lines.join("\n"))];
    }
    let problems = failure.problems.iter();
    problems
        .map(|problem| workflow.annotation(Level::Error, problem))
        .collect()
}

/// Whether a person sees both streams.
pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal() && errors_are_watched()
}

/// Whether a person sees the errors' stream.
pub(crate) fn errors_are_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether colours make sense on the errors' stream.
pub(crate) fn errors_show_colours() -> bool {
    errors_are_watched()
        && anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Writes one whole line to the standard output; false when nobody reads any more.
fn write_line(line: &str) -> bool {
    let mut output = io::stdout().lock();
    output
        .write_all(format!("{line}\n").as_bytes())
        .and_then(|()| output.flush())
        .is_ok()
}
