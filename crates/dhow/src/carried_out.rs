//! What a deploy file may ask for and this version cannot do yet: told before anything changes.

use dhow_config::Config;

use crate::failure::{Failure, Kind};

/// Refuses what hosts would need and would not get.
pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    refuse([(config.registry.is_local(), "registry/server: localhost")])
}

/// What is understood and has no effect yet, a sentence each.
pub(crate) fn without_effect(config: &Config) -> Vec<&'static str> {
    [
        (
            config.boot.parallel_roles,
            "boot/parallel_roles: the roles of a host are booted one after another by this version of dhow",
        ),
        (
            config.output.otel_endpoint.is_some(),
            "output/otel: this version of dhow sends nothing to it",
        ),
    ]
    .into_iter()
    .filter_map(|(holds, text)| holds.then_some(text))
    .collect()
}

fn refuse(wanted: impl IntoIterator<Item = (bool, &'static str)>) -> Result<(), Failure> {
    let keys: Vec<&str> = wanted
        .into_iter()
        .filter_map(|(holds, key)| holds.then_some(key))
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let headline =
        "this version of dhow cannot carry out all of the deploy file, nothing was changed";
    let failure = keys
        .iter()
        .fold(Failure::new(Kind::Project, headline), |failure, key| {
            failure.detail(format!("not supported yet: {key}"))
        });
    Err(failure.hint("take the keys out, or deploy with Kamal until a later version supports them"))
}
