//! Who tells what happens, and how.

mod events;
mod kamal;
mod lines;
#[cfg(test)]
pub(crate) mod samples;

use std::{sync::Arc, time::Duration};

use dhow_execute::{Deployed, Reporter};

pub(crate) use self::lines::everything;
use self::{events::Events, kamal::KamalLines, lines::Lines};
use crate::{live::Watching, terminal::Terminal};

/// Who prints when it is no step of the build but the builder's own command.
pub(crate) const BUILDER: &str = "buildx";

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Phases, and each step with its time.
    Steps,
    /// Also every command and all it prints.
    Everything,
    /// Only what a person should look at; for commands whose data is what counts.
    Warnings,
}

/// Who tells what happens on this terminal; `seed` is chance. A program is told everything, whatever a person would
/// be.
pub(crate) fn of(terminal: &Terminal, detail: Detail, seed: u64) -> Box<dyn Reporter> {
    let terminal = terminal.clone();
    if terminal.tells_events() {
        Box::new(Events(terminal))
    } else if let Some(live) = terminal.live() {
        Box::new(Watching(Arc::clone(live)))
    } else if terminal.tells_as_kamal() {
        Box::new(KamalLines::new(terminal, detail, seed))
    } else {
        Box::new(Lines::new(terminal, detail))
    }
}

/// A duration as a person reads it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// What serves where after a deploy, a line for each role and host.
fn rows(deployed: &[Deployed]) -> Vec<String> {
    let row = |it: &Deployed| {
        let Deployed {
            host,
            role,
            before,
            now,
            duration,
        } = it;
        let before = before.as_deref().unwrap_or("nothing");
        let now = now.as_deref().unwrap_or("unknown");
        let took = seconds(*duration);
        format!("  {host}  {role}  {before} -> {now}  {took}")
    };
    deployed.iter().map(row).collect()
}
