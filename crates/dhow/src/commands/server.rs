//! `server exec` and `server bootstrap`.

use dhow_docker::app::{Attached, Exec};
use dhow_plan::recipe::{deploy, server};
use dhow_shell::CommandLine;

use super::{
    at_terminal::{attached, hand_over, run_raw_on, without_last_step},
    carrying_out::carry_out,
    changing::locked,
    looking::{Look, show_answers},
};
use crate::{
    arguments::{PlainExec, Server},
    failure::Failure,
    invocation::Invocation,
    session::Session,
};

/// Runs a command on hosts, or installs Docker there.
pub(crate) async fn run(invocation: &Invocation, command: Server) -> Result<(), Failure> {
    match command {
        Server::Exec(arguments) => exec(invocation, &arguments).await,
        Server::Bootstrap => bootstrap(invocation).await,
    }
}

async fn exec(invocation: &Invocation, arguments: &PlainExec) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let exec = Exec {
        command: arguments.command.join(" "),
        env: Vec::new(),
        attached: attached(invocation, arguments.interactive),
    };
    let hosts = if arguments.interactive {
        vec![fleet.primary_host().clone()]
    } else {
        fleet.all_hosts()
    };
    let session = look.connect_to(invocation, &fleet, hosts).await?;
    let result = exec_on(invocation, &session, &exec, arguments.raw).await;
    session.close().await;
    result
}

async fn exec_on(
    invocation: &Invocation,
    session: &Session<'_>,
    exec: &Exec,
    raw: bool,
) -> Result<(), Failure> {
    if exec.attached != Attached::Nothing {
        let line = CommandLine::raw(exec.command.as_str());
        let terminal = exec.attached == Attached::Terminal;
        return hand_over(session, session.fleet.primary_host(), &line, terminal).await;
    }
    let mut work = server::exec(&session.settled(), session.reached(), &exec.command);
    if raw {
        without_last_step(&mut work);
        session.work("run the command", &work).await?;
        let line = CommandLine::raw(exec.command.as_str());
        return run_raw_on(session, session.reached(), &line).await;
    }
    let report = session.attempt("run the command", &work).await?;
    show_answers(invocation, "App", &exec.command, &report)
}

async fn bootstrap(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let result = locked(&session, async |session, _| install(session).await).await;
    session.close().await;
    result
}

/// Installs Docker where it is missing, and sees that every engine can be worked with then. Being let into the
/// group `docker` counts from the next login, so every connection is opened anew.
async fn install(session: &Session<'_>) -> Result<(), Failure> {
    let facts = session.look().await?;
    let missing = session.without_docker(&facts);
    carry_out(session, &deploy::bootstrap(&session.settled(), &missing)).await?;
    if missing.is_empty() {
        session
            .invocation
            .announcer
            .note("Docker is there on every host");
        return session.check(&facts);
    }
    session.reconnect().await?;
    session.check(&session.look().await?)
}
