//! Hosts that answer from a table, and runs on them.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use dhow_execute::{
    Announcer, Event, EventKind, Executor, HostOutcome, HostReport, LocalRunner, PhaseReport,
    Reporter, Stopped,
};
use dhow_names::{Host, RoleName};
use dhow_plan::{Block, Hook, HookCall, HostWork, LocalWork, Milestone, Phase, Plan, Start, Step};
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Answer, RecordingTransport, Transport};
use tokio_util::sync::CancellationToken;

/// What nothing in these tests may take; they wait for nothing but each other.
pub(crate) const AT_MOST: Duration = Duration::from_secs(20);

pub(crate) fn host(name: &str) -> Host {
    name.parse().unwrap()
}

pub(crate) fn role(name: &str) -> RoleName {
    name.parse().unwrap()
}

pub(crate) fn step(text: &str) -> Step {
    Step::new(text, CommandLine::raw(text))
}

/// A host that boots one role: start, wait until healthy, stop the old one; stop the new one when that fails.
pub(crate) fn boot(at: &str, name: &str) -> HostWork {
    let text = |what: &str| format!("{what} {name}");
    HostWork::at_once(
        &host(at),
        vec![Block {
            role: Some(role(name)),
            steps: vec![
                step(&text("start")).reaching(Milestone::Started),
                step(&text("await")).endable().reaching(Milestone::Healthy),
                step(&text("retire"))
                    .tolerant()
                    .reaching(Milestone::Retired),
            ],
            rescue: vec![step(&text("keep")).reaching(Milestone::Healthy)],
        }],
    )
}

pub(crate) fn waiting(mut work: HostWork, name: &str) -> HostWork {
    work.start = Start::WhenHealthy(role(name));
    work
}

pub(crate) fn plan(phases: impl IntoIterator<Item = Phase>) -> Plan {
    Plan {
        phases: phases.into_iter().collect(),
    }
}

pub(crate) fn hook() -> Phase {
    let call = HookCall {
        hook: Hook::PreDeploy,
        hosts: Vec::new(),
    };
    Phase::local("hook", LocalWork::Hook(call))
}

/// Events as lines, without times.
#[derive(Clone, Default)]
pub(crate) struct Story(Arc<Mutex<String>>);

impl Story {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Story {
    fn report(&mut self, event: &Event) {
        let line = match &event.kind {
            EventKind::PhaseStarted { title } => format!("{title} {{"),
            EventKind::PhaseFinished {
                title, completed, ..
            } => format!("}} {title}{}", if *completed { "" } else { ", stopped" }),
            EventKind::HostWaits { host, role } => format!("  {host} waits for {role}"),
            EventKind::StepStarted { host, command, .. } => format!("  {host} $ {command}"),
            EventKind::Output { host, line, .. } => {
                format!("  {} | {line}", host.as_ref().map_or("here", Host::as_str))
            }
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                ..
            } => {
                let tolerated = if *tolerated { ", tolerated" } else { "" };
                format!("  {host} {title}: {exit_code}{tolerated}")
            }
            EventKind::Note(text) => format!("note {text}"),
            EventKind::Warning(text) => format!("warning {text}"),
            EventKind::BuildStepStarted { .. }
            | EventKind::BuildOutput { .. }
            | EventKind::BuildStepFinished { .. }
            | EventKind::Deployed(_) => unreachable!("no plan builds or tells of itself here"),
        };
        writeln!(self.0.lock().unwrap(), "{line}").unwrap();
    }
}

/// Work on this machine that ends in a certain way.
pub(crate) enum Here<'a> {
    Works,
    Fails,
    Interrupts(&'a CancellationToken),
}

impl LocalRunner for Here<'_> {
    type Error = String;

    async fn run(&self, _: &LocalWork) -> Result<(), String> {
        match self {
            Self::Works => Ok(()),
            Self::Fails => Err("it failed".to_owned()),
            Self::Interrupts(interrupt) => {
                interrupt.cancel();
                Err("it was ended".to_owned())
            }
        }
    }
}

/// A run: its transport, what is told, and the signal that ends it.
pub(crate) struct Run {
    pub(crate) transport: RecordingTransport,
    pub(crate) story: Story,
    pub(crate) announcer: Announcer,
    pub(crate) interrupt: CancellationToken,
}

impl Run {
    pub(crate) async fn on(hosts: &[&str]) -> Self {
        let transport = RecordingTransport::new();
        let hosts: Vec<Host> = hosts.iter().map(|name| host(name)).collect();
        transport.connect(&hosts).await;
        let story = Story::default();
        Self {
            transport,
            announcer: Announcer::new(Box::new(story.clone())),
            story,
            interrupt: CancellationToken::new(),
        }
    }

    pub(crate) fn answering(self, host: &str, part: &str, answer: Answer) -> Self {
        self.transport.answer(host, part, answer);
        self
    }

    pub(crate) fn executor(&self) -> Executor<'_, RecordingTransport> {
        Executor::new(&self.transport, &self.announcer, self.interrupt.clone())
    }

    pub(crate) async fn carry_out(&self, plan: &Plan) -> Result<Vec<PhaseReport>, Stopped<String>> {
        let executor = self.executor();
        let work = executor.carry_out(plan, &Here::Works);
        tokio::time::timeout(AT_MOST, work).await.unwrap()
    }

    pub(crate) async fn hosts(&self, work: Vec<HostWork>) -> Vec<HostReport> {
        let outcome = self.carry_out(&plan([Phase::on_hosts("boot", work)])).await;
        match outcome {
            Ok(mut reports) => reports.remove(0).hosts,
            Err(Stopped::Hosts(report) | Stopped::Interrupted(Some(report))) => report.hosts,
            Err(other) => panic!("{other:?}"),
        }
    }
}

pub(crate) fn outcomes(reports: &[HostReport]) -> String {
    let words = reports.iter().map(|report| {
        let outcome = match &report.outcome {
            HostOutcome::Done => "done".to_owned(),
            HostOutcome::Failed { at } => format!("failed at {}", report.steps[*at].title),
            HostOutcome::Interrupted => "interrupted".to_owned(),
            HostOutcome::Halted { role } => format!("halted by {role}"),
            HostOutcome::Unserved { error } => error.to_string(),
            HostOutcome::Lost { error, .. } => error.to_string(),
        };
        format!("{}: {outcome}", report.host)
    });
    words.collect::<Vec<_>>().join("\n")
}
