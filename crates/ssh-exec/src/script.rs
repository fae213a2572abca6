//! What a host is asked to do: blocks of steps, each step one command.

use std::fmt;

use dhow_redaction::REDACTED;
use dhow_shell::CommandLine;
use secrecy::{ExposeSecret, SecretSlice};

/// Everything one host does in one go, in order. It is sent to the host's shell at once, and what came of it comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The blocks, run one after another; the first that fails or is interrupted is the last that runs.
    pub blocks: Vec<Block>,
}

impl Script {
    /// A script of one block without a rescue.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            blocks: vec![Block::new(steps)],
        }
    }

    /// Adds a block.
    #[must_use]
    pub fn then(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Every step with its number, in order.
    pub fn numbered(&self) -> impl Iterator<Item = (StepNumber, &Step)> {
        self.blocks
            .iter()
            .flat_map(|block| block.steps.iter().chain(&block.rescue))
            .enumerate()
            .map(|(at, step)| (StepNumber(at), step))
    }

    /// The step with this number.
    pub fn step(&self, number: StepNumber) -> Option<&Step> {
        self.numbered()
            .find_map(|(at, step)| (at == number).then_some(step))
    }

    /// Each block with the numbers of its steps and of its rescue.
    pub(crate) fn numbered_blocks(&self) -> Vec<NumberedBlock<'_>> {
        let mut next = 0;
        let mut number = |steps: &'_ [Step]| -> std::ops::Range<usize> {
            let first = next;
            next += steps.len();
            first..next
        };
        self.blocks
            .iter()
            .map(|block| NumberedBlock {
                steps: number(&block.steps)
                    .map(StepNumber)
                    .zip(&block.steps)
                    .collect(),
                rescue: number(&block.rescue)
                    .map(StepNumber)
                    .zip(&block.rescue)
                    .collect(),
            })
            .collect()
    }
}

/// A block whose steps carry their numbers.
pub(crate) struct NumberedBlock<'script> {
    pub(crate) steps: Vec<(StepNumber, &'script Step)>,
    pub(crate) rescue: Vec<(StepNumber, &'script Step)>,
}

/// Steps that belong together.
///
/// When one of them fails, or the run is interrupted before the last of them is done, `rescue` runs and the
/// script ends. A block whose steps are all done is never rescued: what it began, it has finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What puts things right: every one of these runs, whatever the others say, and no interruption ends them.
    pub rescue: Vec<Step>,
}

impl Block {
    /// Steps without a rescue.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            rescue: Vec::new(),
        }
    }

    /// The same steps, put right by these when they do not all get done.
    #[must_use]
    pub fn rescued_by(mut self, rescue: impl IntoIterator<Item = Step>) -> Self {
        self.rescue.extend(rescue);
        self
    }
}

/// One command. It runs in a subshell in the home folder of the user, so that it leaves nothing to the next
/// step but what it did to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is run.
    pub command: CommandLine,
    /// Its standard input; without one it reads the end of file at once.
    pub input: Option<Input>,
    /// What a non-zero exit code means.
    pub on_failure: OnFailure,
    /// What an interruption does to it.
    pub on_interrupt: OnInterrupt,
}

impl Step {
    /// A step without input that stops the script when it fails and is ended by an interruption.
    pub fn new(command: CommandLine) -> Self {
        Self {
            command,
            input: None,
            on_failure: OnFailure::Stop,
            on_interrupt: OnInterrupt::End,
        }
    }

    /// The same step reading this.
    #[must_use]
    pub fn reading(mut self, input: Input) -> Self {
        self.input = Some(input);
        self
    }

    /// The same step, but it may fail.
    #[must_use]
    pub fn allowed_to_fail(mut self) -> Self {
        self.on_failure = OnFailure::Continue;
        self
    }

    /// The same step, but an interruption waits until it is done.
    #[must_use]
    pub fn never_cut_short(mut self) -> Self {
        self.on_interrupt = OnInterrupt::Finish;
        self
    }
}

/// What follows a step's non-zero exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The rest of the block is left out, its rescue runs, and the script ends.
    Stop,
    /// The next step runs; the exit code is only reported.
    Continue,
}

/// What an interruption does to a running step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInterrupt {
    /// It is waited for.
    Finish,
    /// It is ended, with the programs it started.
    End,
}

/// The standard input of a step: a password, a file, a set of variables. It is never shown and never part of
/// an argument list, here or on the host.
#[derive(Clone)]
pub struct Input(SecretSlice<u8>);

impl Input {
    /// Takes bytes into custody.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(SecretSlice::from(bytes.into()))
    }

    /// The bytes themselves, for the transport that delivers them and for tests of what would be delivered.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Input {}

/// Which step of a script, counted from 0: the steps of the first block, its rescue, the steps of the second
/// block, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepNumber(pub usize);

impl fmt::Display for StepNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
