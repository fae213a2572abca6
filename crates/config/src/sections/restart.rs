//! The restart policy hidden in `options` (config §4.2).

use super::options;
use crate::{
    findings::Findings,
    model::Options,
    reader::Reader,
    tree::{Meaning, Scalar},
};

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
    if !has_count
        && !matches!(
            text.as_str(),
            "no" | "always" | "unless-stopped" | "on-failure"
        )
    {
        findings
            .push(value.error("should be no, always, unless-stopped, on-failure, or on-failure:N"));
    }
    text
}
