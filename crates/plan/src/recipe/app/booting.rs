//! Booting the app without building, pulling or looking after the proxy (flows §4).

use super::super::{Settled, boot, finish, prepare};
use crate::{
    facts::Facts,
    plan::{Phase, Plan},
    suffixes::Suffixes,
};

/// Boots the version, whose image lies on the hosts, and tags it as the latest.
pub fn boot(settled: &Settled<'_>, facts: &Facts, suffixes: &mut Suffixes) -> Plan {
    let mut plan = Plan::default();
    for phase in boot_and(settled, facts, suffixes, finish::finish(settled, false)) {
        plan.add(phase);
    }
    plan
}

/// The same with another end.
pub(in crate::recipe) fn boot_and(
    settled: &Settled<'_>,
    facts: &Facts,
    suffixes: &mut Suffixes,
    end: Phase,
) -> Vec<Phase> {
    let mut phases = vec![prepare::put_files(settled, facts)];
    phases.extend(boot::boot(settled, facts, suffixes));
    phases.push(end);
    phases
}
