//! `app version`, `details`, `containers`, `images`, `logs` and `exec`.

use dhow_config::Pair;
use dhow_docker::app::{Attached, Exec, LogRange, serving_container};
use dhow_plan::{
    Suffixes,
    facts::Facts,
    recipe::{app, inspect},
};
use dhow_shell::CommandLine;
use dhow_ssh_exec::run_in_terminal;

use super::{
    deploy::gather,
    looking::{Look, ask_and_show, show_blocks},
    read_project,
};
use crate::{
    arguments::{self, App, Logs},
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// How many lines of a log are shown unless something else is asked for (cli §7.2).
const LINES: u32 = 100;

/// How many lines of a log are shown before following it.
const LINES_BEFORE_FOLLOWING: u32 = 10;

/// Looks at or uses the app's containers.
pub(crate) async fn run(invocation: &Invocation, command: App) -> Result<(), Failure> {
    if let App::Exec(exec) = command {
        return run_in_app(invocation, &exec).await;
    }
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let settled = session.settled();
    let (title, work) = match command {
        App::Version => return show_versions(invocation, &session).await,
        App::Logs(logs) if logs.follow => {
            let role = primary_role(&session)?;
            let current = serving_container(settled.names, settled.repository, role);
            return follow(&session, &range(&logs).of(current)).await;
        }
        App::Logs(logs) => (
            "show the app's log",
            inspect::app_logs(&settled, &range(&logs)),
        ),
        App::Details => ("show the app's containers", inspect::app_details(&settled)),
        App::Containers => ("list containers", inspect::containers(&settled)),
        App::Images | App::Exec(_) => ("list images", inspect::images(&settled)),
    };
    ask_and_show(invocation, &session, "App", title, &work).await
}

/// The part of a log that was asked for.
pub(super) fn range(logs: &Logs) -> LogRange {
    let narrowed = logs.since.is_some() || logs.grep.is_some();
    let default = match (logs.follow, narrowed) {
        (true, false) => Some(LINES_BEFORE_FOLLOWING),
        (false, false) => Some(LINES),
        (_, true) => None,
    };
    LogRange {
        since: logs.since.clone(),
        lines: logs.lines.or(default),
        grep: logs.grep.clone(),
        grep_options: logs.grep_options.clone(),
        timestamps: !logs.skip_timestamps,
        follow: logs.follow,
    }
}

async fn show_versions(invocation: &Invocation, session: &Session<'_>) -> Result<(), Failure> {
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    session.check(&facts)?;
    for host in session.fleet.app_hosts() {
        let known = facts.of(host);
        let first = session.fleet.on(host).first().copied();
        let names = &session.basis.names;
        let version = first.and_then(|placement| known.current_version(names, placement.role));
        let version = version.unwrap_or_default();
        if invocation.global.quiet {
            invocation.terminal.data(format_args!("{version}\n"));
        } else {
            invocation
                .terminal
                .data(format_args!("App Host: {host}\n{version}\n\n"));
        }
    }
    Ok(())
}

async fn run_in_app(invocation: &Invocation, arguments: &arguments::Exec) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    let session = Session::open(invocation, &project, &basis, &fleet).await?;
    let result = exec(invocation, &session, arguments).await;
    session.close().await;
    result
}

async fn exec(
    invocation: &Invocation,
    session: &Session<'_>,
    arguments: &arguments::Exec,
) -> Result<(), Failure> {
    let facts = session.look().await?;
    session.check(&facts)?;
    let place = if arguments.reuse {
        app::In::Running
    } else {
        // Without --version the image of the last complete deploy is used (cli §7.3).
        let repository = &session.basis.repository;
        let image = match &invocation.global.version {
            Some(_) => repository.at(&session.basis.version),
            None => repository.latest(),
        };
        app::In::New {
            image,
            detach: arguments.detach,
        }
    };
    let attached = match (arguments.interactive, invocation.environment.asks_a_person) {
        (false, _) => Attached::Nothing,
        (true, false) => Attached::Input,
        (true, true) => Attached::Terminal,
    };
    let exec = Exec {
        command: arguments.command.join(" "),
        env: variables(&arguments.env)?,
        attached,
    };
    if arguments.interactive {
        return exec_interactively(session, &facts, &exec, &place).await;
    }
    let mut suffixes = Suffixes::from_seed(invocation.environment.seed);
    let work = app::exec(&session.settled(), &facts, &exec, &place, &mut suffixes);
    if work.iter().all(|work| work.blocks.is_empty()) {
        return Err(not_running(session));
    }
    let mut reports = session.work("run the command", &work).await?;
    for report in &mut reports {
        // Logging in, audit lines and secrets files are no part of the answer.
        report
            .steps
            .retain(|step| step.role.is_some() && step.title == exec.command);
    }
    show_blocks(invocation, "App", &reports);
    Ok(())
}

async fn exec_interactively(
    session: &Session<'_>,
    facts: &Facts,
    exec: &Exec,
    place: &app::In,
) -> Result<(), Failure> {
    let host = session.fleet.primary_host();
    let role = primary_role(session)?;
    let on_host = session.fleet.on(host);
    let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
    let line = on_host
        .iter()
        .find(|placement| placement.role.name == role.name)
        .and_then(|it| app::command(&session.settled(), facts, it, exec, place, &mut suffixes))
        .ok_or_else(|| not_running(session))?;
    hand_over(session, &line, exec.attached == Attached::Terminal).await
}

fn primary_role<'a>(session: &Session<'a>) -> Result<&'a dhow_config::Role, Failure> {
    session
        .fleet
        .primary_role()
        .ok_or_else(|| not_running(session))
}

fn not_running(session: &Session<'_>) -> Failure {
    let host = session.fleet.primary_host();
    Failure::new(Kind::Step, format!("the app does not run on {host}"))
        .hint("`dhow app containers` shows what is there; without --reuse a new container is made")
}

/// Follows a log on the primary host. Being interrupted is how this ends, so it is no failure.
pub(super) async fn follow(session: &Session<'_>, line: &CommandLine) -> Result<(), Failure> {
    let result = hand_over(session, line, false).await;
    session.close().await;
    if session.invocation.interrupt.is_cancelled() {
        Ok(())
    } else {
        result
    }
}

/// Gives the terminal to a command on the primary host; its exit code becomes ours.
async fn hand_over(session: &Session<'_>, line: &CommandLine, tty: bool) -> Result<(), Failure> {
    let host = session.fleet.primary_host();
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

/// `NAME:VALUE` as Kamal takes it, or `NAME=VALUE`.
fn variables(texts: &[String]) -> Result<Vec<Pair>, Failure> {
    let parse = |text: &String| {
        let at = text.find([':', '=']).ok_or_else(|| {
            Failure::new(Kind::Usage, format!("`{text}` is no variable")).hint("write NAME:VALUE")
        })?;
        Ok(Pair {
            name: text[..at].to_owned(),
            value: text[at + 1..].to_owned(),
        })
    };
    texts.iter().map(parse).collect()
}
