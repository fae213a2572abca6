//! `hooks_path` and `hooks_output` (config §11).

use super::root::path_or;
use crate::{
    findings::{Finding, Findings, KeyPath},
    model::{HookOutput, Hooks},
    nearest::did_you_mean,
    reader::Reader,
    tree::Meaning,
};

pub(super) fn read(root: &Reader<'_>, findings: &mut Findings) -> Hooks {
    let value = root.get("hooks_output");
    let output = level(&value, None, findings);
    let mut output_of = Vec::new();
    for (hook, value) in value.children() {
        if !Hooks::NAMES.contains(&hook) {
            findings.push(unknown_hook(hook, &value));
        }
        if let Some(level) = level(&value, Some(hook), findings) {
            output_of.push((hook.to_owned(), level));
        }
    }
    Hooks {
        path: path_or(root, "hooks_path", ".kamal/hooks"),
        output,
        output_of,
    }
}

/// Kamal does not look at the names (config §11).
fn unknown_hook(hook: &str, value: &Reader<'_>) -> Finding {
    Finding::warning(
        &value.path,
        value.span,
        format!("there is no hook `{hook}`"),
    )
    .help(did_you_mean(hook, "hooks", &Hooks::NAMES))
}

fn level(value: &Reader<'_>, hook: Option<&str>, findings: &mut Findings) -> Option<HookOutput> {
    let (Meaning::Text(text) | Meaning::Symbol(text)) = value.node()?.scalar()?.meaning() else {
        return None;
    };
    match text.as_str() {
        "quiet" => Some(HookOutput::Quiet),
        "verbose" => Some(HookOutput::Verbose),
        _ => {
            let whose = hook.map_or_else(String::new, |hook| format!(" for hook '{hook}'"));
            let message =
                format!("Invalid hooks_output '{text}'{whose}, must be one of: quiet, verbose");
            findings.push(
                Finding::error(&KeyPath::root(), value.value_span(), message)
                    .help("write `verbose` to see what hooks print, `quiet` to see it only when they fail"),
            );
            None
        }
    }
}
