//! `accessory exec`.

use dhow_config::Accessory;
use dhow_docker::app::Exec;
use dhow_plan::recipe::accessory::{self, In};

use super::{
    super::{
        at_terminal::{attached, hand_over, has_terminal, run_raw_on, without_last_step},
        looking::show_answers,
    },
    Secrets, hosts_of, named, prepare,
};
use crate::{
    arguments::{ALL, AccessoryExec},
    failure::{Failure, Kind},
    invocation::Invocation,
    session::Session,
};

/// Runs a command on every selected host of the accessory, or on the first with this terminal.
pub(super) async fn run(invocation: &Invocation, arguments: &AccessoryExec) -> Result<(), Failure> {
    let place = if arguments.reuse {
        In::Running
    } else {
        In::New
    };
    let secrets = match place {
        In::Running => Secrets::NotNeeded,
        In::New => Secrets::Needed,
    };
    let name = &arguments.name;
    let (project, basis) = prepare(invocation, secrets).await?;
    let fleet = project.fleet()?;
    let chosen = named(&project.config, name)?;
    let [it] = chosen.as_slice() else {
        let headline = format!("a command runs in one accessory, not in `{ALL}`");
        return Err(Failure::new(Kind::Usage, headline));
    };
    let mut reach = hosts_of(&fleet, name, &chosen)?;
    if arguments.exec.interactive {
        reach.truncate(1);
    }
    let session = Session::open_to(invocation, &project, &basis, &fleet, reach).await?;
    let result = exec(invocation, &session, arguments, it, place).await;
    session.close().await;
    result
}

async fn exec(
    invocation: &Invocation,
    session: &Session<'_>,
    arguments: &AccessoryExec,
    it: &Accessory,
    place: In,
) -> Result<(), Failure> {
    let facts = session.look().await?;
    session.check(&facts)?;
    let exec = Exec {
        command: arguments.exec.command.join(" "),
        env: Vec::new(),
        attached: attached(invocation, arguments.exec.interactive),
    };
    let settled = session.settled();
    let not_running = |failure: Failure| match place {
        In::Running => failure.hint("without --reuse a new container is made"),
        In::New => failure,
    };
    let mut work = accessory::exec(&settled, &facts, it, &exec, place);
    work.retain(|work| session.reaches(&work.host));
    if arguments.exec.interactive {
        without_last_step(&mut work);
        session.work("make the container ready", &work).await?;
        let host = session.reached().first().ok_or_else(nowhere)?;
        let line = accessory::command(&settled, it, &exec, place);
        return hand_over(session, host, &line, has_terminal(&exec)).await;
    }
    if arguments.exec.raw {
        without_last_step(&mut work);
        session.work("make the container ready", &work).await?;
        let line = accessory::command(&settled, it, &exec, place);
        return run_raw_on(session, session.reached(), &line).await;
    }
    let report = session.attempt("run the command", &work).await?;
    show_answers(invocation, "App", &exec.command, &report).map_err(not_running)
}

fn nowhere() -> Failure {
    Failure::new(Kind::Usage, "no selected host runs the accessory")
}
