//! Carrying out plans.

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use dhow_names::{Host, RoleName};
use dhow_plan::{HostWork, LocalWork, Milestone, OnFailure, Phase, Plan, Start, Work};
use dhow_ssh_exec::{
    Ending, Forward, ForwardError, ForwardFailure, LocalEnd, ScriptEvent, ScriptReport, Transport,
};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::{
    barrier::Barrier,
    event::{Announcer, EventKind},
    progress::Progress,
    report::{HostOutcome, HostReport, PhaseReport, StepOutcome},
    script::{PlannedSteps, script},
};

/// Does what a plan says happens on this machine.
pub trait LocalRunner {
    /// Why it could not be done.
    type Error;

    /// Runs a hook, builds the image, waits.
    fn run(&self, work: &LocalWork) -> impl Future<Output = Result<(), Self::Error>>;
}

/// Why a plan was not carried out to its end.
#[derive(Debug)]
pub enum Stopped<E> {
    /// Hosts did not do all their work.
    Hosts(PhaseReport),
    /// Something on this machine failed.
    Local(E),
    /// The run was interrupted between two phases, or during one; one on this machine reports no hosts.
    Interrupted(Option<PhaseReport>),
}

/// Carries out plans over one transport.
#[derive(Debug)]
pub struct Executor<'a, T> {
    transport: &'a T,
    announcer: &'a Announcer,
    interrupt: CancellationToken,
    registry: Option<LocalEnd>,
    barrier: Barrier,
    progress: Mutex<Progress>,
}

impl<'a, T: Transport> Executor<'a, T> {
    /// An executor whose work ends when `interrupt` is cancelled.
    pub fn new(transport: &'a T, announcer: &'a Announcer, interrupt: CancellationToken) -> Self {
        Self {
            transport,
            announcer,
            interrupt,
            registry: None,
            barrier: Barrier::default(),
            progress: Mutex::default(),
        }
    }

    /// Lets hosts whose work needs the registry of this machine find it here.
    #[must_use]
    pub fn serving(mut self, registry: Option<LocalEnd>) -> Self {
        self.registry = registry;
        self
    }

    /// How far every role has come on every host.
    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a plan, phase by phase. The first phase that is not done entirely is the last.
    pub async fn carry_out<L: LocalRunner>(
        &self,
        plan: &Plan,
        local: &L,
    ) -> Result<Vec<PhaseReport>, Stopped<L::Error>> {
        let mut reports = Vec::new();
        for phase in &plan.phases {
            if self.interrupt.is_cancelled() {
                return Err(Stopped::Interrupted(None));
            }
            let began = Instant::now();
            self.announcer.tell(EventKind::PhaseStarted {
                title: phase.title.clone(),
            });
            let result = self.phase(phase, local).await;
            self.announcer.tell(EventKind::PhaseFinished {
                title: phase.title.clone(),
                duration: began.elapsed(),
                completed: result.is_ok(),
            });
            reports.extend(result?);
        }
        Ok(reports)
    }

    async fn phase<L: LocalRunner>(
        &self,
        phase: &Phase,
        local: &L,
    ) -> Result<Option<PhaseReport>, Stopped<L::Error>> {
        let hosts = match &phase.work {
            Work::Local(work) => {
                return match local.run(work).await {
                    Ok(()) => Ok(None),
                    Err(_) if self.interrupt.is_cancelled() => {
                        Err(Stopped::Interrupted(Some(PhaseReport {
                            title: phase.title.clone(),
                            hosts: Vec::new(),
                        })))
                    }
                    Err(error) => Err(Stopped::Local(error)),
                };
            }
            Work::Hosts(hosts) => self.hosts(hosts, &self.interrupt).await,
        };
        let report = PhaseReport {
            title: phase.title.clone(),
            hosts,
        };
        let interrupted = report
            .hosts
            .iter()
            .any(|host| host.outcome == HostOutcome::Interrupted);
        if interrupted || self.interrupt.is_cancelled() {
            Err(Stopped::Interrupted(Some(report)))
        } else if report.unfinished().next().is_some() {
            Err(Stopped::Hosts(report))
        } else {
            Ok(Some(report))
        }
    }

