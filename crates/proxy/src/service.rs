//! A service as requests see it: where they go, how, and whether they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value};

use crate::error_page::ErrorPages;
use crate::flight::Flight;
use crate::health::Checks;
use crate::names::ServiceName;
use crate::pause::Gate;
use crate::settings::{ServiceOptions, TargetOptions};
use crate::target::Target;
use crate::tls::Certificate;

/// A service in one deployment. A change makes a new value; the gate goes along.
#[derive(Debug, Clone)]
pub struct Service {
    /// What it is called.
    pub name: ServiceName,
    /// How it is reached.
    pub options: ServiceOptions,
    /// How its targets are spoken to.
    pub target_options: TargetOptions,
    /// The targets of its active deployment.
    pub targets: Arc<TargetGroup>,
    /// Whether requests may pass.
    pub gate: Arc<Gate>,
    /// Error pages of its own.
    pub error_pages: Arc<ErrorPages>,
    /// Its certificate, when it is reached over TLS.
    pub certificate: Option<Certificate>,
    /// What the state file holds besides, kept for other proxies (rollout, among others).
    pub others: Map<String, Value>,
}

/// The targets of one deployment, which take requests in turn.
#[derive(Debug)]
pub struct TargetGroup {
    targets: Vec<Arc<Target>>,
    next: AtomicUsize,
    /// Health is asked for while the group lives.
    checks: Option<Checks>,
}

/// Why no target took a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTarget {
    /// None of them is healthy.
    NoneHealthy,
    /// They were replaced; the new ones are in the router.
    Replaced,
}

impl TargetGroup {
    /// A group whose health `checks` looks after, if anybody does.
    pub fn new(targets: Vec<Arc<Target>>, checks: Option<Checks>) -> Self {
        Self {
            targets,
            next: AtomicUsize::new(0),
            checks,
        }
    }

    /// Every target.
    pub fn all(&self) -> &[Arc<Target>] {
        &self.targets
    }

    /// Stops asking for health, so that a replaced target sees no more requests of ours.
    pub fn stop_checks(&self) {
        if let Some(checks) = &self.checks {
            checks.stop();
        }
    }

    /// Begins a request to the healthy target whose turn it is.
    pub fn begin(&self) -> Result<(Arc<Target>, Flight), NoTarget> {
        let first = if self.targets.len() > 1 {
            self.next.fetch_add(1, Ordering::Relaxed)
        } else {
            0
        };
        let (before, after) = self.targets.split_at(first % self.targets.len().max(1));
        let in_turn = after.iter().chain(before);
        let target = in_turn
            .into_iter()
            .find(|target| target.is_healthy())
            .ok_or(NoTarget::NoneHealthy)?;
        let flight = target.begin().ok_or(NoTarget::Replaced)?;
        Ok((target.clone(), flight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::Afterwards;
    use crate::names::TargetAddress;
    use std::time::Duration;

    fn group(targets: &[(&str, bool)]) -> TargetGroup {
        let target = |(address, healthy): &(&str, bool)| {
            let target = Target::new(TargetAddress::parse(address).unwrap(), 1);
            target.set_healthy(*healthy);
            Arc::new(target)
        };
        TargetGroup::new(targets.iter().map(target).collect(), None)
    }

    #[test]
    fn healthy_targets_take_turns() {
        let group = group(&[("aa", true), ("bb", false), ("cc", true)]);
        let hosts: Vec<_> = (0..6)
            .map(|_| group.begin().unwrap().0.address().host().to_owned())
            .collect();
        assert!(!hosts.contains(&"bb".to_owned()), "{hosts:?}");
        assert!(
            hosts.iter().filter(|host| *host == "aa").count() >= 2,
            "{hosts:?}"
        );
    }

    #[tokio::test]
    async fn a_replaced_target_says_so() {
        let group = group(&[("aa", true)]);
        group.all()[0]
            .drain(Duration::ZERO, Afterwards::Close)
            .await;
        assert_eq!(group.begin().unwrap_err(), NoTarget::Replaced);
        assert_eq!(
            super::tests::group(&[("aa", false)]).begin().unwrap_err(),
            NoTarget::NoneHealthy
        );
    }
}
