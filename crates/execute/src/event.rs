//! What happens, told as it happens.

use std::{
    fmt,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use dhow_names::{Host, RoleName};
use dhow_redaction::Redactor;
use dhow_ssh_exec::Stream;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Since the run began.
    pub elapsed: Duration,
    /// What it was.
    pub kind: EventKind,
}

/// What happened. Every event says enough to be shown on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A phase began.
    PhaseStarted {
        /// What it is for.
        title: String,
    },
    /// A phase is over.
    PhaseFinished {
        /// What it was for.
        title: String,
        /// How long it took.
        duration: Duration,
        /// Whether everything in it was done.
        completed: bool,
    },
    /// A host waits until the first container of a role is healthy somewhere.
    HostWaits {
        /// The host.
        host: Host,
        /// The role it waits for.
        role: RoleName,
    },
    /// A step began on a host.
    StepStarted {
        /// The host.
        host: Host,
        /// What the step does.
        title: String,
        /// The command, secrets replaced.
        command: String,
        /// Whether it only looks or writes down what is done.
        bookkeeping: bool,
    },
    /// A program printed a line.
    Output {
        /// The host; none for this machine.
        host: Option<Host>,
        /// The step, hook or program that printed it.
        title: String,
        /// On which stream.
        stream: Stream,
        /// The line, secrets replaced.
        line: String,
    },
    /// A step is over on a host.
    StepFinished {
        /// The host.
        host: Host,
        /// What the step did.
        title: String,
        /// Its exit code.
        exit_code: i32,
        /// Whether a failure of it is none of the deploy's.
        tolerated: bool,
        /// Whether it only looked or wrote down what is done.
        bookkeeping: bool,
        /// How long it took.
        duration: Duration,
    },
    /// A step of a build began.
    BuildStepStarted {
        /// What it is called, such as `[2/3] RUN make`.
        title: String,
    },
    /// A step of a build printed a line.
    BuildOutput {
        /// The step.
        title: String,
        /// On which stream.
        stream: Stream,
        /// The line, secrets replaced.
        line: String,
    },
    /// A step of a build is over.
    BuildStepFinished {
        /// What it is called.
        title: String,
        /// How it ended.
        end: BuildStepEnd,
        /// Whether it is the builder's own, and no instruction.
        bookkeeping: bool,
        /// How long it took.
        duration: Duration,
    },
    /// A deploy is over, and this is what serves where now.
    Deployed(Vec<Deployed>),
    /// Something a person should know.
    Note(String),
    /// Something a person should look at.
    Warning(String),
}

impl EventKind {
    /// What a host does that [waits](Self::HostWaits) for this role, for whoever shows it.
    pub fn waiting_for(role: &RoleName) -> String {
        format!("waits for the first healthy {role} container")
    }
}

/// How a step of a build ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStepEnd {
    /// It was done.
    Done,
    /// An earlier build had done it.
    Cached,
    /// It failed.
    Failed,
    /// It was left off, because another step failed or somebody stopped the build.
    Canceled,
}

/// A role on a host after a deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The host.
    pub host: Host,
    /// The role.
    pub role: RoleName,
    /// The version that ran before; none on a first deploy.
    pub before: Option<String>,
    /// The version that serves now; none when the host went away before that was known.
    pub now: Option<String>,
    /// How long the host worked for the role.
    pub duration: Duration,
}

/// Shows or records events.
pub trait Reporter: Send {
    /// Takes note of an event. Events come one at a time, in the order they happened.
    fn report(&mut self, event: &Event);
}

/// The one place through which all events go: it puts those of parallel hosts into one order, and takes known
/// secrets out of them.
pub struct Announcer {
    began: Instant,
    redactor: OnceLock<Redactor>,
    reporters: Mutex<Vec<Box<dyn Reporter>>>,
}

impl fmt::Debug for Announcer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Announcer")
            .field("began", &self.began)
            .finish_non_exhaustive()
    }
}

impl Announcer {
    /// Tells `reporter` of everything from now on.
    pub fn new(reporter: Box<dyn Reporter>) -> Self {
        Self {
            began: Instant::now(),
            redactor: OnceLock::new(),
            reporters: Mutex::new(vec![reporter]),
        }
    }

    /// Tells `reporter` as well from now on.
    pub fn add(&self, reporter: Box<dyn Reporter>) {
        let mut reporters = self
            .reporters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        reporters.push(reporter);
    }

