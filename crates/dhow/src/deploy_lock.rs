//! Taking and giving up the deploy lock (flows §1.2).

use std::time::{Duration, Instant};

use dhow_docker::lock::{AUTOMATIC, FREE, HELD, LockDetails, TAKEN_OVER};
use dhow_execute::{HostOutcome, HostReport};
use dhow_plan::{
    HostWork,
    facts::{Facts, Inquiry},
    recipe::lock,
};
use tokio_util::sync::CancellationToken;

use crate::{
    failure::{Failure, Kind},
    held_lock::{Place, Taken},
    session::{Session, interrupted_early, understood},
};

/// What an attempt brought.
enum Attempt {
    /// It is ours, and this is what the primary host told in the same request.
    Taken(Facts),
    HeldBy(String),
}

impl Session<'_> {
    /// Whether a parent process holds the lock for us.
    pub(crate) fn lock_is_inherited(&self) -> bool {
        self.invocation.lock_is_inherited()
    }

    /// Takes the lock for this run, waiting for it when told to. What the primary host looks like under the lock is
    /// asked in the same request; nothing is known when a parent process holds the lock.
    pub(crate) async fn take_lock(&self) -> Result<Facts, Failure> {
        if self.lock_is_inherited() {
            return Ok(Facts::default());
        }
        let global = &self.invocation.global;
        self.invocation
            .announcer
            .note("Acquiring the deploy lock...");
        let began = Instant::now();
        let timeout = Duration::from_secs(global.lock_wait_timeout);
        let interval = Duration::from_secs(global.lock_wait_interval.max(1));
        loop {
            let holder = match self.try_lock(AUTOMATIC, true).await? {
                Attempt::Taken(facts) => return Ok(facts),
                Attempt::HeldBy(holder) => holder,
            };
            // One that says nothing yet was taken this very moment.
            let by_hand = !holder.is_empty() && !holder.contains(AUTOMATIC);
            if !global.lock_wait || by_hand {
                return Err(held(self, &holder));
            }
            let left = timeout.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(
                    held(self, &holder).hint("waiting for it took longer than --lock-wait-timeout")
                );
            }
            let pause = interval.min(left);
            let note = format!(
                "The deploy lock is held, trying again in {} s ({} s left)\n{holder}",
                pause.as_secs(),
                left.as_secs()
            );
            self.invocation.announcer.note(note);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.invocation.interrupt.cancelled() => return Err(interrupted_early()),
            }
        }
    }

    /// Takes the lock until it is given up by hand.
    pub(crate) async fn take_lock_by_hand(&self, message: &str) -> Result<(), Failure> {
        match self.try_lock(message, false).await? {
            Attempt::Taken(_) => Ok(()),
            Attempt::HeldBy(holder) => Err(held(self, &holder)),
        }
    }

    /// Tries once, and looks at the primary host in the same request when told to.
    async fn try_lock(&self, message: &str, looks: bool) -> Result<Attempt, Failure> {
        let details = LockDetails {
            holder: self.project.user_name(),
            since: self.invocation.environment.now_in_seconds(),
            version: self.basis.version.to_string(),
            message: message.to_owned(),
        };
        let primary = self.fleet.primary_host();
        let inquiry = Inquiry::about(self.fleet, primary);
        let mut work = lock::acquire(&self.basis.names, primary, &details);
        if looks {
            work.blocks.extend(inquiry.work().blocks);
        }
        // From here on the lock may be ours, whatever becomes of the answer.
        self.invocation.held_lock.take(Taken {
            place: self.lock_place(),
            details,
        });
        // The attempt itself is never cut short, so that it is known whether the lock was taken.
        let interrupt = &self.invocation.interrupt;
        let reports = self.executor().hosts(&[work], interrupt).await;
        let Some(answer) = about_the_lock(&reports, "take the deploy lock")
            .map_err(|failure| failure.hint(self.how_to_release()))?
        else {
            self.invocation.held_lock.released();
            return Err(interrupted_early());
        };
        if answer.exit_code == 0 {
            return Ok(Attempt::Taken(told(&inquiry, &reports)));
        }
        self.invocation.held_lock.released();
        if answer.exit_code == HELD {
            return Ok(Attempt::HeldBy(answer.details));
        }
        let code = answer.exit_code;
        let headline = format!("the deploy lock could not be taken on {primary}: exit code {code}");
        Err(Failure::new(Kind::Step, headline).detail(answer.said))
    }

    /// Gives up the lock that this run has taken, if it still is that one. Nothing interrupts this.
    pub(crate) async fn give_up_lock(&self) -> Result<(), Failure> {
        let Some(Taken { details, .. }) = self.invocation.held_lock.taken() else {
            return Ok(());
        };
        let announcer = &self.invocation.announcer;
        announcer.note("Releasing the deploy lock...");
        let primary = self.fleet.primary_host();
        match self
            .release(&lock::release_own(&self.basis.names, primary, &details))
            .await?
        {
            TAKEN_OVER => {
                announcer.warn("the deploy lock is somebody else's by now, so it was left alone");
            }
            FREE => announcer.warn("the deploy lock was gone already: somebody has removed it"),
            _ => {}
        }
        Ok(())
    }

    /// Gives up the lock, whoever holds it; false when there is none.
    pub(crate) async fn release_lock(&self) -> Result<bool, Failure> {
        let work = lock::release(&self.basis.names, self.fleet.primary_host());
        Ok(self.release(&work).await? != FREE)
    }

    async fn release(&self, work: &HostWork) -> Result<i32, Failure> {
        let work = std::slice::from_ref(work);
        let reports = self.executor().hosts(work, &CancellationToken::new()).await;
        let Some(answer) = about_the_lock(&reports, "release the deploy lock")
            .map_err(|failure| failure.hint(self.how_to_release()))?
        else {
            return Err(interrupted_early());
        };
        let code = answer.exit_code;
        if matches!(code, 0 | FREE | TAKEN_OVER) {
            self.invocation.held_lock.released();
            return Ok(code);
        }
        let host = self.fleet.primary_host();
        let headline = format!("the deploy lock could not be released on {host}: exit code {code}");
        Err(Failure::new(Kind::Step, headline)
            .detail(answer.said)
            .hint(self.how_to_release()))
    }

    /// Who holds the lock; none when nobody does.
    pub(crate) async fn lock_holder(&self) -> Result<Option<String>, Failure> {
        let work = lock::status(&self.basis.names, self.fleet.primary_host());
        let reports = self.work("look at the deploy lock", &[work]).await?;
        let Some(answer) = about_the_lock(&reports, "look at the deploy lock")? else {
            return Err(interrupted_early());
        };
        Ok((answer.exit_code != FREE).then_some(answer.details))
    }

    fn how_to_release(&self) -> String {
        self.lock_place().how_to_release(self.invocation)
    }

    fn lock_place(&self) -> Place {
        Place {
            host: self.fleet.primary_host().to_string(),
            folder: self.basis.names.lock_directory(),
        }
    }
}

