//! A transport without hosts: it answers from a table and remembers what it was asked.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    num::NonZeroU16,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dhow_names::Host;
use tokio_util::sync::CancellationToken;

use crate::{
    ConnectError, ConnectFailure, Ending, Forward, ForwardError, ForwardFailure, OnFailure,
    OnInterrupt, RunError, Script, ScriptEvent, ScriptReport, Step, StepNumber, StepReport, Stream,
    Transport,
};

/// Stands in for hosts in tests. Every step succeeds and prints nothing, until an [`answer`](Self::answer)
/// says otherwise; blocks, rescues, failures and interruptions follow the same rules as on a real host.
///
/// ```
/// # use dhow_ssh_exec::{Answer, RecordingTransport, Script, Step, Transport};
/// # use dhow_shell::CommandLine;
/// # use tokio_util::sync::CancellationToken;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let hosts = RecordingTransport::new();
/// hosts.answer("10.0.0.1", "docker version", Answer::printing("28.5.1\n"));
///
/// let host = "10.0.0.1".parse().unwrap();
/// let script = Script::new([Step::new(CommandLine::new("docker").arg("version"))]);
/// hosts.connect(&[host]).await;
/// # let host = "10.0.0.1".parse().unwrap();
/// let report = hosts.run(&host, &script, CancellationToken::new(), |_event| ()).await.unwrap();
/// assert_eq!(report.steps[0].stdout, "28.5.1\n");
/// assert_eq!(hosts.transcript(), "10.0.0.1: docker version\n");
/// # }
/// ```
#[derive(Debug, Default)]
pub struct RecordingTransport(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    answers: Vec<Rule>,
    unreachable: Vec<(String, ConnectFailure)>,
    unforwardable: Vec<(String, ForwardFailure)>,
    connected: BTreeSet<Host>,
    /// Ports that lead here now.
    forwarded: BTreeSet<(Host, NonZeroU16)>,
    asked: Vec<Asked>,
    scripts: Vec<Host>,
    closed: bool,
}

#[derive(Debug)]
struct Rule {
    host: String,
    part: String,
    answer: Answer,
    uses_left: Option<usize>,
}

/// What a step does in a [`RecordingTransport`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    exit_code: i32,
    stdout: String,
    stderr: String,
    behaviour: Behaviour,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Behaviour {
    #[default]
    Ends,
    Hangs,
    LosesConnection,
}

impl Answer {
    /// The step succeeds and prints this on standard output.
    pub fn printing(stdout: impl Into<String>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// The step fails with this exit code and prints this on standard error.
    pub fn failing(exit_code: i32, stderr: impl Into<String>) -> Self {
        Self {
            exit_code,
            stderr: stderr.into(),
            ..Self::default()
        }
    }

    /// The step runs until the run is interrupted. One that is never cut short then succeeds, any other ends
    /// with the exit code of a termination, 143.
    pub fn hanging() -> Self {
        Self {
            behaviour: Behaviour::Hangs,
            ..Self::default()
        }
    }

    /// The connection is lost in the middle of the step.
    pub fn losing_connection() -> Self {
        Self {
            behaviour: Behaviour::LosesConnection,
            ..Self::default()
        }
    }

    /// The same answer, with this on standard output.
    #[must_use]
    pub fn with_stdout(mut self, stdout: impl Into<String>) -> Self {
        self.stdout = stdout.into();
        self
    }

    /// The same answer, with this on standard error.
    #[must_use]
    pub fn with_stderr(mut self, stderr: impl Into<String>) -> Self {
        self.stderr = stderr.into();
        self
    }
}

/// One step that a [`RecordingTransport`] was asked to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where.
    pub host: Host,
    /// Which run on that transport it was part of, counted from 0 over all hosts.
    pub script: usize,
    /// The step's number within its script.
    pub step: StepNumber,
    /// The command as a person reads it: secrets are replaced.
    pub command: String,
    /// The step itself, for questions about its input.
    pub asked: Step,
    /// The ports of the host that led to this machine meanwhile.
    pub forwarded: Vec<NonZeroU16>,
}

impl RecordingTransport {
    /// Hosts that all answer, and on which everything succeeds.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on, steps on `host` (`*`: on any host) whose shown text contains `part` get this answer. Of
    /// several that fit, the one that was added last wins.
    pub fn answer(&self, host: &str, part: &str, answer: Answer) {
        self.add_rule(host, part, answer, None);
    }

