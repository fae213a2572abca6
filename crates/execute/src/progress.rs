//! How far each role has come on each host, so that after a failure a person knows what runs where.

use std::{collections::BTreeMap, time::Duration};

use dhow_names::{Host, RoleName};
use dhow_plan::Milestone;

use crate::event::Deployed;

/// What is known of every role on every host of a deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(BTreeMap<(Host, RoleName), RoleState>);

/// A role on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleState {
    /// The version that ran before; none on a first deploy.
    pub before: Option<String>,
    /// What serves now.
    pub serving: Serving,
    /// How long the host has worked for the role.
    pub worked: Duration,
}

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// What ran before; the new container was not started, or was stopped again.
    Old,
    /// The new version; the old container may still run beside it.
    New {
        /// Whether the old container has stopped.
        old_stopped: bool,
    },
    /// The host went away in the middle.
    Unknown,
}

impl Progress {
    /// Expects a role on a host, with the version that runs there now.
    pub fn expect(&mut self, host: &Host, role: &RoleName, before: Option<String>) {
        let state = RoleState {
            before,
            serving: Serving::Old,
            worked: Duration::ZERO,
        };
        self.0.insert((host.clone(), role.clone()), state);
    }

    /// Notes what a step has led to.
    pub(crate) fn reached(&mut self, host: &Host, role: &RoleName, milestone: Milestone) {
        if let Some(state) = self.0.get_mut(&(host.clone(), role.clone())) {
            state.serving = match milestone {
                Milestone::Started => state.serving,
                Milestone::Healthy => Serving::New {
                    old_stopped: state.before.is_none(),
                },
                Milestone::Retired => Serving::New { old_stopped: true },
                Milestone::Withdrawn => Serving::Old,
            };
        }
    }

    /// Notes that a step of a role took this long.
    pub(crate) fn worked(&mut self, host: &Host, role: &RoleName, duration: Duration) {
        if let Some(state) = self.0.get_mut(&(host.clone(), role.clone())) {
            state.worked += duration;
        }
    }

    /// Notes that a host went away: of roles that were on their way, nothing is known.
    pub(crate) fn lost(&mut self, host: &Host) {
        for ((at, _), state) in &mut self.0 {
            if at == host && state.serving == Serving::Old {
                state.serving = Serving::Unknown;
            }
        }
    }

    /// Every role on every host, by host.
    pub fn rows(&self) -> impl Iterator<Item = (&Host, &RoleName, &RoleState)> {
        self.0
            .iter()
            .map(|((host, role), state)| (host, role, state))
    }

    /// The same as it is told after a deploy of this version.
    pub fn deployed(&self, version: &str) -> Vec<Deployed> {
        let row = |(host, role, state): (&Host, &RoleName, &RoleState)| Deployed {
            host: host.clone(),
            role: role.clone(),
            before: state.before.clone(),
            now: match state.serving {
                Serving::Old => state.before.clone(),
                Serving::New { .. } => Some(version.to_owned()),
                Serving::Unknown => None,
            },
            duration: state.worked,
        };
        self.rows().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_was_stopped_again_leaves_what_was_before() {
        let (host, web): (Host, RoleName) = ("10.0.0.1".parse().unwrap(), "web".parse().unwrap());
        let mut progress = Progress::default();
        progress.expect(&host, &web, Some("1".to_owned()));
        progress.reached(&host, &web, Milestone::Healthy);
        progress.reached(&host, &web, Milestone::Withdrawn);
        let serving: Vec<_> = progress.rows().map(|(_, _, state)| state.serving).collect();
        assert_eq!(serving, [Serving::Old]);
    }

    #[test]
    fn a_host_that_went_away_keeps_what_was_certain() {
        let host: Host = "10.0.0.1".parse().unwrap();
        let (web, jobs): (RoleName, RoleName) = ("web".parse().unwrap(), "jobs".parse().unwrap());
        let mut progress = Progress::default();
        progress.expect(&host, &web, Some("1".to_owned()));
        progress.expect(&host, &jobs, Some("1".to_owned()));
        progress.reached(&host, &web, Milestone::Healthy);
        progress.lost(&host);
        let states: Vec<_> = progress
            .rows()
            .map(|(_, role, state)| (role.as_str(), state.serving))
            .collect();
        assert_eq!(
            states,
            [
                ("jobs", Serving::Unknown),
                ("web", Serving::New { old_stopped: false })
            ]
        );
    }

    #[test]
    fn what_is_told_of_a_deploy_is_what_serves() {
        let host: Host = "10.0.0.1".parse().unwrap();
        let (web, jobs): (RoleName, RoleName) = ("web".parse().unwrap(), "jobs".parse().unwrap());
        let mut progress = Progress::default();
        progress.expect(&host, &web, Some("1".to_owned()));
        progress.expect(&host, &jobs, None);
        progress.worked(&host, &web, Duration::from_secs(1));
        progress.worked(&host, &web, Duration::from_secs(2));
        progress.reached(&host, &web, Milestone::Healthy);
        let row = |role, before: Option<&str>, now: Option<&str>, seconds| Deployed {
            host: host.clone(),
            role,
            before: before.map(str::to_owned),
            now: now.map(str::to_owned),
            duration: Duration::from_secs(seconds),
        };
        assert_eq!(
            progress.deployed("2"),
            [
                row(jobs.clone(), None, None, 0),
                row(web.clone(), Some("1"), Some("2"), 3)
            ]
        );
        progress.expect(&host, &jobs, Some("1".to_owned()));
        progress.lost(&host);
        assert_eq!(progress.deployed("2")[0], row(jobs, Some("1"), None, 0));
    }
}
