//! Runs the command inside `$(…)` with a shell (secrets-and-hooks §3, step 3).

use std::collections::HashSet;

use dhow_redaction::Secret;
use indexmap::IndexSet;

use crate::{Call, CommandRunner, ProgramError, words};

/// What a shell answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// Runs a command that is handed over in a variable, where other users of this machine cannot read it.
const FROM_VARIABLE: &str = r#"__dhow=$DHOW_COMMAND; unset DHOW_COMMAND; eval "$__dhow""#;

/// A command for a shell.
#[derive(Debug)]
pub(crate) struct ShellCommand<'file> {
    /// As the file writes it.
    pub(crate) written: &'file str,
    /// With the values of variables pasted into it.
    pub(crate) pasted: Secret,
}

impl ShellCommand<'_> {
    /// What it printed, without the line end behind it.
    pub(crate) fn run(&self, runner: &dyn CommandRunner) -> Result<Secret, ProgramError> {
        let shell = Call::new("sh", &["-c"]);
        let call = if self.pasted.expose() == self.written {
            shell.word(self.written)
        } else {
            let call = shell.word(FROM_VARIABLE);
            call.variable("DHOW_COMMAND", Some(&self.pasted))
        };
        match runner.run(&call)?.into_output() {
            Ok(output) => {
                let output = Secret::new(chomp(output.expose()));
                if output.is_empty() && hides_failures(self.written) {
                    Err(ProgramError::Nothing)
                } else {
                    Ok(output)
                }
            }
            Err(ProgramError::Failed(NOT_FOUND)) => Err(ProgramError::NotFound),
            Err(error) => Err(error),
        }
    }

    /// The program it begins with. The words behind it stay out of messages: some may be secrets.
    pub(crate) fn program(&self) -> String {
        program(self.written)
    }

    /// The variables that are left for the shell to expand and that the command does not set itself.
    pub(crate) fn variables_of_the_shell(&self) -> Vec<String> {
        let command = self.pasted.expose();
        let set = set_by(command);
        let names = expanded_by_shell(command).into_iter();
        let left: IndexSet<&str> = names.filter(|name| !set.contains(name)).collect();
        left.into_iter().map(str::to_owned).collect()
    }
}

fn program(command: &str) -> String {
    let all = words::split(command)
        .unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect());
    let is_setting = |word: &str| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_of_name))
    };
    let mut rest = all
        .iter()
        .map(|word| word.trim_matches(['(', '{', '!', ';', ')', '|', '&']))
        .filter(|word| !word.is_empty())
        .skip_while(|word| is_setting(word));
    let program = rest.next().unwrap_or("…");
    match rest.next() {
        Some(_) => format!("{program} …"),
        None => program.to_owned(),
    }
}

/// Whether a command has parts whose exit codes nobody sees: all of a pipeline but the last, and commands inside
/// of others. One with `||` has an answer to failures of its own.
fn hides_failures(command: &str) -> bool {
    !command.contains("||") && ["|", "$(", "`"].iter().any(|part| command.contains(part))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The names behind the dollars of a command that its shell reads: not behind a backslash, and not between
/// single quotes. Those of a script's own arguments, `$1`, are none.
fn expanded_by_shell(command: &str) -> Vec<&str> {
    let (mut names, mut single, mut double) = (Vec::new(), false, false);
    let mut characters = command.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '\\' if !single => {
                characters.next();
            }
            '$' if !single => {
                names.extend(name_behind(&command[at + 1..]));
            }
            _ => {}
        }
    }
    names
}

/// The name that a reference begins with. `$1` is a script's own argument, and `${NAME:-default}` has an answer
/// for a variable that is not set.
fn name_behind(text: &str) -> Option<&str> {
    let braced = text.strip_prefix('{');
    let text = braced.unwrap_or(text);
    let end = text.bytes().position(|byte| !is_of_name(byte));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let has_answer = braced.is_some() && !rest.starts_with('}');
    let is_name = !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit());
    (is_name && !has_answer).then_some(name)
}

/// The variables that a command sets on its way: `NAME=`, `for NAME`, `read NAME`.
fn set_by(command: &str) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut before = "";
    for word in command.split(|it: char| it.is_whitespace() || ";(){}|&\"'".contains(it)) {
        if let Some((name, _)) = word.split_once('=') {
            names.insert(name);
        } else if ["for", "read", "-r"].contains(&before) {
            names.insert(word);
        }
        before = word;
    }
    names
}