/// What the primary host answered once the lock was taken. What it did not tell, or what cannot be read, is asked again.
fn told(inquiry: &Inquiry<'_>, reports: &[HostReport]) -> Facts {
    let mut facts = Facts::default();
    for HostReport { host, steps, .. } in reports {
        let asked = &steps[1..];
        if asked.len() == inquiry.len()
            && let Ok(known) = understood(inquiry, host, asked)
        {
            facts.0.insert(host.clone(), known);
        }
    }
    facts
}

/// The lock is somebody else's. The words are Kamal's.
pub(crate) fn held(session: &Session<'_>, holder: &str) -> Failure {
    let holder = if holder.is_empty() {
        "(its details are not written yet)"
    } else {
        holder
    };
    let way_out = session.how_to_release();
    Failure::new(
        Kind::Locked,
        "Deploy lock found: somebody else deploys, or keeps others from it",
    )
    .detail(holder)
    .hint(format!(
        "wait for it with --lock-wait; when nobody is at work, {way_out}"
    ))
}

/// What the primary host answered.
struct Answer {
    exit_code: i32,
    /// Who holds the lock, where that is what was printed.
    details: String,
    /// Everything, errors too.
    said: String,
}

/// What the first step said, which is the one about the lock; none when it was interrupted before it began.
fn about_the_lock(reports: &[HostReport], title: &str) -> Result<Option<Answer>, Failure> {
    match reports {
        [
            HostReport {
                steps,
                outcome: HostOutcome::Done | HostOutcome::Interrupted,
                ..
            },
        ] => Ok(steps.first().map(|step| Answer {
            exit_code: step.exit_code,
            details: step.stdout.trim().to_owned(),
            said: format!("{}{}", step.stdout, step.stderr).trim().to_owned(),
        })),
        reports => Err(Failure::phase(&dhow_execute::PhaseReport {
            title: title.to_owned(),
            hosts: reports.to_vec(),
        })),
    }
}
