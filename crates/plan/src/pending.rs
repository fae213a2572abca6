//! Which hosts an earlier deploy has left out.

use dhow_names::Host;
use dhow_roles::Fleet;
use dhow_versioning::Version;

use crate::{drift::serving, facts::Facts};

/// Hosts that do not run what they should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending<'config> {
    /// What the primary host serves.
    pub version: Version,
    /// The hosts on which a role serves another version or none, in the order of the fleet.
    pub hosts: Vec<&'config Host>,
}

/// The hosts that have yet to come to the version of the primary host; none when nothing serves there. That version
/// is what everybody should run: the lock lies on the primary host, so no deploy leaves it out.
pub fn pending<'config>(fleet: &Fleet<'config>, facts: &Facts) -> Option<Pending<'config>> {
    let serving = serving(fleet, facts);
    let primary_role = &fleet.primary_role()?.name;
    let leading = serving
        .iter()
        .find(|it| it.host == *fleet.primary_host() && it.role == *primary_role)?;
    let has_all = |host: &Host| {
        fleet.on(host).iter().all(|placement| {
            let mut there = serving.iter().filter(|it| it.host == *host);
            there.any(|it| it.role == placement.role.name && it.version == leading.version)
        })
    };
    let hosts = fleet.app_hosts().into_iter();
    Some(Pending {
        version: leading.version.clone(),
        hosts: hosts.filter(|host| !has_all(host)).collect(),
    })
}
