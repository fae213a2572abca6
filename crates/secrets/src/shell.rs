//! Runs the command inside `$(…)` with a shell (secrets-and-hooks §3, step 3).

use dhow_redaction::Secret;

use crate::{Call, CommandRunner, ProgramError};

/// What a shell answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// What `command` printed, without the line end behind it. The text may hold secrets that the file's
/// variables brought in, so it must not be shown.
pub(crate) fn run_in_shell(
    runner: &dyn CommandRunner,
    command: &Secret,
) -> Result<Secret, ProgramError> {
    let call = Call::new("sh", &["-c"]).word(command.expose());
    match runner.run(&call)?.into_output() {
        Ok(output) => Ok(Secret::new(chomp(output.expose()))),
        Err(ProgramError::Failed(NOT_FOUND)) => Err(ProgramError::NotFound),
        Err(error) => Err(error),
    }
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

    fn run(command: &str) -> Result<String, ProgramError> {
        let folder = tempfile::tempdir().unwrap();
        let runner = LocalRunner::new(folder.path());
        let output = run_in_shell(&runner, &Secret::new(command))?;
        Ok(output.expose().to_owned())
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
        }
    }

    #[test]
    fn much_output_is_no_trouble() {
        let output = run("head -c 1000000 /dev/zero | tr '\\0' x").unwrap();
        assert_eq!(output.len(), 1_000_000);
    }

    #[test]
    fn every_failure_has_its_reason() {
        let reason = |command: &str| run(command).unwrap_err().to_string();
        assert!(reason("echo out; exit 3").contains("exit code 3"));
        assert!(reason("no-such-program-here x").contains("not found"));
        assert!(reason("kill -KILL $$").contains("signal"));
        assert!(reason("printf '\\377'").contains("UTF-8"));
    }
}
