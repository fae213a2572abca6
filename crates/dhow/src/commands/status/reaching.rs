//! Which hosts a status that is watched can ask. Those that cannot be reached are tried again beside it, so that nothing
//! stands still for one that does not answer.

use std::{collections::BTreeMap, sync::Arc};

use dhow_names::Host;
use dhow_ssh_exec::{ConnectError, Transport as _};
use tokio::task::JoinSet;

use crate::session::Session;

/// What is known of that.
#[derive(Debug)]
pub(super) struct Reaching<'a> {
    session: &'a Session<'a>,
    /// Why the last attempt failed.
    unreachable: BTreeMap<Host, ConnectError>,
    /// One for each host that is tried. What is under way ends with this.
    attempts: JoinSet<Vec<(Host, Result<(), ConnectError>)>>,
    under_way: Vec<Host>,
}

impl<'a> Reaching<'a> {
    /// What is known after hosts were connected to.
    pub(super) fn new(session: &'a Session<'a>, unreachable: Vec<ConnectError>) -> Self {
        let errors = unreachable.into_iter();
        Self {
            session,
            unreachable: errors.map(|it| (it.host.clone(), it)).collect(),
            attempts: JoinSet::new(),
            under_way: Vec::new(),
        }
    }

    /// The hosts to ask, and why the others are not. One whose connection broke says so itself.
    pub(super) fn now(&self) -> (Vec<Host>, Vec<ConnectError>) {
        let mut hosts = self.session.hosts();
        hosts.retain(|host| !self.unreachable.contains_key(host));
        (hosts, self.unreachable.values().cloned().collect())
    }

    /// Takes note of how attempts ended, and tries those again that are not connected to.
    pub(super) fn try_again(&mut self) {
        while let Some(ended) = self.attempts.try_join_next() {
            for (host, result) in ended.into_iter().flatten() {
                self.ended(host, result);
            }
        }
        for host in self.session.hosts() {
            if self.is_missing(&host) {
                self.under_way.push(host.clone());
                let transport = Arc::clone(&self.session.transport);
                self.attempts
                    .spawn(async move { transport.connect(&[host]).await });
            }
        }
    }

    fn ended(&mut self, host: Host, result: Result<(), ConnectError>) {
        self.under_way.retain(|it| *it != host);
        match result {
            Ok(()) => self.unreachable.remove(&host),
            Err(error) => self.unreachable.insert(host, error),
        };
    }

    /// Whether a host should be tried.
    fn is_missing(&self, host: &Host) -> bool {
        !self.under_way.contains(host)
            && !self.session.transport.is_connected(host)
            && self
                .unreachable
                .get(host)
                .is_none_or(|error| error.reason.may_pass())
    }
}
