//! A script as the text that a host's `sh` reads from its standard input.
//!
//! The text is one function that is called on its last line: when the connection is lost while the text is
//! on its way, nothing has run. The input stays open after the text. Its end, whether this side closed it
//! or the connection went away, interrupts the script.

use std::fmt::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dhow_shell::quote;

use crate::{Input, OnFailure, OnInterrupt, Script, Step, StepNumber, script::NumberedBlock};

/// The exec request of every script: short, constant, and the same word in bash, dash, zsh, fish and csh.
pub(crate) const REQUEST: &str = "exec sh";

/// What every script begins with.
const PROLOGUE: &str = include_str!("prologue.sh");

/// A word that no step can guess, which tells the marks between steps from the steps' output.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Nonce(String);

impl Nonce {
    pub(crate) fn new(random: &mut fastrand::Rng) -> Self {
        Self(format!("{:032x}", random.u128(..)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Nonce(…)")
    }
}

/// The text of a script. It holds secrets: it goes to the host's `sh` and nowhere else.
pub(crate) fn render(script: &Script, nonce: &Nonce) -> String {
    let mut text = format!(
        "dhow_script() {{\ndhow_nonce={}\n{PROLOGUE}",
        nonce.as_str()
    );
    for (number, step) in script.numbered() {
        text.push_str(&step_function(number, step, nonce));
    }
    text.push_str("\ndhow_blocks() {\n");
    for block in script.numbered_blocks() {
        text.push_str(&block_lines(&block));
    }
    text.push_str(":\n}\n\ndhow_start\n}\ndhow_script\n");
    text
}

/// `eval` keeps a mistake in a command, such as a missing quote, inside its own step.
fn step_function(number: StepNumber, step: &Step, nonce: &Nonce) -> String {
    let command = quoted(&step.command.exposed());
    let body = match &step.input {
        None => format!("eval {command}\n"),
        Some(input) => format!(
            "command -v base64 >/dev/null || {{ echo 'there is no base64 on this host' >&2; return 127; }}\n\
             base64 -d <<'-{nonce}' | eval {command}\n{}-{nonce}\n",
            encoded(input),
            nonce = nonce.as_str(),
        ),
    };
    format!("\ndhow_step_{number}() {{\n{body}}}\n")
}

/// Always in quotes, so that a command that is one harmless word reads like the others.
fn quoted(command: &str) -> String {
    let quoted = quote(command);
    if quoted.starts_with('\'') {
        quoted
    } else {
        format!("'{quoted}'")
    }
}

fn encoded(input: &Input) -> String {
    const LINE: usize = 76;
    let encoded = STANDARD.encode(input.expose());
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}

fn block_lines(block: &NumberedBlock<'_>) -> String {
    let mut lines = "if :".to_owned();
    for (number, step) in &block.steps {
        let on_failure = match step.on_failure {
            OnFailure::Stop => "stop",
            OnFailure::Continue => "continue",
        };
        let on_interrupt = match step.on_interrupt {
            OnInterrupt::Finish => "finish",
            OnInterrupt::End => "end",
        };
        // Writing to a string cannot fail.
        let _ = write!(lines, " &&\n  dhow_do {number} {on_failure} {on_interrupt}");
    }
    lines.push_str("\nthen :; else\n");
    for (number, _) in &block.rescue {
        let _ = writeln!(lines, "  dhow_run {number} finish");
    }
    lines.push_str("  return\nfi\n");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Block;
    use dhow_redaction::Secret;
    use dhow_shell::CommandLine;

    #[test]
    fn a_script_reads_like_this() {
        let login = Step::new(CommandLine::new("docker").arg("login"))
            .reading(Input::new("p'w"))
            .never_cut_short();
        let run = Step::new(
            CommandLine::new("docker")
                .arg("run")
                .secret(Secret::new("it's")),
        );
        let stop = Step::new(CommandLine::new("docker").arg("stop"));
        let note = Step::new(CommandLine::new("true")).allowed_to_fail();
        let script = Script::new([login])
            .then(Block::new([run]).rescued_by([stop]))
            .then(Block::new([note]));
        let text = render(&script, &Nonce("cafe".into()));
        let (before, after) = text.split_once(PROLOGUE).unwrap();
        assert_eq!(before, "dhow_script() {\ndhow_nonce=cafe\n");
        insta::assert_snapshot!(after, @r"
        dhow_step_0() {
        command -v base64 >/dev/null || { echo 'there is no base64 on this host' >&2; return 127; }
        base64 -d <<'-cafe' | eval 'docker login'
        cCd3
        -cafe
        }

        dhow_step_1() {
        eval 'docker run '\''it'\''\'\'''\''s'\'''
        }

        dhow_step_2() {
        eval 'docker stop'
        }

        dhow_step_3() {
        eval 'true'
        }

        dhow_blocks() {
        if : &&
          dhow_do 0 stop finish
        then :; else
          return
        fi
        if : &&
          dhow_do 1 stop end
        then :; else
          dhow_run 2 finish
          return
        fi
        if : &&
          dhow_do 3 continue end
        then :; else
          return
        fi
        :
        }

        dhow_start
        }
        dhow_script
        ");
    }

    /// Runs a text as a host does: as the standard input of `sh`.
    #[expect(
        clippy::disallowed_methods,
        reason = "a real shell decides what a text means"
    )]
    fn fed_to(shell: &str, text: &[u8]) {
        use std::{io::Write as _, process::Stdio};
        let mut words = shell.split(' ');
        let mut shell = std::process::Command::new(words.next().unwrap())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell is missing; install dash, bash and busybox-static");
        // A shell that has seen enough stops reading.
        let _ = shell.stdin.take().unwrap().write_all(text);
        shell.wait().unwrap();
    }

    #[test]
    fn a_text_that_is_cut_anywhere_runs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ran = folder.path().join("ran");
        let touch = CommandLine::new("touch").arg(ran.to_str().unwrap());
        let block = Block::new([
            Step::new(touch.clone()),
            Step::new(touch.clone()).reading(Input::new("some input")),
        ]);
        let script = Script::default().then(block.rescued_by([Step::new(touch)]));
        let text = render(&script, &Nonce("cafe".into()));
        let call = text.rfind("dhow_script").unwrap();
        for shell in ["dash", "bash --posix", "busybox sh"] {
            let last_calls = call..text.len() - 1;
            for cut in (0..call).step_by(67).chain(last_calls) {
                fed_to(
                    shell,
                    &text.as_bytes()[..cut.min(call + "dhow_script".len() - 1)],
                );
                assert!(
                    !ran.exists(),
                    "{shell} ran something of the first {cut} bytes"
                );
            }
            // The whole text runs, though its rescue only: nobody holds the input open.
            fed_to(shell, text.as_bytes());
            assert!(ran.exists());
            std::fs::remove_file(&ran).unwrap();
        }
    }
}
