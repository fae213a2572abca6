//! What a build tells of itself while it runs: buildx's `--progress=rawjson` (from 0.13 on), read line by line.
//!
//! Buildx prints BuildKit's `SolveStatus` objects, the older versions indented over many lines, and plain text
//! among and behind them. [`Progress`] puts them together again and says what happened as [`BuildEvent`]s; at the
//! end it knows what to tell of the whole as [`Outcome`].

mod wire;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use self::wire::{Log, Status, Vertex, Warning};

/// How many lines of a step are kept for the case that it fails.
const KEPT_LINES: usize = 40;

/// How much of an object is put together before it is given up as none.
const LARGEST_OBJECT: usize = 4 << 20;

/// How long a step name may be where it is shown.
const LONGEST_NAME: usize = 120;

/// Something that happened in a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildEvent {
    /// A step began.
    Started {
        /// What it is called, such as `[2/3] RUN make`.
        step: String,
        /// Whose it is.
        kind: StepKind,
    },
    /// A step is over.
    Finished {
        /// What it is called.
        step: String,
        /// Whose it is.
        kind: StepKind,
        /// How it ended.
        end: StepEnd,
        /// How long it took.
        duration: Duration,
    },
    /// A step printed a line.
    Output {
        /// The step.
        step: String,
        /// Whether on standard error.
        is_error: bool,
        /// The line.
        line: String,
    },
    /// The builder has something to say about the Dockerfile.
    Warning(String),
    /// A line that is none of this: buildx itself said it.
    Said(String),
}

/// Whose a step of a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// An instruction of the Dockerfile that makes something.
    Instruction,
    /// A `FROM`.
    Base,
    /// Everything else: what BuildKit reads, fetches, writes and sends.
    Builder,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It was done.
    Done,
    /// An earlier build had done it.
    Cached,
    /// It failed.
    Failed,
    /// Another step failed, or somebody stopped the build.
    Canceled,
}

/// What is known of a build at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many instructions there were.
    pub steps: usize,
    /// How many of them an earlier build had done.
    pub cached: usize,
    /// The step that failed, when one did.
    pub failed: Option<FailedStep>,
    /// What buildx itself said, the last lines of it.
    pub said: Vec<String>,
}

/// The step that a build ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// What it is called.
    pub step: String,
    /// Why, in BuildKit's words.
    pub error: String,
    /// The last lines that it printed.
    pub lines: Vec<String>,
}

/// Reads what buildx prints.
#[derive(Debug, Default)]
pub struct Progress {
    /// The lines of an object that is not whole yet.
    object: String,
    steps: HashMap<String, Step>,
    /// The failed step that came first.
    failed: Option<String>,
    said: VecDeque<String>,
}

#[derive(Debug)]
struct Step {
    name: String,
    kind: StepKind,
    started: Option<jiff::Timestamp>,
    end: Option<(jiff::Timestamp, StepEnd)>,
    error: String,
    lines: VecDeque<String>,
    /// What was printed of a line, on each stream, whose end has not come yet.
    unfinished: [String; 2],
}

impl Progress {
    /// Takes a line, and says what it means.
    pub fn line(&mut self, line: &str) -> Vec<BuildEvent> {
        if self.object.is_empty() && !line.starts_with('{') {
            return self.said(line);
        }
        self.object.push_str(line);
        self.object.push('\n');
        // Indented objects end with a brace in the first column.
        if !line.ends_with('}') || (line.starts_with(' ') && self.object.starts_with("{\n")) {
            if self.object.len() > LARGEST_OBJECT {
                return self.given_up();
            }
            return Vec::new();
        }
        match serde_json::from_str::<Status>(&self.object) {
            Ok(status) => {
                self.object.clear();
                self.status(status)
            }
            Err(error) if error.is_eof() && self.object.len() <= LARGEST_OBJECT => Vec::new(),
            Err(_) => self.given_up(),
        }
    }

    /// There are no more lines.
    pub fn end(mut self) -> (Vec<BuildEvent>, Outcome) {
        let mut events = self.given_up();
        let unfinished: Vec<(String, usize)> = self
            .steps
            .iter()
            .flat_map(|(digest, step)| {
                let streams = (0..2).filter(|&stream| !step.unfinished[stream].is_empty());
                streams.map(|stream| (digest.clone(), stream))
            })
            .collect();
        for (digest, stream) in unfinished {
            if let Some(step) = self.steps.get_mut(&digest) {
                let line = std::mem::take(&mut step.unfinished[stream]);
                events.push(step.printed(stream, &line));
            }
        }
        let instructions = || {
            let steps = self.steps.values();
            steps.filter(|step| step.kind == StepKind::Instruction)
        };
        let is_cached = |step: &&Step| matches!(step.end, Some((_, StepEnd::Cached)));
        let failed = self.failed.as_ref().and_then(|it| self.steps.get(it));
        let outcome = Outcome {
            steps: instructions().count(),
            cached: instructions().filter(is_cached).count(),
            failed: failed.map(|step| FailedStep {
                step: step.name.clone(),
                error: step.error.clone(),
                lines: step.lines.iter().cloned().collect(),
            }),
            said: self.said.into(),
        };
        (events, outcome)
    }

