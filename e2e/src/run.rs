//! One run of the tool, as a user would make it, and what a test may say of its end.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, IntoFuture},
    path::{Path, PathBuf},
    pin::Pin,
    time::Duration,
};

use crate::live::Live;

/// A command line that was not run yet. Await it to run it to its end, or take it [`live`](Self::live).
#[derive(Debug, Clone)]
#[must_use = "nothing runs until it is awaited or taken live"]
pub struct Run {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) patience: Duration,
}

impl Run {
    pub(crate) fn new<'a>(
        program: PathBuf,
        arguments: impl IntoIterator<Item = &'a str>,
        folder: &Path,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let arguments = arguments.into_iter().map(String::from).collect();
        Self {
            program,
            arguments,
            folder: folder.into(),
            variables,
            patience: Duration::from_mins(2),
        }
    }

    /// Sets a variable for this run.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Takes a variable away for this run, such as `DOCKER_HOST`.
    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Looks for programs in this folder first: a test puts stand-ins for `docker` or `ssh` there.
    pub fn programs_first_from(mut self, folder: &Path) -> Self {
        let path = self.variables.remove("PATH").unwrap_or_default();
        self.env("PATH", &format!("{}:{path}", folder.display()))
    }

    /// Runs in another folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = folder.into();
        self
    }

    /// How long it may take before the test fails; two minutes unless told.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it, for a test that acts while it runs.
    pub fn live(self) -> Live {
        Live::start(&self)
    }
}

impl IntoFuture for Run {
    type Output = Finished;
    type IntoFuture = Pin<Box<dyn Future<Output = Finished> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.live().finished().await })
    }
}

/// A run that ended. A test says first how it must have ended, and then what it must have shown.
#[derive(Debug, Clone)]
#[must_use = "say how it must have ended: succeeds() or fails_with(code)"]
pub struct Finished {
    /// The end and the output.
    pub transcript: Transcript,
}

impl Finished {
    /// It exited with 0.
    ///
    /// # Panics
    /// When it did not, with everything it wrote.
    #[track_caller]
    pub fn succeeds(self) -> Transcript {
        self.fails_with(0)
    }

    /// It exited with this code.
    ///
    /// # Panics
    /// When it did not, with everything it wrote.
    #[track_caller]
    pub fn fails_with(self, code: i32) -> Transcript {
        let transcript = self.transcript;
        assert!(
            transcript.code == Some(code),
            "should have exited with {code}\n{transcript}"
        );
        transcript
    }

    /// It exited by itself with another code than 0.
    ///
    /// # Panics
    /// When it succeeded, or when a signal ended it.
    #[track_caller]
    pub fn fails(self) -> Transcript {
        let transcript = self.transcript;
        assert!(
            transcript.code.is_some_and(|code| code != 0),
            "should have failed\n{transcript}"
        );
        transcript
    }
}

/// Everything a run wrote and how long it took.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The command line.
    pub title: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Both, line by line in the order of arrival.
    pub lines: Vec<String>,
    /// From start to end.
    pub elapsed: Duration,
}

impl Transcript {
    /// Asserts that this text is in the output, whichever stream.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.wrote(text), "should have shown {text:?}\n{self}");
        self
    }

    /// Asserts that this text is nowhere in the output.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.wrote(text), "should not have shown {text:?}\n{self}");
        self
    }

    fn wrote(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "$ {}", self.title)?;
        for line in &self.lines {
            writeln!(formatter, "{line}")?;
        }
        let end = self.code.map_or_else(
            || "was ended by a signal".into(),
            |code| format!("exited with {code}"),
        );
        write!(
            formatter,
            "… {end} after {:.1} s",
            self.elapsed.as_secs_f64()
        )
    }
}
