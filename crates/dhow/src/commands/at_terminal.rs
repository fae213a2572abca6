//! Giving this terminal to a command on a host.

use dhow_docker::app::{Attached, Exec};
use dhow_names::Host;
use dhow_plan::HostWork;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{run_in_terminal, run_printing};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// What a command is connected to.
pub(super) fn attached(invocation: &Invocation, interactive: bool) -> Attached {
    match (interactive, invocation.environment.asks_a_person) {
        (false, _) => Attached::Nothing,
        (true, false) => Attached::Input,
        (true, true) => Attached::Terminal,
    }
}

/// Whether a command has this terminal.
pub(super) fn has_terminal(exec: &Exec) -> bool {
    exec.attached == Attached::Terminal
}

/// Leaves what goes before the command itself, which is the last step on every host.
pub(super) fn without_last_step(work: &mut [HostWork]) {
    for work in work {
        if let Some(block) = work.blocks.last_mut() {
            block.steps.pop();
        }
    }
}

/// A command on one host.
#[derive(Debug)]
pub(super) struct RawRun<'a> {
    pub(super) host: &'a Host,
    /// Where it runs, as a failure names it.
    pub(super) place: String,
    pub(super) line: CommandLine,
}

/// Runs a command on these hosts, as [`run_raw`] does.
pub(super) async fn run_raw_on(
    session: &Session<'_>,
    hosts: &[Host],
    line: &CommandLine,
) -> Result<(), Failure> {
    let runs = hosts.iter().map(|host| RawRun {
        host,
        place: host.to_string(),
        line: line.clone(),
    });
    run_raw(session, runs).await
}

/// Runs commands one after the other, what they print byte for byte on our own streams. All have their turn; then it
/// fails if one of them failed.
pub(super) async fn run_raw(
    session: &Session<'_>,
    runs: impl IntoIterator<Item = RawRun<'_>>,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for RawRun { host, place, line } in runs {
        let program = session
            .transport
            .interactive(host, &line, false)
            .map_err(|error| Failure::of(Kind::Step, &error))?;
        let exit_code = tokio::select! {
            exit_code = run_printing(&program) => exit_code,
            () = session.invocation.interrupt.cancelled() => {
                return Err(Failure::new(Kind::Signal(2), "interrupted: run the command"));
            }
        };
        match exit_code.map_err(|error| Failure::of(Kind::Step, &error))? {
            0 => {}
            code => failed.push(format!("{place}: exit code {code}")),
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(Kind::Step, "the command failed");
    failure.causes = failed;
    Err(failure)
}

/// Gives the terminal to a command on a host; its exit code becomes ours.
pub(super) async fn hand_over(
    session: &Session<'_>,
    host: &Host,
    line: &CommandLine,
    tty: bool,
) -> Result<(), Failure> {
    let failed = |error: &(dyn std::error::Error + 'static)| Failure::of(Kind::Step, error);
    let program = session
        .transport
        .interactive(host, line, tty)
        .map_err(|error| failed(&error))?;
    let exit_code = run_in_terminal(&program)
        .await
        .map_err(|error| failed(&error))?;
    let kind = match u8::try_from(exit_code) {
        Ok(0) => return Ok(()),
        Ok(code) => Kind::OwnCode(code),
        Err(_) => Kind::Step,
    };
    Err(Failure::new(
        kind,
        format!("the command ended with exit code {exit_code} on {host}"),
    ))
}
