//! A person's own commands on the hosts themselves (cli §7.10).

use dhow_names::Host;
use dhow_shell::CommandLine;

use super::Settled;
use crate::plan::{Block, HostWork, Step};

/// Runs a line of shell text on these hosts, as it is.
pub fn exec(settled: &Settled<'_>, hosts: &[Host], line: &str) -> Vec<HostWork> {
    let on = |host: &Host| {
        let note = format!("Executed cmd '{line}' on {host}");
        let run = Step::new(line, CommandLine::raw(line)).endable();
        HostWork::at_once(host, vec![Block::of(vec![settled.audit(None, &note), run])])
    };
    hosts.iter().map(on).collect()
}