    /// Lets all hosts do their work at the same time, and waits for all of them.
    pub async fn hosts(&self, work: &[HostWork], interrupt: &CancellationToken) -> Vec<HostReport> {
        let openers = Openers::of(work);
        self.abandon(&openers.missing());
        let pending = Mutex::new(openers);
        join_all(work.iter().enumerate().map(async |(at, work)| {
            let report = self.host(work, interrupt).await;
            let gone = pending
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .leave(at);
            self.abandon(&gone);
            report
        }))
        .await
    }

    fn abandon(&self, roles: &[RoleName]) {
        for role in roles {
            self.barrier.abandon(role);
        }
    }

    async fn host(&self, work: &HostWork, interrupt: &CancellationToken) -> HostReport {
        let host = &work.host;
        if let Start::WhenHealthy(role) = &work.start {
            self.announcer.tell(EventKind::HostWaits {
                host: host.clone(),
                role: role.clone(),
            });
            // An interruption also ends those who are waited for, and is the reason for both.
            let outcome = tokio::select! {
                biased;
                () = interrupt.cancelled() => Some(HostOutcome::Interrupted),
                passed = self.barrier.pass(role) => {
                    (!passed).then(|| HostOutcome::Halted { role: role.clone() })
                }
            };
            if let Some(outcome) = outcome {
                return HostReport {
                    host: host.clone(),
                    outcome,
                    steps: Vec::new(),
                };
            }
        }
        let forward = match self.open_registry(work, interrupt).await {
            Ok(forward) => forward,
            Err(outcome) => {
                return HostReport {
                    host: host.clone(),
                    outcome,
                    steps: Vec::new(),
                };
            }
        };
        let report = self.script(work, interrupt).await;
        if let Some(forward) = forward {
            self.transport.end_forward(host, &forward).await;
        }
        report
    }

    /// Lets the port of the host lead to the registry, when its work needs that. Only for as long as the work
    /// goes on, because everybody on the host can use it.
    async fn open_registry(
        &self,
        work: &HostWork,
        interrupt: &CancellationToken,
    ) -> Result<Option<Forward>, HostOutcome> {
        let Some(port) = work.registry_port else {
            return Ok(None);
        };
        let failed = |error| Err(HostOutcome::Unserved { error });
        let Some(to) = self.registry.clone() else {
            return failed(ForwardError {
                host: work.host.clone(),
                port,
                reason: ForwardFailure::NothingHere,
            });
        };
        let forward = Forward { port, to };
        tokio::select! {
            biased;
            () = interrupt.cancelled() => Err(HostOutcome::Interrupted),
            opened = self.transport.forward(&work.host, &forward) => match opened {
                Ok(()) => Ok(Some(forward)),
                Err(error) => failed(error),
            },
        }
    }

    async fn script(&self, work: &HostWork, interrupt: &CancellationToken) -> HostReport {
        let host = &work.host;
        let steps = PlannedSteps::of(work);
        let mut during = None;
        let watch = |event| {
            match event {
                ScriptEvent::StepStarted { step } => {
                    during = steps.get(step).map(|planned| planned.step.title.clone());
                }
                ScriptEvent::StepFinished { .. } => during = None,
                ScriptEvent::Output { .. } => {}
            }
            self.watch(host, &steps, event);
        };
        match self
            .transport
            .run(host, &script(work), interrupt.clone(), watch)
            .await
        {
            Ok(report) => host_report(host, &steps, report),
            Err(error) => {
                self.progress().lost(host);
                let outcome = HostOutcome::Lost { error, during };
                HostReport {
                    host: host.clone(),
                    outcome,
                    steps: Vec::new(),
                }
            }
        }
    }

