//! Looking at the hosts that can be reached, whatever is wrong with the others.

use dhow_config::Accessory;
use dhow_execute::{HostOutcome, HostReport};
use dhow_names::Host;
use dhow_plan::{
    Block, HostWork, Step,
    facts::{Answer, HostFacts, Inquiry},
};
use dhow_roles::Fleet;
use dhow_ssh_exec::{ConnectError, ConnectFailure};

use super::{Session, asking::answer};
use crate::{
    failure::Failure,
    invocation::Invocation,
    project::{Basis, Project},
};

/// What a host answered: its facts, and what it said to the further questions. Else why there is no answer.
pub(crate) type Looked = Result<(HostFacts, Vec<Answer>), String>;

impl<'a> Session<'a> {
    /// Runs the `pre-connect` hook and connects to every selected host that can be reached; tells which cannot.
    pub(crate) async fn open_where_possible(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
    ) -> Result<(Self, Vec<ConnectError>), Failure> {
        let mut session = Self::unconnected(invocation, project, basis, fleet)?;
        session.hooks().pre_connect().await?;
        let errors = session.connect_where_possible().await?;
        Ok((session, errors))
    }

    /// Connects to every selected host that can be reached, and tells which cannot.
    pub(super) async fn connect_where_possible(&mut self) -> Result<Vec<ConnectError>, Failure> {
        let errors = self.try_to_connect(&self.hosts()).await?;
        if errors.iter().any(|it| it.reason == ConnectFailure::NoSsh) {
            return Err(Failure::unreachable(&errors));
        }
        self.reach
            .retain(|host| errors.iter().all(|error| error.host != *host));
        Ok(errors)
    }

    /// Looks at these hosts, compares these accessories, and asks more in the same request. Each host answers for
    /// itself, one that is not connected to with just that.
    pub(crate) async fn look_at_each(
        &self,
        hosts: &[Host],
        accessories: &[&'a Accessory],
        more: impl Fn(&Host) -> Vec<Step>,
    ) -> Result<Vec<(Host, Looked)>, Failure> {
        let settled = self.settled();
        let about = |host: &Host| Inquiry::about(self.fleet, host).comparing(&settled, accessories);
        let inquiries: Vec<Inquiry<'_>> = hosts.iter().map(about).collect();
        let work = inquiries.iter().zip(hosts).map(|(inquiry, host)| {
            let mut work = inquiry.work();
            work.blocks.push(Block::of(more(host)));
            work
        });
        let work: Vec<HostWork> = work.collect();
        let report = self.attempt("look at the hosts", &work).await?;
        let answers = report.hosts.into_iter().zip(&inquiries);
        Ok(answers
            .map(|(report, inquiry)| (report.host.clone(), looked(inquiry, &report)))
            .collect())
    }
}

fn looked(inquiry: &Inquiry<'_>, report: &HostReport) -> Looked {
    match &report.outcome {
        HostOutcome::Done => {}
        HostOutcome::Lost { error, .. } => return Err(error.to_string()),
        other => return Err(format!("it did not answer: {other:?}")),
    }
    let mut answers: Vec<Answer> = report.steps.iter().map(answer).collect();
    let more = answers.split_off(inquiry.len().min(answers.len()));
    match inquiry.read(&answers) {
        Ok(facts) => Ok((facts, more)),
        Err(error) => Err(format!("it said something unexpected: {error}")),
    }
}
