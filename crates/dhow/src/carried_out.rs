//! What a deploy file may ask for and this version does not do yet: told before anything changes.

use dhow_config::Config;

/// What is understood and has no effect yet, a sentence each.
pub(crate) fn without_effect(config: &Config) -> Vec<&'static str> {
    [(
        config.output.otel_endpoint.is_some(),
        "output/otel: this version of dhow sends nothing to it",
    )]
    .into_iter()
    .filter_map(|(holds, text)| holds.then_some(text))
    .collect()
}
