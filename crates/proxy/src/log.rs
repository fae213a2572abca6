//! JSON lines on standard output, written by a thread of their own so that no request waits for them.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::clock;

/// How long lines are gathered before they are written together.
const GATHERING: Duration = Duration::from_millis(5);
/// Enough gathered: write now.
const FULL: usize = 64 * 1024;
/// Beyond this the reader of our output is stuck, and lines are counted instead of kept.
const LIMIT: usize = 16 * 1024 * 1024;

/// How bad an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Told only with `--debug`.
    Debug,
    /// In the course of things.
    Info,
    /// Worth a look.
    Warn,
    /// Something could not be done.
    Error,
}

/// A handle to write lines with; copies write to the same place.
#[derive(Debug, Clone)]
pub struct Log(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    pending: Mutex<Pending>,
    changed: Condvar,
    debug: bool,
}

#[derive(Debug, Default)]
struct Pending {
    lines: Vec<u8>,
    dropped: u64,
    closing: bool,
}

/// The writing thread; waiting for it writes what is left.
#[derive(Debug)]
pub struct LogWriter {
    log: Log,
    thread: JoinHandle<()>,
}

impl LogWriter {
    /// Starts to write to `output`.
    pub fn start(output: impl Write + Send + 'static, debug: bool) -> Self {
        let queue = Queue {
            pending: Mutex::default(),
            changed: Condvar::new(),
            debug,
        };
        let log = Log(Arc::new(queue));
        let writing = log.clone();
        let thread = std::thread::spawn(move || writing.write_all_to(output));
        Self { log, thread }
    }

    /// A handle for others.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// Writes what is left and ends the thread.
    pub fn finish(self) {
        self.log.lock().closing = true;
        self.log.0.changed.notify_one();
        let _ = self.thread.join();
    }
}

impl Log {
    /// Writes an event with its fields.
    pub fn event(&self, level: Level, message: &str, fields: &[(&str, Value)]) {
        if level == Level::Debug && !self.0.debug {
            return;
        }
        self.line(level, message, &Fields(fields));
    }

    /// An event in the course of things.
    pub fn info(&self, message: &str, fields: &[(&str, Value)]) {
        self.event(Level::Info, message, fields);
    }

    /// Something could not be done, because of `error`.
    pub fn error(&self, message: &str, error: &dyn std::error::Error) {
        self.event(
            Level::Error,
            message,
            &[("error", json!(with_causes(error)))],
        );
    }

    /// Writes one line: time, level, message, and then `fields`, which must serialize as a map.
    pub fn line(&self, level: Level, message: &str, fields: &impl Serialize) {
        let line = Line {
            time: clock::now().to_string(),
            level,
            msg: message,
            fields,
        };
        let Ok(mut bytes) = serde_json::to_vec(&line) else {
            return;
        };
        bytes.push(b'\n');
        self.append(&bytes);
    }

    fn append(&self, line: &[u8]) {
        let mut pending = self.lock();
        let before = pending.lines.len();
        if before + line.len() > LIMIT {
            pending.dropped += 1;
            return;
        }
        pending.lines.extend_from_slice(line);
        let wakes = before == 0 || (before < FULL && pending.lines.len() >= FULL);
        drop(pending);
        if wakes {
            self.0.changed.notify_one();
        }
    }

    fn write_all_to(&self, mut output: impl Write) {
        let mut lines = Vec::new();
        loop {
            let closing = self.wait_for_lines(&mut lines);
            // Nobody is left to be told that the log cannot be written.
            let _ = output.write_all(&lines).and_then(|()| output.flush());
            lines.clear();
            if closing {
                return;
            }
        }
    }

    /// Waits until there is something to write, swaps it into `lines`, and says whether it is the last.
    fn wait_for_lines(&self, lines: &mut Vec<u8>) -> bool {
        let idle = |pending: &mut Pending| pending.lines.is_empty() && !pending.closing;
        let gathering = |pending: &mut Pending| pending.lines.len() < FULL && !pending.closing;
        let changed = &self.0.changed;
        let pending = changed
            .wait_while(self.lock(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(pending, GATHERING, gathering);
        let (mut pending, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut pending.lines, lines);
        let dropped = std::mem::take(&mut pending.dropped);
        let closing = pending.closing;
        drop(pending);
        if dropped > 0 {
            let text = format!(
                "{{\"level\":\"WARN\",\"msg\":\"Log lines dropped\",\"count\":{dropped}}}\n"
            );
            lines.extend_from_slice(text.as_bytes());
        }
        closing
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Serialize)]
struct Line<'a, F> {
    time: String,
    level: Level,
    msg: &'a str,
    #[serde(flatten)]
    fields: &'a F,
}

struct Fields<'a>(&'a [(&'a str, Value)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// An error and its causes in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