    /// The same for the next such step only.
    pub fn answer_once(&self, host: &str, part: &str, answer: Answer) {
        self.add_rule(host, part, answer, Some(1));
    }

    /// From now on, connecting to `host` (`*`: to any host) fails.
    pub fn unreachable(&self, host: &str, reason: ConnectFailure) {
        self.state().unreachable.push((host.to_owned(), reason));
    }

    /// From now on, no port of `host` (`*`: of any host) can be made to lead here.
    pub fn unforwardable(&self, host: &str, reason: ForwardFailure) {
        self.state().unforwardable.push((host.to_owned(), reason));
    }

    /// The ports of a host that lead to this machine now.
    pub fn forwarded(&self, host: &str) -> Vec<NonZeroU16> {
        let state = self.state();
        let here = state.forwarded.iter().filter(|(at, _)| at.as_str() == host);
        here.map(|(_, port)| *port).collect()
    }

    /// Every step that was run so far, in order. Hosts that run at the same time are interleaved.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The commands that were run on one host so far, in order, secrets replaced.
    pub fn commands(&self, host: &str) -> Vec<String> {
        let state = self.state();
        let here = state
            .asked
            .iter()
            .filter(|asked| asked.host.as_str() == host);
        here.map(|asked| asked.command.clone()).collect()
    }

    /// How many scripts were run on a host: each costs a real one a round trip.
    pub fn script_count(&self, host: &str) -> usize {
        let state = self.state();
        state
            .scripts
            .iter()
            .filter(|at| at.as_str() == host)
            .count()
    }

    /// Everything that was asked, a line each, for snapshots: host after host in alphabetical order, so that
    /// it does not depend on which of them was faster. A step with input is marked with `<`.
    pub fn transcript(&self) -> String {
        let mut asked = self.asked();
        asked.sort_by(|one, other| one.host.cmp(&other.host));
        let mut text = String::new();
        for Asked {
            host,
            command,
            asked,
            ..
        } in asked
        {
            let input = if asked.input.is_some() {
                " < [input]"
            } else {
                ""
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{host}: {command}{input}");
        }
        text
    }

    /// Whether the connections were closed.
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn add_rule(&self, host: &str, part: &str, answer: Answer, uses_left: Option<usize>) {
        self.state().answers.push(Rule {
            host: host.to_owned(),
            part: part.to_owned(),
            answer,
            uses_left,
        });
    }

    /// A panic while the lock is held leaves plain data behind, so poisoning tells nothing.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn record(&mut self, host: &Host, script: usize, number: StepNumber, step: &Step) -> Answer {
        let command = step.command.to_string();
        let answer = self.answer_to(host, &command);
        let forwarded = self.forwarded.iter().filter(|(at, _)| at == host);
        let forwarded = forwarded.map(|(_, port)| *port).collect();
        self.asked.push(Asked {
            host: host.clone(),
            script,
            step: number,
            command,
            asked: step.clone(),
            forwarded,
        });
        answer
    }

    fn answer_to(&mut self, host: &Host, command: &str) -> Answer {
        let rule = self.answers.iter_mut().rev().find(|rule| {
            rule.uses_left != Some(0) && names(&rule.host, host) && command.contains(&rule.part)
        });
        let Some(rule) = rule else {
            return Answer::default();
        };
        rule.uses_left = rule.uses_left.map(|uses| uses - 1);
        rule.answer.clone()
    }
}

fn names(pattern: &str, host: &Host) -> bool {
    pattern == "*" || pattern == host.as_str()
}

impl Transport for RecordingTransport {
    async fn connect(&self, hosts: &[Host]) -> Vec<(Host, Result<(), ConnectError>)> {
        let mut state = self.state();
        let mut results = Vec::with_capacity(hosts.len());
        for host in hosts {
            let refused = state.unreachable.iter().rev();
            let refused = refused
                .clone()
                .find(|(pattern, _)| names(pattern, host))
                .cloned();
            let result = match refused {
                None => {
                    state.connected.insert(host.clone());
                    Ok(())
                }
                Some((_, reason)) => Err(ConnectError {
                    host: host.clone(),
                    tried: host.to_string(),
                    reason,
                    said: Vec::new(),
                }),
            };
            results.push((host.clone(), result));
        }
        results
    }

