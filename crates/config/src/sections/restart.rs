//! The restart policy hidden in `options` (config §4.2).

use super::options;
use crate::{
    findings::Findings,
    model::Options,
    nearest::did_you_mean,
    reader::Reader,
    tree::{Meaning, Scalar},
};

/// What Docker knows, but for the count behind `on-failure`.
const POLICIES: [&str; 4] = ["no", "always", "unless-stopped", "on-failure"];

/// The options without `restart`, and the policy.
pub(super) fn options_and_restart(
    section: &Reader<'_>,
    findings: &mut Findings,
) -> (Options, String) {
    let value = section.get("options").get("restart");
    let policy = policy(&value, findings);
    let options = options::read(&section.get("options"), &["restart"], findings);
    (options, policy)
}

fn policy(value: &Reader<'_>, findings: &mut Findings) -> String {
    const DEFAULT: &str = "unless-stopped";
    let Some(node) = value.node() else {
        return DEFAULT.to_owned();
    };
    let Some(Meaning::Text(text)) = node.scalar().map(Scalar::meaning) else {
        findings.push(
            value
                .error("should be a string. Use \"no\" to disable restarts")
                .help("YAML reads `no` without quotes as false"),
        );
        return DEFAULT.to_owned();
    };
    let has_count = text
        .strip_prefix("on-failure:")
        .is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()));
    if !has_count && !POLICIES.contains(&text.as_str()) {
        let help = did_you_mean(&text, "policies", &POLICIES);
        let message = "should be no, always, unless-stopped, on-failure, or on-failure:N";
        findings.push(value.error(message).help(help));
    }
    text
}
