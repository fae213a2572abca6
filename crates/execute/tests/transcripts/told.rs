//! Carrying out and writing down.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use dhow_config::Accessory;
use dhow_docker::lock::{AUTOMATIC, LockDetails};
use dhow_execute::{Announcer, Event, EventKind, Executor, LocalRunner, Reporter};
use dhow_names::Host;
use dhow_plan::{
    HostWork, LocalWork, Phase, Plan,
    facts::{Facts, Inquiry},
    recipe::{Settled, lock},
};
use dhow_ssh_exec::{RecordingTransport, Transport};
use tokio_util::sync::CancellationToken;

use crate::scenario::Scenario;

/// What is asked of each host, phase by phase.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    text: String,
    of_hosts: BTreeMap<Host, String>,
}

impl Reporter for Transcript {
    fn report(&mut self, event: &Event) {
        let mut state = self.0.lock().unwrap();
        match &event.kind {
            EventKind::PhaseStarted { title } => writeln!(state.text, "{title}").unwrap(),
            EventKind::StepStarted {
                host,
                title,
                command,
                ..
            } => {
                let of_host = state.of_hosts.entry(host.clone()).or_default();
                let command = command.replace('\n', "\n      ");
                writeln!(of_host, "    {title}\n      $ {command}").unwrap();
            }
            EventKind::PhaseFinished { .. } => {
                for (host, told) in std::mem::take(&mut state.of_hosts) {
                    write!(state.text, "  {host}\n{told}").unwrap();
                }
            }
            _ => {}
        }
    }
}

/// Hooks are run elsewhere.
struct Here;

impl LocalRunner for Here {
    type Error = String;

    async fn run(&self, _: &LocalWork) -> Result<(), String> {
        Ok(())
    }
}

/// Everything that a command asks of hosts which do whatever they are told.
pub(crate) fn transcript(scenario: &Scenario, plan: &Plan) -> String {
    let story = Transcript::default();
    let hosts: Vec<Host> = scenario.config.hosts().into_iter().cloned().collect();
    let work = async {
        let transport = RecordingTransport::new();
        transport.connect(&hosts).await;
        let announcer = Announcer::new(Box::new(story.clone()));
        let executor = Executor::new(&transport, &announcer, CancellationToken::new());
        executor.carry_out(plan, &Here).await.unwrap();
    };
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(work);
    story.0.lock().unwrap().text.clone()
}

/// The same for a command that looks at the hosts of accessories, or of none, and acts under the lock.
pub(crate) fn under_lock(
    scenario: &Scenario,
    accessories: &[&Accessory],
    decide: impl FnOnce(&Settled<'_>, &Facts) -> Plan,
) -> String {
    let plan = scenario.settled(|settled, facts| {
        let primary = settled.fleet.primary_host();
        let details = LockDetails {
            holder: "Dee".to_owned(),
            since: "2026-01-02T03:04:05Z".to_owned(),
            version: settled.version.to_string(),
            message: AUTOMATIC.to_owned(),
        };
        let look = |host: &Host| {
            let inquiry = Inquiry::about(settled.fleet, host);
            inquiry.comparing(settled, accessories).work()
        };
        let reached = |host: &&Host| {
            let runs = |it: &&Accessory| it.hosts.contains(host);
            accessories.is_empty() || *host == primary || accessories.iter().any(runs)
        };
        let hosts: Vec<Host> = scenario.config.hosts().into_iter().cloned().collect();
        let looked: Vec<HostWork> = hosts.iter().filter(reached).map(look).collect();
        let mut plan = Plan::default();
        let take = lock::acquire(settled.names, primary, &details);
        plan.add(Phase::on_hosts("Take the deploy lock", vec![take]));
        plan.add(Phase::on_hosts("Look at the hosts", looked));
        plan.phases.extend(decide(settled, facts).phases);
        let release = lock::release_own(settled.names, primary, &details);
        plan.add(Phase::on_hosts("Release the deploy lock", vec![release]));
        plan
    });
    transcript(scenario, &plan)
}

/// The same for a command that only looks.
pub(crate) fn shown(
    scenario: &Scenario,
    title: &str,
    look: impl FnOnce(&Settled<'_>) -> Vec<HostWork>,
) -> String {
    let work = scenario.settled(|settled, _| look(settled));
    transcript(scenario, &phase(title, work))
}

/// Work as a plan of one phase.
pub(crate) fn phase(title: &str, work: Vec<HostWork>) -> Plan {
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts(title, work));
    plan
}
