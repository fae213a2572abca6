//! Keeping what takes time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dhow_execute::{BuildStepEnd, Event, EventKind, Reporter};
use dhow_names::Host;

use crate::timings::{Bar, Lane, Outcome, Timings};

/// The place where the image is built.
const BUILD: &str = "build";

/// A reporter that keeps what takes time. Its clones keep it together, so that one can be given away and the other
/// asked in the end.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

impl Recorder {
    /// What was kept, for a run that took so long. What is not over was cut off.
    pub fn timings(&self, total: Duration) -> Timings {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.clone().timings(total)
    }
}

impl Reporter for Recorder {
    fn report(&mut self, event: &Event) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.note(event);
    }
}

/// What is known so far.
#[derive(Clone, Debug, Default)]
struct Record {
    phases: Track,
    lanes: Vec<(String, Track)>,
}

impl Record {
    fn note(&mut self, event: &Event) {
        let at = event.elapsed;
        match &event.kind {
            EventKind::PhaseStarted { title } => self.phases.begin(title, at, Now::GoesOn),
            EventKind::PhaseFinished {
                title,
                duration,
                completed,
            } => {
                let outcome = if *completed {
                    Outcome::Done
                } else {
                    Outcome::Failed
                };
                self.phases.end(title, at, *duration, outcome);
            }
            EventKind::HostWaits { host, role } => {
                let title = EventKind::waiting_for(role);
                self.of(host).begin(&title, at, Now::Waits);
            }
            EventKind::StepStarted { host, title, .. } => {
                self.of(host).end_waiting(at);
                self.of(host).begin(title, at, Now::GoesOn);
            }
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                bookkeeping,
                duration,
            } => {
                let outcome = match (exit_code, tolerated) {
                    (0, _) => Outcome::Done,
                    // A question is answered by an exit code too.
                    (_, true) if *bookkeeping => Outcome::Done,
                    (_, true) => Outcome::Tolerated,
                    (_, false) => Outcome::Failed,
                };
                self.of(host).end(title, at, *duration, outcome);
            }
            EventKind::BuildStepStarted { title } => {
                self.lane(BUILD).begin(title, at, Now::GoesOn);
            }
            EventKind::BuildStepFinished {
                title,
                end,
                duration,
                ..
            } => {
                let outcome = match end {
                    BuildStepEnd::Done => Outcome::Done,
                    BuildStepEnd::Cached => Outcome::Cached,
                    BuildStepEnd::Failed => Outcome::Failed,
                    BuildStepEnd::Canceled => Outcome::CutOff,
                };
                self.lane(BUILD).end(title, at, *duration, outcome);
            }
            _ => {}
        }
    }

    fn of(&mut self, host: &Host) -> &mut Track {
        self.lane(host.as_str())
    }

    fn lane(&mut self, name: &str) -> &mut Track {
        let known = self.lanes.iter().position(|(it, _)| it == name);
        let at = known.unwrap_or_else(|| {
            self.lanes.push((name.to_owned(), Track::default()));
            self.lanes.len() - 1
        });
        &mut self.lanes[at].1
    }

    fn timings(mut self, total: Duration) -> Timings {
        // Hosts come in an order of their own, not in that of chance.
        self.lanes
            .sort_by(|(one, _), (other, _)| (one != BUILD, one).cmp(&(other != BUILD, other)));
        let lanes = self.lanes.into_iter().map(|(name, track)| Lane {
            name,
            bars: track.bars(total),
        });
        Timings {
            total,
            phases: self.phases.bars(total),
            lanes: lanes.collect(),
        }
    }
}

/// What happened in one place, and whether it is over.
#[derive(Clone, Debug, Default)]
struct Track(Vec<(Bar, Now)>);

/// How something is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    GoesOn,
    Waits,
    Over,
}

impl Track {
    fn begin(&mut self, title: &str, start: Duration, now: Now) {
        let bar = Bar {
            title: title.to_owned(),
            start,
            took: Duration::ZERO,
            outcome: Outcome::CutOff,
        };
        self.0.push((bar, now));
    }

    /// Ends the oldest of this title that goes on. One whose beginning was never told began when it must have.
    fn end(&mut self, title: &str, at: Duration, took: Duration, outcome: Outcome) {
        let mut all = self.0.iter_mut();
        let known = all.find(|(bar, now)| bar.title == title && *now == Now::GoesOn);
        let start = known
            .as_ref()
            .map_or(at.saturating_sub(took), |(bar, _)| bar.start);
        let ended = Bar {
            title: title.to_owned(),
            start,
            took,
            outcome,
        };
        match known {
            Some(known) => *known = (ended, Now::Over),
            None => self.0.push((ended, Now::Over)),
        }
    }

    /// A host that begins to work has waited.
    fn end_waiting(&mut self, at: Duration) {
        for (bar, now) in self.0.iter_mut().filter(|(_, now)| *now == Now::Waits) {
            bar.took = at.saturating_sub(bar.start);
            bar.outcome = Outcome::Waited;
            *now = Now::Over;
        }
    }

    /// What goes on when the run is over was cut off by that.
    fn bars(self, total: Duration) -> Vec<Bar> {
        let ended = self.0.into_iter().map(|(mut bar, now)| {
            if now != Now::Over {
                bar.took = total.saturating_sub(bar.start);
            }
            bar
        });
        let mut bars: Vec<Bar> = ended.collect();
        // What began before others may have been told of after them.
        bars.sort_by_key(|bar| bar.start);
        bars
    }
}

#[cfg(test)]
mod tests;
