//! Hooks: programs of the project that run around the steps of a deploy.

use std::path::PathBuf;

use serde::Serialize;

/// Where hooks lie and how much of them is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hooks {
    /// The folder, relative to the project; `.kamal/hooks` by default.
    pub path: PathBuf,
    /// `hooks_output` for all hooks.
    pub output: Option<HookOutput>,
    /// `hooks_output` for single hooks, which win.
    pub output_of: Vec<(String, HookOutput)>,
}

impl Hooks {
    /// Every hook there is (secrets-and-hooks §8.2).
    pub const NAMES: [&'static str; 9] = [
        "pre-connect",
        "docker-setup",
        "pre-build",
        "pre-deploy",
        "pre-app-boot",
        "post-app-boot",
        "post-deploy",
        "pre-proxy-reboot",
        "post-proxy-reboot",
    ];

    /// Whether the output of this hook is shown; unset means yes, unlike Kamal (secrets-and-hooks §8.3).
    pub fn output_of(&self, hook: &str) -> Option<HookOutput> {
        let own = self
            .output_of
            .iter()
            .find(|(name, _)| name == hook)
            .map(|(_, output)| *output);
        own.or(self.output)
    }
}

/// How much of a hook is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HookOutput {
    /// Nothing, unless it fails.
    Quiet,
    /// Everything it prints.
    Verbose,
}