    /// Since the run began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Keeps these secrets out of what is told from now on. The secrets of a run are read once, so only the
    /// first call counts.
    pub fn keep_out(&self, redactor: Redactor) {
        // Secrets that are known already stay known.
        let _ = self.redactor.set(redactor);
    }

    /// Tells of something.
    pub fn tell(&self, kind: EventKind) {
        let event = Event {
            elapsed: self.began.elapsed(),
            kind: self.redacted(kind),
        };
        // A reporter that panicked is gone; what it wrote before is still in order.
        let mut reporters = self
            .reporters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for reporter in reporters.iter_mut() {
            reporter.report(&event);
        }
    }

    /// Tells something a person should know.
    pub fn note(&self, text: impl Into<String>) {
        self.tell(EventKind::Note(text.into()));
    }

    /// Tells something a person should look at.
    pub fn warn(&self, text: impl Into<String>) {
        self.tell(EventKind::Warning(text.into()));
    }

    /// The text without any known secret.
    pub fn redact(&self, text: &str) -> String {
        self.redactor
            .get()
            .map_or_else(|| text.to_owned(), |redactor| redactor.redact(text))
    }

    fn redacted(&self, mut kind: EventKind) -> EventKind {
        let redact = |text: &mut String| *text = self.redact(text);
        match &mut kind {
            EventKind::PhaseStarted { title }
            | EventKind::PhaseFinished { title, .. }
            | EventKind::StepFinished { title, .. }
            | EventKind::BuildStepStarted { title }
            | EventKind::BuildStepFinished { title, .. } => redact(title),
            EventKind::Deployed(rows) => {
                for row in rows {
                    row.before.iter_mut().for_each(redact);
                    row.now.iter_mut().for_each(redact);
                }
            }
            EventKind::StepStarted { title, command, .. } => {
                redact(title);
                redact(command);
            }
            EventKind::Output { title, line, .. } | EventKind::BuildOutput { title, line, .. } => {
                redact(title);
                redact(line);
            }
            EventKind::Note(text) | EventKind::Warning(text) => redact(text),
            EventKind::HostWaits { .. } => {}
        }
        kind
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, sync::Arc};

    use dhow_redaction::Secret;

    use super::*;

    /// Writes down everything it is told.
    struct Transcript(Arc<Mutex<String>>);

    impl Reporter for Transcript {
        fn report(&mut self, event: &Event) {
            let _ = writeln!(self.0.lock().unwrap(), "{event:?}");
        }
    }

    #[test]
    fn no_text_of_any_event_holds_a_known_secret() {
        let transcript = Arc::new(Mutex::new(String::new()));
        let announcer = Announcer::new(Box::new(Transcript(Arc::clone(&transcript))));
        announcer.keep_out(Redactor::new(&[Secret::new("hunter2")]));
        let text = || "say hunter2 twice: hunter2".to_owned();
        let host: Host = "10.0.0.1".parse().unwrap();
        for kind in [
            EventKind::PhaseStarted { title: text() },
            EventKind::PhaseFinished {
                title: text(),
                duration: Duration::ZERO,
                completed: true,
            },
            EventKind::StepStarted {
                host: host.clone(),
                title: text(),
                command: text(),
                bookkeeping: false,
            },
            EventKind::Output {
                host: None,
                title: text(),
                stream: Stream::Stderr,
                line: text(),
            },
            EventKind::StepFinished {
                host: host.clone(),
                title: text(),
                exit_code: 1,
                tolerated: false,
                bookkeeping: false,
                duration: Duration::ZERO,
            },
            EventKind::HostWaits {
                host: host.clone(),
                role: "web".parse().unwrap(),
            },
            EventKind::Deployed(vec![Deployed {
                host,
                role: "web".parse().unwrap(),
                before: Some(text()),
                now: Some(text()),
                duration: Duration::ZERO,
            }]),
            EventKind::BuildStepStarted { title: text() },
            EventKind::BuildOutput {
                title: text(),
                stream: Stream::Stdout,
                line: text(),
            },
            EventKind::BuildStepFinished {
                title: text(),
                end: BuildStepEnd::Done,
                bookkeeping: false,
                duration: Duration::ZERO,
            },
            EventKind::Note(text()),
            EventKind::Warning(text()),
        ] {
            announcer.tell(kind);
        }
        let told = transcript.lock().unwrap();
        assert_eq!(told.lines().count(), 12);
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(told.matches("[REDACTED] twice").count(), 15);
    }
}
