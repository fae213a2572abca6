//! What a hook of the project was told: its name and its environment.

use std::{collections::BTreeMap, env, process::ExitCode};

use serde_json::json;

use crate::journal;

/// Notes a hook.
pub fn run(words: &[String]) -> ExitCode {
    let path = words.first().map_or("", String::as_str);
    let name = path.rsplit('/').next().unwrap_or_default();
    let variables: BTreeMap<String, String> = env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into(),
                value.to_string_lossy().into(),
            )
        })
        .collect();
    journal::note("hook", &json!({"hook": name, "variables": variables}));
    ExitCode::SUCCESS
}
