//! What shells are told: the scripts that make them ask, and the form of the answers.

use clap_complete::engine::CompletionCandidate;

use crate::arguments::Shell;

/// What stands for the program in a script.
const PROGRAM: &str = "PROGRAM";

/// The script for a shell, which asks the program of this name. It answers for both names, because `kamal` may be an
/// alias.
pub(super) fn script(shell: Shell, program: &str) -> String {
    let script = match shell {
        Shell::Bash => include_str!("dhow.bash"),
        Shell::Zsh => include_str!("dhow.zsh"),
        Shell::Fish => include_str!("dhow.fish"),
    };
    script.replace(PROGRAM, program)
}

/// One answer, as the shell's script reads it; none for what does not begin with what the shell has taken already.
pub(super) fn shown(shell: Shell, candidate: &CompletionCandidate, before: &str) -> Option<String> {
    let value = candidate.get_value().to_str()?.strip_prefix(before)?;
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.as_deref().and_then(|it| it.lines().next());
    Some(match (shell, help) {
        (Shell::Bash, _) | (Shell::Fish, None) => format!("{value}\n"),
        (Shell::Fish, Some(help)) => format!("{value}\t{help}\n"),
        (Shell::Zsh, help) => {
            let value = value.replace(':', "\\:");
            format!("{value}:{}\n", help.unwrap_or_default())
        }
    })
}
