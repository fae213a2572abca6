//! What the deploy file puts on each host, found without going through every role's list.

use std::collections::HashMap;

use dhow_config::{Config, Role, RoleHost};
use dhow_names::Host;

/// A role on one of its hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement<'config> {
    /// The role.
    pub role: &'config Role,
    /// The host, with the environment the role gets there.
    pub at: &'config RoleHost,
}

/// The placements of each host, in the order of the roles.
#[derive(Clone, Debug)]
pub(crate) struct Placements<'config>(HashMap<&'config Host, Vec<Placement<'config>>>);

impl<'config> Placements<'config> {
    pub(crate) fn of(config: &'config Config) -> Self {
        let mut by_host: HashMap<_, Vec<_>> = HashMap::new();
        for role in &config.roles {
            for at in &role.hosts {
                let there = by_host.entry(&at.host).or_default();
                there.push(Placement { role, at });
            }
        }
        Self(by_host)
    }

    /// Every role on a host.
    pub(crate) fn on(&self, host: &Host) -> &[Placement<'config>] {
        self.0.get(host).map(Vec::as_slice).unwrap_or_default()
    }

    /// One role on a host, when it runs there.
    pub(crate) fn of_role(&self, role: &Role, host: &Host) -> Option<Placement<'config>> {
        let mut there = self.on(host).iter().copied();
        there.find(|placement| placement.role.name == role.name)
    }

    pub(crate) fn runs(&self, role: &Role, host: &Host) -> bool {
        self.of_role(role, host).is_some()
    }
}