    fn watch(&self, host: &Host, steps: &PlannedSteps<'_>, event: ScriptEvent) {
        let host = host.clone();
        match event {
            ScriptEvent::StepStarted { step } => {
                if let Some(planned) = steps.get(step) {
                    let title = planned.step.title.clone();
                    let command = planned.step.command.to_string();
                    self.announcer.tell(EventKind::StepStarted {
                        host,
                        title,
                        command,
                        bookkeeping: planned.step.bookkeeping,
                    });
                }
            }
            ScriptEvent::Output { step, stream, line } => {
                if let Some(planned) = steps.get(step) {
                    let title = planned.step.title.clone();
                    self.announcer.tell(EventKind::Output {
                        host: Some(host),
                        title,
                        stream,
                        line,
                    });
                }
            }
            ScriptEvent::StepFinished {
                step,
                exit_code,
                duration,
            } => {
                let Some(planned) = steps.get(step) else {
                    return;
                };
                if let Some(role) = planned.role {
                    self.progress().worked(&host, role, duration);
                }
                if let (0, Some(role), Some(milestone)) =
                    (exit_code, planned.role, planned.step.milestone)
                {
                    self.reached(&host, role, milestone);
                }
                self.announcer.tell(EventKind::StepFinished {
                    host,
                    title: planned.step.title.clone(),
                    exit_code,
                    tolerated: planned.rescue || planned.step.on_failure == OnFailure::Continue,
                    bookkeeping: planned.step.bookkeeping,
                    duration,
                });
            }
        }
    }

    fn reached(&self, host: &Host, role: &RoleName, milestone: Milestone) {
        self.progress().reached(host, role, milestone);
        if milestone == Milestone::Healthy {
            self.barrier.open(role);
        }
    }

    /// Waits, unless the run is interrupted before the time is over.
    pub async fn wait(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.interrupt.cancelled() => {}
        }
    }
}

/// Who may still bring a role to health in this phase.
struct Openers {
    /// The roles of every script that goes on; a host may have several.
    bring: Vec<Option<BTreeSet<RoleName>>>,
    waited_for: BTreeSet<RoleName>,
}

impl Openers {
    fn of(work: &[HostWork]) -> Self {
        let waited_for = work.iter().filter_map(|work| match &work.start {
            Start::WhenHealthy(role) => Some(role.clone()),
            Start::AtOnce => None,
        });
        let bring = |work: &HostWork| {
            let roles = work.blocks.iter().filter_map(|block| block.role.clone());
            Some(roles.collect())
        };
        Self {
            bring: work.iter().map(bring).collect(),
            waited_for: waited_for.collect(),
        }
    }

    /// A script is done; returns the awaited roles that nobody is left to bring to health.
    fn leave(&mut self, at: usize) -> Vec<RoleName> {
        if let Some(done) = self.bring.get_mut(at) {
            *done = None;
        }
        self.missing()
    }

    fn missing(&self) -> Vec<RoleName> {
        let nobody_brings = |role: &&RoleName| {
            let mut left = self.bring.iter().flatten();
            left.all(|roles| !roles.contains(*role))
        };
        self.waited_for
            .iter()
            .filter(nobody_brings)
            .cloned()
            .collect()
    }
}

fn host_report(host: &Host, steps: &PlannedSteps<'_>, report: ScriptReport) -> HostReport {
    let failed = match report.ending {
        Ending::Failed { step } => Some(step),
        Ending::Completed | Ending::Interrupted => None,
    };
    let at = failed.and_then(|step| report.steps.iter().position(|known| known.step == step));
    let outcome = match (report.ending, at) {
        (Ending::Completed, _) => HostOutcome::Done,
        (Ending::Interrupted, _) => HostOutcome::Interrupted,
        (Ending::Failed { .. }, at) => HostOutcome::Failed {
            at: at.unwrap_or_default(),
        },
    };
    let outcomes = report.steps.into_iter().filter_map(|done| {
        let planned = steps.get(done.step)?;
        Some(StepOutcome {
            title: planned.step.title.clone(),
            role: planned.role.cloned(),
            rescue: planned.rescue,
            exit_code: done.exit_code,
            stdout: done.stdout,
            stderr: done.stderr,
            duration: done.duration,
            milestone: planned.step.milestone,
        })
    });
    HostReport {
        host: host.clone(),
        outcome,
        steps: outcomes.collect(),
    }
}
