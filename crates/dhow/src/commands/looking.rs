//! What commands that only look have in common: connect, ask every host, show one block per answer.

use dhow_execute::{HostOutcome, HostReport, PhaseReport, StepOutcome};
use dhow_names::Host;
use dhow_plan::{Hook, HostWork};
use dhow_roles::Fleet;
use dhow_ssh_exec::ConnectError;

use super::{
    deploy::{gather, gather_at},
    read_project,
};
use crate::{
    failure::Failure,
    invocation::Invocation,
    project::{Basis, Project},
    session::Session,
};

/// What a command that looks needs before it connects.
#[derive(Debug)]
pub(super) struct Look {
    project: Project,
    basis: Basis,
}

impl Look {
    /// Reads the project, and of the secrets what it takes to connect.
    pub(super) async fn prepare(invocation: &Invocation) -> Result<Self, Failure> {
        Self::of(invocation, read_project(invocation)?).await
    }

    /// The same for a project that was read.
    pub(super) async fn of(invocation: &Invocation, project: Project) -> Result<Self, Failure> {
        let basis = basis_to_connect(invocation, &project).await?;
        Ok(Self { project, basis })
    }

    /// The project and what goes with it.
    pub(super) fn into_parts(self) -> (Project, Basis) {
        (self.project, self.basis)
    }

    /// The selected part of the servers.
    pub(super) fn fleet(&self) -> Result<Fleet<'_>, Failure> {
        self.project.fleet()
    }

    /// Connects.
    pub(super) async fn connect<'a>(
        &'a self,
        invocation: &'a Invocation,
        fleet: &'a Fleet<'a>,
    ) -> Result<Session<'a>, Failure> {
        Session::open(invocation, &self.project, &self.basis, fleet).await
    }

    /// Connects to the hosts that can be reached, and tells which cannot.
    pub(super) async fn connect_where_possible<'a>(
        &'a self,
        invocation: &'a Invocation,
        fleet: &'a Fleet<'a>,
    ) -> Result<(Session<'a>, Vec<ConnectError>), Failure> {
        Session::open_where_possible(invocation, &self.project, &self.basis, fleet).await
    }

    /// Connects to these hosts only.
    pub(super) async fn connect_to<'a>(
        &'a self,
        invocation: &'a Invocation,
        fleet: &'a Fleet<'a>,
        hosts: Vec<Host>,
    ) -> Result<Session<'a>, Failure> {
        Session::open_to(invocation, &self.project, &self.basis, fleet, hosts).await
    }
}

/// What it takes to connect: secrets are read only when the `pre-connect` hook is there to see them, or when one is the
/// key to the hosts.
pub(super) async fn basis_to_connect(
    invocation: &Invocation,
    project: &Project,
) -> Result<Basis, Failure> {
    if project.hook_file(Hook::PreConnect, invocation).is_some() {
        gather(invocation, project).await
    } else if project.config.ssh.key_data.is_empty() {
        Ok(Basis::for_looking(project, invocation))
    } else {
        let version = project.version_or_unknown(invocation);
        gather_at(invocation, project, version).await
    }
}

/// A block of output as scripts know it from Kamal: `App Host: HOST`, the text, an empty line (cli §4.2).
pub(super) fn show_blocks(invocation: &Invocation, label: &str, reports: &[HostReport]) {
    show_each(invocation, label, reports, empty);
}

/// Shows every step's output, and `instead` where it has none.
fn show_each(
    invocation: &Invocation,
    label: &str,
    reports: &[HostReport],
    instead: impl Fn(&StepOutcome) -> &'static str,
) {
    for report in reports {
        for step in &report.steps {
            let text = format!("{}{}", step.stdout, step.stderr);
            let text = match text.trim_end() {
                text if text.trim().is_empty() => instead(step),
                text => text,
            };
            show_block(invocation, label, &report.host, text);
        }
    }
}

/// One such block.
pub(super) fn show_block(invocation: &Invocation, label: &str, host: &Host, text: &str) {
    invocation.terminal.block(label, host, text);
}

/// Shows what a command of a person printed on each host where it succeeded. What was done around it is no part of
/// the answer. Then fails if it failed anywhere.
pub(super) fn show_answers(
    invocation: &Invocation,
    label: &str,
    command: &str,
    report: &PhaseReport,
) -> Result<(), Failure> {
    let done = report.hosts.iter();
    let done = done.filter(|host| host.outcome == HostOutcome::Done);
    let mut shown: Vec<HostReport> = done.cloned().collect();
    for host in &mut shown {
        host.steps.retain(|step| step.title == command);
    }
    // A command of a person may well say nothing.
    show_each(invocation, label, &shown, |_| "");
    match report.unfinished().next() {
        Some(_) => Err(Failure::phase(report)),
        None => Ok(()),
    }
}

fn empty(step: &StepOutcome) -> &'static str {
    if step.title.contains("log") || step.exit_code != 0 {
        "Nothing found"
    } else {
        ""
    }
}

/// Asks and shows, then closes the connections.
pub(super) async fn ask_and_show(
    invocation: &Invocation,
    session: &Session<'_>,
    label: &str,
    title: &str,
    work: &[HostWork],
) -> Result<(), Failure> {
    let result = session.work(title, work).await;
    session.close().await;
    show_blocks(invocation, label, &result?);
    Ok(())
}
