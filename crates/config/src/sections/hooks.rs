//! `hooks_path` and `hooks_output` (config §11).

use super::root::path_or;
use crate::{
    findings::{Finding, Findings, KeyPath},
    model::{HookOutput, Hooks},
    reader::Reader,
};

pub(super) fn read(root: &Reader<'_>, findings: &mut Findings) -> Hooks {
    let value = root.get("hooks_output");
    let output = level(&value, None, findings);
    let output_of = value
        .children()
        .filter_map(|(hook, value)| Some((hook.to_owned(), level(&value, Some(hook), findings)?)))
        .collect();
    Hooks {
        path: path_or(root, "hooks_path", ".kamal/hooks"),
        output,
        output_of,
    }
}

fn level(value: &Reader<'_>, hook: Option<&str>, findings: &mut Findings) -> Option<HookOutput> {
    let text = value.as_text()?;
    match text.as_str() {
        "quiet" => Some(HookOutput::Quiet),
        "verbose" => Some(HookOutput::Verbose),
        _ => {
            let whose = hook.map_or_else(String::new, |hook| format!(" for hook '{hook}'"));
            findings.push(Finding::error(
                &KeyPath::root(),
                value.value_span(),
                format!("Invalid hooks_output '{text}'{whose}, must be one of: quiet, verbose"),
            ));
            None
        }
    }
}
