//! The commands, one file each.

mod accessory;
mod app;
mod at_terminal;
mod audit;
mod build;
mod carrying_out;
mod changing;
mod config;
mod deploy;
mod details;
mod docs;
mod init;
mod lock;
mod looking;
mod man;
mod pending;
mod proxy;
mod prune;
mod registry;
mod remove;
mod rollback;
mod secrets;
mod server;
mod status;
mod timed;
mod upgrade;

use dhow_plan::recipe::deploy::Kind as DeployKind;

use self::timed::timed;
use crate::{
    arguments::{Command, Deploying},
    called_as::CalledAs,
    completing,
    failure::{Failure, Kind},
    invocation::Invocation,
    log_file::LogFile,
    project::Project,
    session::interrupted_early,
    telemetry,
};

/// Does what was asked for.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<(), Failure> {
    if invocation.terminal.tells_events() && command.gives_streams_away() {
        let headline = "--output json goes neither with -i nor with --raw, where a program writes what it likes";
        return Err(Failure::new(Kind::Usage, headline)
            .hint("without them, what each host prints comes as an event of its own"));
    }
    match command {
        Command::Init { git_hook: true, .. } => init::add_git_hook(invocation),
        Command::Init { bundle, .. } => init::run(invocation, bundle),
        Command::Setup(it) => deploying(invocation, DeployKind::Setup, it).await,
        Command::Deploy {
            deploying: Deploying { build, timings },
            pending: true,
        } => {
            timed(
                invocation,
                timings,
                Box::pin(pending::run(invocation, build)),
            )
            .await
        }
        Command::Deploy { deploying: it, .. } => {
            deploying(invocation, DeployKind::Deploy, it).await
        }
        Command::Redeploy(it) => deploying(invocation, DeployKind::Redeploy, it).await,
        Command::Rollback {
            wanted,
            reach,
            timings,
        } => {
            let work = Box::pin(rollback::run(invocation, wanted.as_deref(), reach));
            timed(invocation, timings, work).await
        }
        Command::Plan(build) => deploy::show(invocation, build).await,
        Command::Config(options) => config::run(invocation, options).await,
        Command::Docs { section, output } => docs::run(invocation, section.as_deref(), output),
        Command::Version => {
            invocation
                .terminal
                .data(format_args!("{}\n", invocation.called_as.version()));
            Ok(())
        }
        Command::Lock(lock) => lock::run(invocation, lock).await,
        Command::Audit => audit::run(invocation).await,
        Command::Details => details::run(invocation).await,
        Command::Status(options) => status::run(invocation, options).await,
        Command::Completions { shell } => {
            completing::print_script(invocation, shell);
            Ok(())
        }
        Command::Complete(asked) => {
            completing::print(invocation, asked);
            Ok(())
        }
        Command::Man { folder } => man::run(invocation, &folder),
        Command::App(app) => app::run(invocation, app).await,
        Command::Proxy(proxy) => Box::pin(proxy::run(invocation, proxy)).await,
        Command::Registry(registry) => Box::pin(registry::run(invocation, registry)).await,
        Command::Server(server) => server::run(invocation, server).await,
        Command::Prune(prune) => prune::run(invocation, prune).await,
        Command::Accessory(accessory) => accessory::run(invocation, accessory).await,
        Command::Build(build) => build::run(invocation, build).await,
        Command::Secrets(command) => secrets::run(invocation, command).await,
        Command::Upgrade { rolling, confirmed } => {
            upgrade::run(invocation, rolling, confirmed).await
        }
        Command::Remove { confirmed } => remove::run(invocation, confirmed).await,
    }
}

async fn deploying(
    invocation: &Invocation,
    kind: DeployKind,
    Deploying { build, timings }: Deploying,
) -> Result<(), Failure> {
    let work = Box::pin(deploy::run(invocation, kind, build));
    timed(invocation, timings, work).await
}

/// Reads the project and tells what a person should look at in its deploy file.
fn read_project(invocation: &Invocation) -> Result<Project, Failure> {
    let colour = invocation.terminal.colours();
    let project = Project::read(&invocation.global, &invocation.environment, colour)?;
    for warning in &project.warnings {
        invocation.terminal.problem(warning);
    }
    if !invocation.only_looks {
        match LogFile::open(invocation, &project) {
            Ok(None) => {}
            Ok(Some(log)) => {
                invocation.announcer.add(Box::new(log.clone()));
                // A run reads its project once.
                let _ = invocation.log_file.set(log);
            }
            // No command fails for its log.
            Err(failure) => {
                let mut why = vec![failure.headline];
                why.extend(failure.causes);
                let warning = format!("Output logger setup failed: {}", why.join(": "));
                invocation.announcer.warn(warning);
            }
        }
        telemetry::begin(invocation, &project);
    }
    Ok(project)
}

/// Goes on only when a person agrees, or `-y` does for them. A signal while the question stands is a no.
async fn confirm(invocation: &Invocation, confirmed: bool, question: &str) -> Result<(), Failure> {
    if confirmed {
        return Ok(());
    }
    if !invocation.environment.asks_a_person {
        let headline = "this needs a yes, and nobody is there to ask";
        return Err(Failure::new(Kind::Usage, headline)
            .detail(question)
            .hint("add -y when it is meant"));
    }
    let (terminal, asked) = (invocation.terminal.clone(), question.to_owned());
    let agreed = tokio::select! {
        agreed = tokio::task::spawn_blocking(move || terminal.confirm(&asked)) => agreed,
        () = invocation.interrupt.cancelled() => return Err(interrupted_early()),
    };
    match agreed {
        Ok(true) => Ok(()),
        // There, a no is no error.
        Ok(false) | Err(_) if invocation.called_as == CalledAs::Kamal => {
            invocation.terminal.data("Aborted\n");
            Err(Failure::new(Kind::OwnCode(0), "Aborted"))
        }
        Ok(false) | Err(_) => Err(Failure::new(Kind::Usage, "Aborted, nothing was changed")),
    }
}
