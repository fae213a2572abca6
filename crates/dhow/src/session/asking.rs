//! Asking the hosts what is there, without changing anything.

use dhow_config::Accessory;
use dhow_execute::{HostReport, StepOutcome};
use dhow_names::Host;
use dhow_plan::{
    Block, HostWork, Step,
    facts::{Answer, Facts, HostFacts, Inquiry},
};

use super::Session;
use crate::failure::{Failure, Kind};

impl<'a> Session<'a> {
    /// Looks at every host that is connected to, without changing anything.
    pub(crate) async fn look(&self) -> Result<Facts, Failure> {
        self.look_beyond(Facts::default()).await
    }

    /// Looks at every host of which nothing is known yet.
    pub(crate) async fn look_beyond(&self, mut known: Facts) -> Result<Facts, Failure> {
        let others = self
            .reach
            .iter()
            .filter(|host| !known.0.contains_key(*host));
        let others: Vec<Host> = others.cloned().collect();
        let about = |host: &Host| Inquiry::about(self.fleet, host);
        let (facts, _) = self.ask_and(&others, about, |_| Vec::new()).await?;
        known.0.extend(facts.0);
        Ok(known)
    }

    /// The same, with what a pull depends on.
    pub(crate) async fn look_before_pull(&self) -> Result<Facts, Failure> {
        self.look_before_pull_comparing(&[]).await
    }

    /// The same, and compares the containers of these accessories with the deploy file.
    pub(crate) async fn look_before_pull_comparing(
        &self,
        accessories: &[&'a Accessory],
    ) -> Result<Facts, Failure> {
        let settled = self.settled();
        self.ask(|host| {
            let inquiry = Inquiry::about(self.fleet, host).and_the_store(self.fleet);
            inquiry.comparing(&settled, accessories)
        })
        .await
    }

    /// Looks at every host that is connected to and compares the containers of these accessories with the deploy file.
    pub(crate) async fn look_comparing(
        &self,
        accessories: &[&'a Accessory],
    ) -> Result<Facts, Failure> {
        let (facts, _) = self.look_comparing_and(accessories, |_| Vec::new()).await?;
        Ok(facts)
    }

    /// The same, and does more there in the same request; the reports are of that alone.
    pub(crate) async fn look_comparing_and(
        &self,
        accessories: &[&'a Accessory],
        more: impl Fn(&Host) -> Vec<Step>,
    ) -> Result<(Facts, Vec<HostReport>), Failure> {
        let settled = self.settled();
        let about = |host: &Host| Inquiry::about(self.fleet, host).comparing(&settled, accessories);
        self.ask_and(&self.reach, about, more).await
    }

    async fn ask(&self, about: impl Fn(&Host) -> Inquiry<'a>) -> Result<Facts, Failure> {
        let (facts, _) = self.ask_and(&self.reach, about, |_| Vec::new()).await?;
        Ok(facts)
    }

    async fn ask_and(
        &self,
        hosts: &[Host],
        about: impl Fn(&Host) -> Inquiry<'a>,
        more: impl Fn(&Host) -> Vec<Step>,
    ) -> Result<(Facts, Vec<HostReport>), Failure> {
        let inquiries: Vec<Inquiry<'_>> = hosts.iter().map(&about).collect();
        let work = inquiries.iter().zip(hosts).map(|(inquiry, host)| {
            let mut work = inquiry.work();
            work.blocks.push(Block::of(more(host)));
            work
        });
        let work: Vec<HostWork> = work.collect();
        let mut reports = self.work("look at the hosts", &work).await?;
        let mut facts = Facts::default();
        for (inquiry, report) in inquiries.iter().zip(&mut reports) {
            let asked: Vec<StepOutcome> = report.steps.drain(..inquiry.len()).collect();
            let known = understood(inquiry, &report.host, &asked)?;
            facts.0.insert(report.host.clone(), known);
        }
        Ok((facts, reports))
    }
}

/// What a host has answered.
pub(crate) fn understood(
    inquiry: &Inquiry<'_>,
    host: &Host,
    asked: &[StepOutcome],
) -> Result<HostFacts, Failure> {
    let answers: Vec<Answer> = asked.iter().map(answer).collect();
    inquiry.read(&answers).map_err(|error| {
        let headline = format!("{host} said something unexpected");
        Failure::new(Kind::Host, headline).because(&error)
    })
}

pub(super) fn answer(step: &StepOutcome) -> Answer {
    Answer {
        exit_code: step.exit_code,
        output: step.stdout.clone(),
        errors: step.stderr.clone(),
    }
}
