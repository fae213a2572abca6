//! What comes back from a host: events while a script runs, and a report at its end.

use std::time::Duration;

use crate::StepNumber;

/// How much of one step's output is kept, in bytes for each of its two streams. All of it is streamed.
pub const KEPT_OUTPUT: usize = 16 * 1024 * 1024;

/// Something that happened on a host while a script ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptEvent {
    /// A step begins.
    StepStarted {
        /// Which one.
        step: StepNumber,
    },
    /// A step printed a line.
    Output {
        /// Which one.
        step: StepNumber,
        /// On which stream.
        stream: Stream,
        /// The line without its end. Bytes that are no UTF-8 are replaced.
        line: String,
    },
    /// A step is done.
    StepFinished {
        /// Which one.
        step: StepNumber,
        /// Its exit code; 128 and the signal's number when a signal ended it.
        exit_code: i32,
        /// How long it took, seen from here.
        duration: Duration,
    },
}

/// One of the two streams a program prints on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    /// Which one.
    pub step: StepNumber,
    /// Its exit code; 128 and the signal's number when a signal ended it.
    pub exit_code: i32,
    /// What it printed on standard output, at most [`KEPT_OUTPUT`] bytes and then a line that says so.
    pub stdout: String,
    /// What it printed on standard error, bounded likewise.
    pub stderr: String,
    /// How long it took, seen from here.
    pub duration: Duration,
}

/// What a whole script did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptReport {
    /// The steps that ran, in the order they ran in.
    pub steps: Vec<StepReport>,
    /// Why there are no more.
    pub ending: Ending,
}

impl ScriptReport {
    /// The report of a script that was interrupted before its host heard of it.
    pub(crate) fn not_begun() -> Self {
        Self {
            steps: Vec::new(),
            ending: Ending::Interrupted,
        }
    }
}

impl ScriptReport {
    /// What a step did, when it ran.
    pub fn step(&self, number: StepNumber) -> Option<&StepReport> {
        self.steps.iter().find(|report| report.step == number)
    }
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every block was done.
    Completed,
    /// This step failed; its block's rescue ran, and nothing after it.
    Failed {
        /// The step that failed.
        step: StepNumber,
    },
    /// The run was interrupted before everything was done; the rescue of the block it was in ran.
    Interrupted,
}
