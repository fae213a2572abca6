//! Logging this machine in to a registry, and out of it.

use dhow_config::Registry;
use dhow_docker::registry;
use dhow_plan::Login;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Input, LocalProgram, LocalReport, run_local};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    session::interrupted_early,
};

/// How a shell says that there is no such command.
const COMMAND_NOT_FOUND: i32 = 127;

/// Logs in; the password comes on standard input.
pub(crate) async fn log_in(invocation: &Invocation, login: &Login) -> Result<(), Failure> {
    let server = login.server.as_deref();
    let line = registry::login(server, &login.username);
    let place = server.unwrap_or("Docker Hub");
    invocation.announcer.note(format!("Log in to {place}"));
    let password = Input::new(login.password.expose().as_bytes());
    let report = run(invocation, &line, Some(password)).await?;
    if report.exit_code == 0 {
        return Ok(());
    }
    let failure = failed(
        invocation,
        &report,
        &format!("logging in to {place} failed"),
    );
    Err(failure.hint("are the registry's username and password right?"))
}

/// Logs out. One that is not logged in is fine.
pub(crate) async fn log_out(invocation: &Invocation, registry: &Registry) -> Result<(), Failure> {
    let server = registry.server.as_deref();
    let place = server.unwrap_or("Docker Hub");
    invocation.announcer.note(format!("Log out of {place}"));
    let report = run(invocation, &registry::logout(server), None).await?;
    if report.exit_code == 0 {
        return Ok(());
    }
    Err(failed(
        invocation,
        &report,
        &format!("logging out of {place} failed"),
    ))
}

fn failed(invocation: &Invocation, report: &LocalReport, headline: &str) -> Failure {
    let said = format!("{}{}", report.stdout, report.stderr);
    let said = invocation.announcer.redact(said.trim_end());
    if report.exit_code == COMMAND_NOT_FOUND {
        return Failure::new(Kind::Machine, headline)
            .detail(said)
            .hint("install Docker, or leave this machine out with --skip-local");
    }
    Failure::new(Kind::Step, headline).detail(said)
}

/// Runs a line of ours with this machine's shell; nobody is told what it prints.
pub(crate) async fn run(
    invocation: &Invocation,
    line: &CommandLine,
    input: Option<Input>,
) -> Result<LocalReport, Failure> {
    let mut program = LocalProgram::new("sh")
        .args(["-c", &line.exposed()])
        .in_folder(&invocation.environment.folder);
    program.input = input;
    let report = run_local(&program, invocation.interrupt.clone(), |_| ())
        .await
        .map_err(|error| Failure::of(Kind::Machine, &error))?;
    if report.interrupted {
        return Err(interrupted_early());
    }
    Ok(report)
}