    async fn run(
        &self,
        host: &Host,
        script: &Script,
        interrupt: CancellationToken,
        watch: impl FnMut(ScriptEvent) + Send,
    ) -> Result<ScriptReport, RunError> {
        let number = {
            let mut state = self.state();
            if !state.connected.contains(host) {
                return Err(RunError::NotConnected { host: host.clone() });
            }
            state.scripts.push(host.clone());
            state.scripts.len() - 1
        };
        let mut play = Play {
            transport: self,
            host,
            script: number,
            interrupt,
            watch,
            reports: Vec::new(),
        };
        let ending = play.blocks(script).await?;
        Ok(ScriptReport {
            steps: play.reports,
            ending,
        })
    }

    async fn forward(&self, host: &Host, forward: &Forward) -> Result<(), ForwardError> {
        let mut state = self.state();
        let mut rules = state.unforwardable.iter().rev();
        let refused = rules.find(|(pattern, _)| names(pattern, host));
        let refused = refused.map(|(_, reason)| reason.clone());
        let lost = (!state.connected.contains(host)).then_some(ForwardFailure::NoConnection);
        match lost.or(refused) {
            None => {
                state.forwarded.insert((host.clone(), forward.port));
                Ok(())
            }
            Some(reason) => Err(ForwardError {
                host: host.clone(),
                port: forward.port,
                reason,
            }),
        }
    }

    async fn end_forward(&self, host: &Host, forward: &Forward) {
        let ended = (host.clone(), forward.port);
        self.state().forwarded.remove(&ended);
    }

    async fn close(&self) {
        let mut state = self.state();
        state.connected.clear();
        state.forwarded.clear();
        state.closed = true;
    }
}

/// One script being played through.
struct Play<'run, Watch> {
    transport: &'run RecordingTransport,
    host: &'run Host,
    script: usize,
    interrupt: CancellationToken,
    watch: Watch,
    reports: Vec<StepReport>,
}

impl<Watch: FnMut(ScriptEvent) + Send> Play<'_, Watch> {
    /// The rules of a script, as `prologue.sh` has them for real hosts.
    async fn blocks(&mut self, script: &Script) -> Result<Ending, RunError> {
        for block in script.numbered_blocks() {
            let mut ending = None;
            for (number, step) in block.steps {
                if self.interrupt.is_cancelled() {
                    ending = Some(Ending::Interrupted);
                    break;
                }
                let cut_short = self.step(number, step, false).await?;
                let failed = self
                    .reports
                    .last()
                    .is_some_and(|report| report.exit_code != 0);
                if cut_short {
                    ending = Some(Ending::Interrupted);
                    break;
                }
                if failed && step.on_failure == OnFailure::Stop {
                    ending = Some(Ending::Failed { step: number });
                    break;
                }
            }
            if let Some(ending) = ending {
                for (number, step) in block.rescue {
                    self.step(number, step, true).await?;
                }
                return Ok(ending);
            }
        }
        Ok(Ending::Completed)
    }

    /// Plays one step, and says whether an interruption cut it short.
    async fn step(
        &mut self,
        step: StepNumber,
        asked: &Step,
        rescue: bool,
    ) -> Result<bool, RunError> {
        let mut answer = self
            .transport
            .state()
            .record(self.host, self.script, step, asked);
        (self.watch)(ScriptEvent::StepStarted { step });
        self.print(step, &answer);
        let mut cut_short = false;
        match answer.behaviour {
            Behaviour::Ends => {}
            Behaviour::LosesConnection => {
                return Err(RunError::ConnectionLost {
                    host: self.host.clone(),
                    step: Some(step),
                });
            }
            Behaviour::Hangs => {
                self.interrupt.cancelled().await;
                if asked.on_interrupt == OnInterrupt::End && !rescue {
                    cut_short = true;
                    answer.exit_code = 143;
                }
            }
        }
        self.finish(step, answer);
        Ok(cut_short)
    }

    fn print(&mut self, step: StepNumber, answer: &Answer) {
        for (stream, text) in [
            (Stream::Stdout, &answer.stdout),
            (Stream::Stderr, &answer.stderr),
        ] {
            for line in text.lines() {
                (self.watch)(ScriptEvent::Output {
                    step,
                    stream,
                    line: line.to_owned(),
                });
            }
        }
    }

    fn finish(&mut self, step: StepNumber, answer: Answer) {
        (self.watch)(ScriptEvent::StepFinished {
            step,
            exit_code: answer.exit_code,
            duration: Duration::ZERO,
        });
        self.reports.push(StepReport {
            step,
            exit_code: answer.exit_code,
            stdout: answer.stdout,
            stderr: answer.stderr,
            duration: Duration::ZERO,
        });
    }
}