    /// What looked like an object was none.
    fn given_up(&mut self) -> Vec<BuildEvent> {
        let text = std::mem::take(&mut self.object);
        text.lines().flat_map(|line| self.said(line)).collect()
    }

    fn said(&mut self, line: &str) -> Vec<BuildEvent> {
        if line.trim().is_empty() {
            return Vec::new();
        }
        keep(&mut self.said, line.to_owned());
        vec![BuildEvent::Said(line.to_owned())]
    }

    fn status(&mut self, status: Status) -> Vec<BuildEvent> {
        let mut events = Vec::new();
        for vertex in status.vertexes {
            self.vertex(vertex, &mut events);
        }
        for log in status.logs {
            self.log(&log, &mut events);
        }
        events.extend(
            status
                .warnings
                .iter()
                .map(Warning::text)
                .map(BuildEvent::Warning),
        );
        events
    }

    fn vertex(&mut self, vertex: Vertex, events: &mut Vec<BuildEvent>) {
        let step = self
            .steps
            .entry(vertex.digest.clone())
            .or_insert_with(|| Step::called(&vertex.name));
        if vertex.started.is_some() && step.started != vertex.started {
            // The same step may be gone through twice: once to know what it is, once to do it.
            let is_first = step.started.is_none();
            step.started = vertex.started;
            if is_first {
                events.push(BuildEvent::Started {
                    step: step.name.clone(),
                    kind: step.kind,
                });
            }
        }
        let Some(completed) = vertex.completed else {
            return;
        };
        let end = match vertex.error.as_str() {
            "" if vertex.cached => StepEnd::Cached,
            "" => StepEnd::Done,
            error if error.contains("context canceled") => StepEnd::Canceled,
            _ => StepEnd::Failed,
        };
        if step.end == Some((completed, end)) {
            return;
        }
        step.end = Some((completed, end));
        step.error = vertex.error;
        let began = step.started.unwrap_or(completed);
        let duration = Duration::try_from(completed.duration_since(began)).unwrap_or_default();
        events.push(BuildEvent::Finished {
            step: step.name.clone(),
            kind: step.kind,
            end,
            duration,
        });
        if end == StepEnd::Failed && self.failed.is_none() {
            self.failed = Some(vertex.digest);
        }
    }

    fn log(&mut self, log: &Log, events: &mut Vec<BuildEvent>) {
        let Some(step) = self.steps.get_mut(&log.vertex) else {
            return;
        };
        let stream = usize::from(log.stream == 2);
        let text = std::mem::take(&mut step.unfinished[stream]) + &log.text();
        let mut rest = text.as_str();
        while let Some((line, after)) = rest.split_once('\n') {
            let event = step.printed(stream, line);
            events.push(event);
            rest = after;
        }
        rest.clone_into(&mut step.unfinished[stream]);
    }
}

impl Step {
    fn called(name: &str) -> Self {
        Self {
            name: shown(name),
            kind: kind_of(name),
            started: None,
            end: None,
            error: String::new(),
            lines: VecDeque::new(),
            unfinished: Default::default(),
        }
    }

    fn printed(&mut self, stream: usize, line: &str) -> BuildEvent {
        // Of a line that was written over, what a person would see last.
        let line = line.trim_end_matches('\r');
        let line = line.rsplit('\r').next().unwrap_or(line).to_owned();
        keep(&mut self.lines, line.clone());
        BuildEvent::Output {
            step: self.name.clone(),
            is_error: stream == 1,
            line,
        }
    }
}

fn keep(lines: &mut VecDeque<String>, line: String) {
    if lines.len() == KEPT_LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// The name on one line, no longer than what can be read.
fn shown(name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() <= LONGEST_NAME {
        return name;
    }
    let kept: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{kept}…")
}

/// Steps of the Dockerfile begin with their place in it: `[2/3] `, `[build 2/3] `, `[linux/arm64 build 2/3] `.
fn kind_of(name: &str) -> StepKind {
    let in_brackets = |name: &str| -> Option<(String, String)> {
        let (place, instruction) = name.strip_prefix('[')?.split_once("] ")?;
        Some((place.to_owned(), instruction.to_owned()))
    };
    let Some((place, instruction)) = in_brackets(name) else {
        return StepKind::Builder;
    };
    let position = place.split(' ').next_back().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    match position.split_once('/') {
        Some((at, of)) if is_number(at) && is_number(of) => {
            if instruction.starts_with("FROM ") {
                StepKind::Base
            } else {
                StepKind::Instruction
            }
        }
        _ => StepKind::Builder,
    }
}

#[cfg(test)]
mod tests;
