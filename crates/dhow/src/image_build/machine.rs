//! This machine, as far as it builds: its tools, its builders, and what they are asked.

use std::path::{Path, PathBuf};

use dhow_builder::{Instance, engine_architecture};
use dhow_config::Config;
use dhow_docker::registry;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Input, LocalLine, LocalProgram, LocalReport, run_local};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
    session::interrupted_early,
};

/// How many lines of a program that failed are shown.
const SHOWN_LINES: usize = 30;

/// Runs lines of builds on this machine, in one folder, with the secrets of builds in their environment.
#[derive(Clone, Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) config: &'a Config,
    pub(crate) basis: &'a Basis,
    pub(crate) folder: PathBuf,
}

impl<'a> Machine<'a> {
    /// This machine, in the project's folder.
    pub(crate) fn here(invocation: &'a Invocation, project: &'a Project, basis: &'a Basis) -> Self {
        Self {
            invocation,
            config: &project.config,
            basis,
            folder: invocation.environment.folder.clone(),
        }
    }

    /// The same machine, in another folder.
    pub(crate) fn within(&self, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            ..self.clone()
        }
    }

    /// Runs a line and keeps what it prints.
    pub(crate) async fn run(&self, line: &CommandLine) -> Result<LocalReport, Failure> {
        self.watch(line, None, |_| ()).await
    }

    /// Runs a line with this machine's shell, which expands `${NAME}` as Kamal lets it.
    pub(crate) async fn watch(
        &self,
        line: &CommandLine,
        input: Option<Input>,
        watch: impl FnMut(LocalLine) + Send,
    ) -> Result<LocalReport, Failure> {
        let mut program = LocalProgram::new("sh")
            .args(["-c", &line.exposed()])
            .in_folder(&self.folder);
        program.input = input;
        for (name, secret) in &self.basis.needs.build {
            program = program.env(name.as_str(), secret.expose());
        }
        let report = run_local(&program, self.invocation.interrupt.clone(), watch)
            .await
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        if report.interrupted {
            return Err(interrupted_early());
        }
        Ok(report)
    }

    /// The last lines of what was printed, without secrets.
    pub(crate) fn last_lines(&self, report: &LocalReport) -> String {
        let said = format!("{}{}", report.stdout, report.stderr);
        let lines: Vec<&str> = said.lines().collect();
        let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        self.invocation.announcer.redact(&shown)
    }

    /// Logs this machine in to the registry, when it wants that.
    pub(crate) async fn log_in(&self) -> Result<(), Failure> {
        let Some(login) = &self.basis.needs.login else {
            return Ok(());
        };
        let server = login.server.as_deref();
        let line = registry::ensure_login(server, &login.username);
        let words = registry::login_words(&login.username, &login.password);
        let words = Input::new(words.expose().as_bytes());
        let report = self.watch(&line, Some(words), |_| ()).await?;
        if report.exit_code == 0 {
            return Ok(());
        }
        let place = server.unwrap_or("Docker Hub");
        let headline = format!("logging in to {place} failed, nothing was changed");
        Err(Failure::new(Kind::Step, headline)
            .detail(self.last_lines(&report))
            .hint("are the registry's username and password right?"))
    }

    /// The architecture of this machine's engine in Docker's words.
    pub(crate) async fn architecture(&self) -> Result<String, Failure> {
        let report = self.run(&engine_architecture()).await?;
        Ok(report.stdout.trim().to_owned())
    }

    /// What builds. Only where another machine builds as well it matters what this one's engine is.
    pub(crate) async fn instance(&self) -> Result<Instance, Failure> {
        let builder = &self.config.builder;
        let own = if builder.remote.is_some() && builder.local {
            self.architecture().await?
        } else {
            String::new()
        };
        Ok(Instance::of(self.config, &own))
    }

    /// A builder that is there and fits is used again; one that does not fit is made anew. Whether it was made.
    pub(crate) async fn ensure(&self, instance: &Instance) -> Result<bool, Failure> {
        let Some(create) = instance.create() else {
            return Ok(false);
        };
        if let Some(found) = self.found(instance).await? {
            if instance.fits(&found) {
                return Ok(false);
            }
            let name = instance.name().unwrap_or_default();
            self.invocation.announcer.note(format!(
                "  the builder {name} does not fit, so it is made anew"
            ));
        }
        self.remove(instance).await?;
        let report = self.run(&create).await?;
        if report.exit_code == 0 {
            return Ok(true);
        }
        Err(
            Failure::new(Kind::Machine, "the builder could not be created")
                .detail(format!("$ {create}\n{}", self.last_lines(&report)))
                .hint("`builder: {driver: docker}` builds with the engine itself"),
        )
    }

    /// Whether the builder is there and fits.
    pub(crate) async fn is_ready(&self, instance: &Instance) -> Result<bool, Failure> {
        let found = self.found(instance).await?;
        Ok(found.is_some_and(|found| instance.fits(&found)))
    }

    /// Removes the builder with all that belongs to it; what is gone already is no failure. Whether there was any.
    pub(crate) async fn remove(&self, instance: &Instance) -> Result<bool, Failure> {
        let Some(remove) = instance.remove() else {
            return Ok(false);
        };
        let was_there = self.found(instance).await?.is_some();
        let report = self.run(&remove).await?;
        if was_there && self.found(instance).await?.is_some() {
            return Err(
                Failure::new(Kind::Machine, "the builder could not be removed")
                    .detail(format!("$ {remove}\n{}", self.last_lines(&report))),
            );
        }
        Ok(was_there)
    }

    /// What the builder says of itself, when it is there.
    async fn found(&self, instance: &Instance) -> Result<Option<String>, Failure> {
        let Some(look) = instance.look() else {
            return Ok(None);
        };
        let report = self.run(&look).await?;
        Ok((report.exit_code == 0).then_some(report.stdout))
    }
}
