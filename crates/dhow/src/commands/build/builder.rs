//! `build create`, `build remove` and `build details`.

use dhow_shell::CommandLine;
use dhow_ssh_exec::{Script, Step, Transport as _};

use super::super::looking::basis_to_connect;
use crate::{
    build_host::BuildHost,
    failure::{Failure, Kind},
    hooks::HookRunner,
    image_build::Machine,
    invocation::Invocation,
    project::{Basis, Project},
};

/// Makes the builder, unless one is there that fits.
pub(super) async fn create(invocation: &Invocation, project: &Project) -> Result<(), Failure> {
    let config = &project.config;
    let remote = config.builder.remote.as_deref();
    let basis = if remote.is_some() {
        basis_to_connect(invocation, project).await?
    } else {
        Basis::for_looking(project, invocation)
    };
    let machine = Machine::here(invocation, project, &basis);
    let instance = machine.instance().await?;
    if let Some(url) = instance.elsewhere().filter(|url| url.starts_with("ssh://")) {
        answers(invocation, project, &basis, url).await?;
    }
    let name = instance.name();
    let made = machine.ensure(&instance).await?;
    invocation.announcer.note(match name {
        None => "Nothing to create: what builds is there already".to_owned(),
        Some(name) if made => format!("Created the builder {name}"),
        Some(name) => format!("The builder {name} is there and fits"),
    });
    Ok(())
}

/// Whether the other machine lets us run anything at all, which buildx would find out in the middle of a build.
async fn answers(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    url: &str,
) -> Result<(), Failure> {
    let fleet = project.fleet()?;
    let hooks = HookRunner {
        invocation,
        project,
        basis,
        fleet: &fleet,
    };
    hooks.pre_connect().await?;
    let host = BuildHost::connect(invocation, project, basis, url).await?;
    let script = Script::new([Step::new(CommandLine::new("true"))]);
    let run = host
        .transport
        .run(&host.host, &script, invocation.interrupt.clone(), |_| ())
        .await;
    host.close().await;
    match run {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::of(Kind::Host, &error)),
    }
}

/// Removes the builder. One that is gone already is fine.
pub(super) async fn remove(invocation: &Invocation, project: &Project) -> Result<(), Failure> {
    let basis = Basis::for_looking(project, invocation);
    let machine = Machine::here(invocation, project, &basis);
    let instance = machine.instance().await?;
    let removed = machine.remove(&instance).await?;
    invocation.announcer.note(match instance.name() {
        None => "Nothing to remove: no builder was made for this deploy file".to_owned(),
        Some(name) if removed => format!("Removed the builder {name}"),
        Some(name) => format!("There was no builder {name}"),
    });
    Ok(())
}

/// Shows what builds.
pub(super) async fn details(invocation: &Invocation, project: &Project) -> Result<(), Failure> {
    let basis = Basis::for_looking(project, invocation);
    let machine = Machine::here(invocation, project, &basis);
    let instance = machine.instance().await?;
    let line = instance.describe();
    let report = machine.run(&line).await?;
    if report.exit_code != 0 {
        return Err(Failure::new(Kind::Machine, "the builder cannot be shown")
            .detail(format!("$ {line}\n{}", machine.last_lines(&report))));
    }
    let (kind, said) = (instance.kind(), report.stdout);
    invocation.terminal.data(format!("Builder: {kind}\n{said}"));
    Ok(())
}