/// Takes one line end off, as Ruby's `chomp` does.
pub(crate) fn chomp(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .or_else(|| text.strip_suffix('\r'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalRunner;

    fn run_pasted(written: &str, pasted: &str) -> Result<String, ProgramError> {
        let folder = tempfile::tempdir().unwrap();
        let runner = LocalRunner::new(folder.path());
        let pasted = Secret::new(pasted);
        let output = ShellCommand { written, pasted }.run(&runner)?;
        Ok(output.expose().to_owned())
    }

    fn run(command: &str) -> Result<String, ProgramError> {
        run_pasted(command, command)
    }

    #[test]
    fn output_comes_back_without_its_last_line_end() {
        for (command, output) in [
            ("printf 'a b'", "a b"),
            ("printf 'a\\n'", "a"),
            ("printf 'a\\n\\n'", "a\n"),
            ("printf 'a\\r\\n'", "a"),
            ("printf ''", ""),
            ("printf 'é \\044x'", "é $x"),
            ("echo seen; echo unseen >&2", "seen"),
            (
                "head -c 300000 /dev/zero | tr '\\0' x | wc -c | tr -d ' '",
                "300000",
            ),
        ] {
            assert_eq!(run(command).unwrap(), output, "{command}");
            let pasted = run_pasted("something else", command);
            assert_eq!(pasted.unwrap(), output, "{command}");
        }
    }

    #[test]
    fn much_output_is_no_trouble() {
        let output = run("head -c 1000000 /dev/zero | tr '\\0' x").unwrap();
        assert_eq!(output.len(), 1_000_000);
    }

    #[test]
    fn every_failure_has_its_reason() {
        for written in ["", "something else"] {
            let reason = |command: &str| {
                let written = if written.is_empty() { command } else { written };
                run_pasted(written, command).unwrap_err().to_string()
            };
            assert!(reason("echo out; exit 3").contains("exit code 3"));
            assert!(reason("no-such-program-here x").contains("not found"));
            assert!(reason("kill -KILL $$").contains("signal"));
            assert!(reason("printf '\\377'").contains("UTF-8"));
            assert!(reason("echo 'open").contains("exit code"));
        }
    }

    #[test]
    fn a_failure_that_the_shell_hides_gives_no_empty_secret() {
        for command in [
            "no-such-program-here | cat",
            "false | tr a b",
            "printf %s \"$(no-such-program-here)\"",
            "echo `false` | tr -d '\\n'",
            "echo \"$(false)\"",
        ] {
            let told = run(command).unwrap_err().to_string();
            assert!(told.contains("printed nothing"), "{command}: {told}");
        }
        for command in [
            "true",
            "printf '' || true",
            "false | cat || true",
            "false || true",
        ] {
            assert_eq!(run(command).unwrap(), "", "{command}");
        }
    }

    #[test]
    fn pasted_values_are_in_no_argument_list_and_no_variable_of_what_the_command_starts() {
        let seen = "tr '\\0' ' ' < /proc/$$/cmdline; : hunter2; env";
        let output = run_pasted("$SECRET", seen).unwrap();
        assert!(output.starts_with("sh -c"), "{output}");
        assert!(!output.contains("hunter2"), "{output}");
    }

    #[test]
    fn a_command_is_called_by_its_program() {
        for (command, program) in [
            ("op read 'op://v/i/f'", "op …"),
            ("pass", "pass"),
            ("VAULT_TOKEN=hunter2 A='b c' vault read x", "vault …"),
            ("(cat x; cat y)", "cat …"),
            ("pass|head", "pass|head"),
            ("pass; true", "pass …"),
            ("! { \"/my tools/get\"; }", "/my tools/get …"),
            ("echo 'hunter2", "echo …"),
            ("A=hunter2", "…"),
            ("=x y", "=x …"),
            (" ", "…"),
        ] {
            assert_eq!(super::program(command), program, "{command}");
        }
    }

    #[test]
    fn variables_that_only_the_shell_can_know_are_told_from_its_own() {
        let left = |command: &str| {
            let written = command;
            let pasted = Secret::new(command);
            ShellCommand { written, pasted }
                .variables_of_the_shell()
                .join(" ")
        };
        for (command, names) in [
            ("echo $A ${B} ${D:-x} ${#E} \"$C\"", "A B C"),
            ("awk '{print $NF}' x | cut -d\\$ -f1 $1 $$ $é", ""),
            ("A=1; echo $A", ""),
            ("for each in 1 2; do echo $each; done", ""),
            ("while read -r line; do echo \"$line\"; done", ""),
            ("(cd x && B=2 sh -c 'echo $B' \"it's $C\")", "C"),
            ("AB=1; echo $A", "A"),
        ] {
            assert_eq!(left(command), names, "{command}");
        }
    }
}
