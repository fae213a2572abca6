//! A run of the tool that goes on while the test acts: it waits for a line, then interrupts.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Child,
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    program,
    run::{Finished, Run, Transcript},
};

/// A running tool. Dropping it kills it and what it started.
#[derive(Debug)]
pub struct Live {
    title: String,
    child: Child,
    group: Pid,
    started: Instant,
    patience: Duration,
    written: Arc<Mutex<Vec<Line>>>,
    changed: watch::Receiver<usize>,
    told: usize,
    readers: Vec<JoinHandle<()>>,
}

#[derive(Debug, Clone)]
struct Line {
    error: bool,
    text: String,
}

impl Live {
    pub(crate) fn start(run: &Run) -> Self {
        let tool = if run.arguments.first().is_some_and(|it| it == "kamal") {
            ""
        } else {
            "dhow "
        };
        let title = format!("{tool}{}", run.arguments.join(" "));
        let mut child = program::command(&run.program)
            .args(&run.arguments)
            .current_dir(&run.folder)
            .env_clear()
            .envs(&run.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // As a shell does it: what a terminal's Ctrl-C reaches is the whole group.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", run.program.display()));
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
            .expect("a running process has an id");
        let written = Arc::new(Mutex::new(Vec::new()));
        let (counted, changed) = watch::channel(0);
        let counted = Arc::new(counted);
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let readers = vec![
            tokio::spawn(collect(stdout, false, written.clone(), counted.clone())),
            tokio::spawn(collect(stderr, true, written.clone(), counted)),
        ];
        Self {
            title,
            child,
            group,
            started: Instant::now(),
            patience: run.patience,
            written,
            changed,
            told: 0,
            readers,
        }
    }

    /// Waits until a line holds this text, and returns the line. Lines already written count.
    ///
    /// # Panics
    /// When the run ends without it, or patience does.
    pub async fn until_shows(&mut self, text: &str) -> String {
        let found = |lines: &[Line]| {
            lines
                .iter()
                .find(|line| line.text.contains(text))
                .map(|line| line.text.clone())
        };
        let patience = self.patience;
        let waiting = async {
            loop {
                self.changed.mark_unchanged();
                if let Some(line) = found(&self.lines()) {
                    return Some(line);
                }
                if self.changed.changed().await.is_err() {
                    return found(&self.lines());
                }
            }
        };
        let ended = timeout(patience, waiting).await;
        let Ok(line) = ended else {
            panic!(
                "did not show {text:?} within {patience:?}\n{}",
                self.transcript(None)
            );
        };
        line.unwrap_or_else(|| panic!("ended without showing {text:?}\n{}", self.transcript(None)))
    }

    /// The next line of either stream, each told once; `None` after the last.
    pub async fn next_line(&mut self) -> Option<String> {
        loop {
            self.changed.mark_unchanged();
            if let Some(line) = self.lines().into_iter().nth(self.told) {
                self.told += 1;
                return Some(line.text);
            }
            if self.changed.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Ctrl-C at a terminal: INT to the tool and to everything it started in its process group.
    pub fn interrupt(&self) {
        kill_process_group(self.group, Signal::INT).expect("it still runs");
    }

    /// TERM to the tool alone, as `kill` sends it.
    pub fn terminate(&self) {
        kill_process(self.group, Signal::TERM).expect("it still runs");
    }

    /// HUP to the tool alone.
    pub fn hang_up(&self) {
        kill_process(self.group, Signal::HUP).expect("it still runs");
    }

    /// KILL: it cannot put anything away.
    pub fn kill(&self) {
        kill_process(self.group, Signal::KILL).expect("it still runs");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When patience ends first, with what it wrote so far.
    pub async fn finished(mut self) -> Finished {
        let patience = self.patience.saturating_sub(self.started.elapsed());
        let Ok(ended) = timeout(patience, self.child.wait()).await else {
            panic!(
                "did not end within {:?}\n{}",
                self.patience,
                self.transcript(None)
            );
        };
        let code = ended.expect("its end can be waited for").code();
        // Something it started may hold the pipes longer; what the tool itself wrote is there at once.
        for reader in &mut self.readers {
            let _ = timeout(Duration::from_secs(2), reader).await;
        }
        Finished {
            transcript: self.transcript(code),
        }
    }

    fn lines(&self) -> Vec<Line> {
        self.written
            .lock()
            .expect("nobody panics while writing down")
            .clone()
    }

    fn transcript(&self, code: Option<i32>) -> Transcript {
        let lines = self.lines();
        let stream = |error: bool| {
            lines
                .iter()
                .filter(|line| line.error == error)
                .fold(String::new(), |all, line| all + &line.text + "\n")
        };
        Transcript {
            title: self.title.clone(),
            code,
            stdout: stream(false),
            stderr: stream(true),
            lines: lines.iter().map(|line| line.text.clone()).collect(),
            elapsed: self.started.elapsed(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // After a normal end the group is empty, which is no error here.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

async fn collect(
    stream: impl AsyncRead + Unpin,
    error: bool,
    written: Arc<Mutex<Vec<Line>>>,
    counted: Arc<watch::Sender<usize>>,
) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while reader
        .read_until(b'\n', &mut bytes)
        .await
        .is_ok_and(|count| count > 0)
    {
        let text = String::from_utf8_lossy(&bytes)
            .trim_end_matches('\n')
            .to_string();
        bytes.clear();
        written
            .lock()
            .expect("nobody panics while writing down")
            .push(Line { error, text });
        counted.send_modify(|count| *count += 1);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn shell(script: &str) -> Run {
        let path = [("PATH".into(), "/usr/bin:/bin".into())].into();
        Run::new("/bin/sh".into(), ["-c", script], Path::new("/"), path)
            .patience(Duration::from_secs(10))
    }

    #[tokio::test]
    async fn streams_are_kept_apart_and_in_order() {
        let done = shell("echo one; echo two >&2; exit 3").await.fails_with(3);
        assert_eq!(
            (done.stdout.as_str(), done.stderr.as_str()),
            ("one\n", "two\n")
        );
        assert_eq!(done.lines.len(), 2);
        done.shows("two").hides("three");
    }

    #[tokio::test]
    async fn nothing_of_this_process_leaks_into_the_tool() {
        let done = shell("env | cut -d= -f1 | sort | tr '\\n' ' '; cat")
            .await
            .succeeds();
        assert_eq!(done.stdout.trim(), "PATH PWD");
    }

    #[tokio::test]
    async fn an_interrupt_reaches_what_the_tool_started() {
        let mut live = shell("trap 'echo outer' INT; sh -c 'trap \"echo inner; exit\" INT; echo ready; while :; do sleep 0.1; done'; exit 130").live();
        assert_eq!(live.until_shows("ready").await, "ready");
        live.interrupt();
        live.finished()
            .await
            .fails_with(130)
            .shows("inner")
            .shows("outer");
    }

    #[tokio::test]
    async fn a_line_is_told_once() {
        let mut live = shell("echo one; echo two").live();
        assert_eq!(live.next_line().await.as_deref(), Some("one"));
        assert_eq!(live.until_shows("one").await, "one");
        assert_eq!(live.next_line().await.as_deref(), Some("two"));
        assert_eq!(live.next_line().await, None);
        live.finished().await.succeeds();
    }

    #[tokio::test]
    #[should_panic(expected = "ended without showing \"three\"")]
    async fn a_line_that_never_comes_fails_the_test() {
        shell("echo one; echo two")
            .live()
            .until_shows("three")
            .await;
    }

    #[tokio::test]
    #[should_panic(expected = "did not end within")]
    async fn a_run_that_never_ends_fails_the_test() {
        drop(
            shell("while :; do sleep 1; done")
                .patience(Duration::from_millis(200))
                .await,
        );
    }

    #[tokio::test]
    #[should_panic(expected = "$ dhow -c echo lost; exit 1\nlost\n… exited with 1")]
    async fn a_failure_is_told_with_everything_it_wrote() {
        let _ = shell("echo lost; exit 1").await.succeeds();
    }
}
