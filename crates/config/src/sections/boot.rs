//! `boot` (config §10).

use std::num::NonZeroUsize;

use crate::{
    findings::Findings,
    model::{Boot, BootLimit},
    reader::Reader,
};

pub(super) fn read(boot: &Reader<'_>, findings: &mut Findings) -> Boot {
    Boot {
        limit: limit(&boot.get("limit"), findings),
        parallel_roles: boot.boolean("parallel_roles").unwrap_or(false),
        wait: boot.seconds("wait", findings),
    }
}

/// `3` or `25%`.
fn limit(value: &Reader<'_>, findings: &mut Findings) -> Option<BootLimit> {
    let text = value.as_text()?;
    let limit = match text.strip_suffix('%') {
        Some(percent) => percent
            .parse()
            .ok()
            .filter(|percent| (1..=100).contains(percent))
            .map(BootLimit::Percent),
        None => text.parse::<NonZeroUsize>().ok().map(BootLimit::Hosts),
    };
    if limit.is_none() {
        findings.push(
            value
                .error(format!(
                    "`{text}` is neither a number of hosts nor a share of them"
                ))
                .help(
                    "write a number from 1, such as `2`, or a share from 1% to 100%, such as `25%`",
                ),
        );
    }
    limit
}
