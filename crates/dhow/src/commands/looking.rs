//! What commands that only look have in common: connect, ask every host, show one block per answer.

use dhow_execute::{HostOutcome, HostReport, PhaseReport, StepOutcome};
use dhow_names::Host;
use dhow_plan::HostWork;
use dhow_roles::Fleet;
use dhow_ssh_exec::ConnectError;

use super::read_project;
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
    /// Reads the project. Secrets are read only when the `pre-connect` hook is there to see them, or
    /// when one is the key to the hosts.
    pub(super) async fn prepare(invocation: &Invocation) -> Result<Self, Failure> {
        let project = read_project(invocation)?;
        let Invocation {
            global,
            environment,
            ..
        } = invocation;
        let hook = environment
            .folder
            .join(&project.config.hooks.path)
            .join("pre-connect");
        let basis = if hook.exists() && !global.skip_hooks {
            super::deploy::gather(invocation, &project).await?
        } else if !project.config.ssh.key_data.is_empty() {
            let version = project.version_or_unknown(invocation);
            super::deploy::gather_at(invocation, &project, version).await?
        } else {
            Basis::for_looking(&project, invocation)
        };
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

/// A block of output as scripts know it from Kamal: `App Host: HOST`, the text, an empty line (cli §4.2).
pub(super) fn show_blocks(invocation: &Invocation, label: &str, reports: &[HostReport]) {
    for report in reports {
        for step in &report.steps {
            let text = format!("{}{}", step.stdout, step.stderr);
            let text = if text.trim().is_empty() {
                empty(step)
            } else {
                text.trim_end().to_owned()
            };
            show_block(invocation, label, &report.host, &text);
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
    show_blocks(invocation, label, &shown);
    match report.unfinished().next() {
        Some(_) => Err(Failure::phase(report)),
        None => Ok(()),
    }
}

fn empty(step: &StepOutcome) -> String {
    if step.title.contains("log") || step.exit_code != 0 {
        "Nothing found".to_owned()
    } else {
        String::new()
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
