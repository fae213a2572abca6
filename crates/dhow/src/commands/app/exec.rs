//! `app exec`.

use dhow_config::Pair;
use dhow_docker::app::Exec;
use dhow_names::RoleName;
use dhow_plan::{Suffixes, facts::Facts, recipe::app};

use super::super::{
    at_terminal::{RawRun, attached, hand_over, has_terminal, run_raw},
    deploy::gather,
    looking::show_answers,
    read_project,
};
use crate::{
    arguments,
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// Runs the command.
pub(super) async fn run(
    invocation: &Invocation,
    arguments: &arguments::Exec,
) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    let hosts = if arguments.interactive {
        vec![fleet.primary_host().clone()]
    } else {
        fleet.all_hosts()
    };
    let session = Session::open_to(invocation, &project, &basis, &fleet, hosts).await?;
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
    let (env, command) = split_variables(arguments)?;
    let exec = Exec {
        command: command.join(" ").trim().to_owned(),
        env,
        attached: attached(invocation, arguments.interactive),
    };
    if arguments.interactive {
        return exec_interactively(session, &facts, &exec, &place).await;
    }
    if arguments.raw {
        return exec_raw(session, &facts, &exec, &place).await;
    }
    let mut suffixes = Suffixes::from_seed(invocation.environment.seed);
    let work = app::exec(&session.settled(), &facts, &exec, &place, &mut suffixes);
    if work.iter().all(|work| work.blocks.is_empty()) {
        return Err(not_running(session));
    }
    let report = session.attempt("run the command", &work).await?;
    show_answers(invocation, "App", &exec.command, &report)
}

/// Runs the command in one place after the other, its output on ours.
async fn exec_raw(
    session: &Session<'_>,
    facts: &Facts,
    exec: &Exec,
    place: &app::In,
) -> Result<(), Failure> {
    let settled = session.settled();
    let before = app::before_exec(&settled, facts, exec, place);
    if before.iter().all(|work| work.blocks.is_empty()) {
        return Err(not_running(session));
    }
    session.work("run the command", &before).await?;
    let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
    let mut runs = Vec::new();
    for host in session.fleet.app_hosts() {
        for placement in session.fleet.on(host) {
            let line = app::command(&settled, facts, &placement, exec, place, &mut suffixes);
            runs.extend(line.map(|line| RawRun {
                host,
                place: format!("{host} (role {})", placement.role.name),
                line,
            }));
        }
    }
    run_raw(session, runs).await
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
    let mut before = app::before_exec(&session.settled(), facts, exec, place);
    before.retain(|work| work.host == *host);
    for work in &mut before {
        // Of the roles there it is about one.
        let is_of_another = |of: &RoleName| *of != role.name;
        work.blocks
            .retain(|block| !block.role.as_ref().is_some_and(is_of_another));
    }
    session.work("make the command ready", &before).await?;
    hand_over(session, host, &line, has_terminal(exec)).await
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

/// The variables and the command. `-e A:1 B:2` are two variables, as with Kamal, whose options take several values.
fn split_variables(arguments: &arguments::Exec) -> Result<(Vec<Pair>, &[String]), Failure> {
    let mut env = Vec::new();
    for text in &arguments.env {
        env.push(variable(text)?);
    }
    let mut command = arguments.command.as_slice();
    while let [first, rest @ ..] = command
        && !env.is_empty()
        && !rest.is_empty()
        && is_written_variable(first)
    {
        env.push(variable(first)?);
        command = rest;
    }
    Ok((env, command))
}

/// `NAME:VALUE` as Kamal takes it, or `NAME=VALUE`.
fn variable(text: &str) -> Result<Pair, Failure> {
    let at = text.find([':', '=']).ok_or_else(|| {
        Failure::new(Kind::Usage, format!("`{text}` is no variable")).hint("write NAME:VALUE")
    })?;
    Ok(Pair {
        name: text[..at].to_owned(),
        value: text[at + 1..].to_owned(),
    })
}

/// Whether a word can hardly be a command: the name of a variable in capitals, a colon, a value.
fn is_written_variable(word: &str) -> bool {
    let is_of_a_name = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
    word.split_once(':')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_of_a_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(env: &[&str], command: &[&str]) -> (Vec<String>, String) {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let arguments = arguments::Exec {
            command: owned(command),
            interactive: false,
            reuse: false,
            detach: false,
            raw: false,
            env: owned(env),
        };
        let (env, command) = split_variables(&arguments).unwrap();
        let shown = env.iter().map(|it| format!("{}={}", it.name, it.value));
        (shown.collect(), command.join(" "))
    }

    #[test]
    fn variables_end_where_the_command_begins() {
        let variables = |env: &[&str], command: &[&str]| {
            let (variables, command) = split(env, command);
            format!("{} $ {command}", variables.join(" "))
        };
        assert_eq!(variables(&["A:1"], &["B:2", "env"]), "A=1 B=2 $ env");
        assert_eq!(
            variables(&["A:b:c", "D=e:f"], &["env"]),
            "A=b:c D=e:f $ env"
        );
        assert_eq!(variables(&["A:1"], &["db:migrate"]), "A=1 $ db:migrate");
        assert_eq!(variables(&["A:1"], &["B:2"]), "A=1 $ B:2");
        assert_eq!(variables(&[], &["B:2", "env"]), " $ B:2 env");
    }
}
