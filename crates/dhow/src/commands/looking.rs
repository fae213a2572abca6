//! What commands that only look have in common: connect, ask every host, show one block per answer.

use dhow_execute::{HostReport, StepOutcome};
use dhow_plan::HostWork;
use dhow_roles::Fleet;

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
            if invocation.global.quiet {
                invocation.terminal.data(format_args!("{text}\n"));
            } else {
                invocation
                    .terminal
                    .data(format_args!("{label} Host: {}\n{text}\n\n", report.host));
            }
        }
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
