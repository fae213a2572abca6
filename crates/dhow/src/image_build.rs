//! Building and pushing the image on this machine (flows §6.1).

use std::path::{Path, PathBuf};

use dhow_builder::{
    Build, Instance, Output, buildx_version, engine_architecture, engine_version, pack_version,
};
use dhow_config::Config;
use dhow_docker::registry;
use dhow_execute::EventKind;
use dhow_plan::{Hook, HookCall};
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Input, LocalProgram, LocalReport, run_local};
use dhow_versioning::{BuildClone, WorkTree};

use crate::{
    failure::{Failure, Kind},
    hooks::HookRunner,
    local_registry::LocalRegistry,
    session::interrupted_early,
};

/// One build with everything around it: tools, login, hook, clone, builder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageBuild<'a> {
    pub(crate) hooks: HookRunner<'a>,
    pub(crate) output: &'a Output,
    pub(crate) no_cache: bool,
    /// The registry on this machine, when the image goes there.
    pub(crate) registry: Option<&'a LocalRegistry<'a>>,
}

impl ImageBuild<'_> {
    fn config(&self) -> &Config {
        &self.hooks.project.config
    }

    /// Fails early when this machine or the project cannot build at all.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        let is_packed = self.config().builder.pack.is_some();
        if !is_packed {
            self.check_dockerfile(&self.hooks.invocation.environment.folder)?;
        }
        self.check_tool(
            &engine_version(),
            "no Docker engine answers on this machine",
            "install Docker and start it (Debian: apt-get install docker.io), set DOCKER_HOST to an engine, \
             or deploy what lies in the registry with --skip-push",
        )
        .await?;
        if is_packed {
            return self
                .check_tool(
                    &pack_version(),
                    "pack is not installed locally",
                    "install it (https://buildpacks.io), or take `pack` out of the deploy file to build with \
                     a Dockerfile",
                )
                .await;
        }
        self.check_tool(
            &buildx_version(),
            "Docker buildx plugin is not installed locally",
            "install it (Debian: docker-buildx; Docker's packages: docker-buildx-plugin)",
        )
        .await
    }

    async fn check_tool(
        &self,
        line: &CommandLine,
        headline: &str,
        hint: &str,
    ) -> Result<(), Failure> {
        let folder = &self.hooks.invocation.environment.folder;
        let report = self.run(line, None, folder, false).await?;
        if report.exit_code == 0 {
            return Ok(());
        }
        let said = format!("{}{}", report.stdout, report.stderr);
        Err(Failure::new(Kind::Machine, headline)
            .detail(said)
            .hint(hint))
    }

    /// The path is relative to the project, whatever the context (versioning §6.2).
    fn check_dockerfile(&self, folder: &Path) -> Result<(), Failure> {
        let dockerfile = folder.join(&self.config().builder.dockerfile);
        if dockerfile.is_file() {
            return Ok(());
        }
        Err(Failure::new(Kind::Project, format!("Missing {}", dockerfile.display())).hint(
            "write it, name another with `builder: {dockerfile: PATH}`, or deploy what lies in the registry \
             with --skip-push",
        ))
    }

    /// Builds and pushes.
    pub(crate) async fn build(&self) -> Result<(), Failure> {
        let folder = self.hooks.invocation.environment.folder.clone();
        if *self.output == Output::Registry {
            self.log_in(&folder).await?;
        }
        let hosts = self
            .hooks
            .fleet
            .hosts()
            .iter()
            .map(|host| (*host).clone())
            .collect();
        self.hooks
            .run(
                &HookCall {
                    hook: Hook::PreBuild,
                    hosts,
                },
                None,
            )
            .await?;
        let source = self.source().await?;
        let folder = source.folder();
        let instance = self.instance(folder).await?;
        self.ensure_builder(&instance, folder).await?;
        let Some(registry) = self.registry.filter(|_| *self.output == Output::Registry) else {
            return self.run_build(&instance, folder, self.output).await;
        };
        let basis = self.hooks.basis;
        let mut receiving = registry.receive(&instance, basis).await?;
        let output = receiving.output();
        let built = self.run_build(&instance, folder, &output).await;
        receiving.close_tunnel().await;
        match built {
            Ok(()) => receiving.finish(&basis.version).await,
            Err(failure) => Err(receiving.explain(failure)),
        }
    }

    async fn run_build(
        &self,
        instance: &Instance,
        folder: &Path,
        output: &Output,
    ) -> Result<(), Failure> {
        let build = Build {
            instance,
            config: self.config(),
            version: &self.hooks.basis.version,
            output,
            no_cache: self.no_cache,
        };
        let line = build.command();
        let report = self.run(&line, None, folder, true).await?;
        if report.exit_code == 0 {
            return Ok(());
        }
        let said = self.last_lines(&report);
        Err(Failure::new(
            Kind::Step,
            format!(
                "the build failed with exit code {}, nothing was changed on any host",
                report.exit_code
            ),
        )
        .detail(format!("$ {line}\n{said}")))
    }

    async fn log_in(&self, folder: &Path) -> Result<(), Failure> {
        let Some(login) = &self.hooks.basis.needs.login else {
            return Ok(());
        };
        let server = login.server.as_deref();
        let line = registry::login(server, &login.username);
        let password = Input::new(login.password.expose().as_bytes());
        let report = self.run(&line, Some(password), folder, false).await?;
        if report.exit_code == 0 {
            return Ok(());
        }
        let place = server.unwrap_or("Docker Hub");
        Err(Failure::new(
            Kind::Step,
            format!("logging in to {place} failed, nothing was changed"),
        )
        .detail(self.last_lines(&report))
        .hint("are the registry's username and password right?"))
    }

    /// What is built: a clone of HEAD, or the project itself when a context is set.
    async fn source(&self) -> Result<Source, Failure> {
        let HookRunner {
            invocation,
            project,
            ..
        } = self.hooks;
        let environment = &invocation.environment;
        let (Ok(work_tree), None) = (&project.work_tree, &project.config.builder.context) else {
            return Ok(Source::Project(environment.folder.clone()));
        };
        self.warn_of_changes(work_tree)?;
        let clone = self.clone_of(work_tree).await?;
        if clone.waited() {
            invocation
                .announcer
                .note("  waited for another build of this project");
        }
        for file in clone.unfiltered() {
            let (path, filter) = (file.path.display(), &file.filter);
            invocation.announcer.warn(format!(
                "{path} is built as git stores it, because its filter `{filter}` is not run"
            ));
        }
        let dockerfile = &project.config.builder.dockerfile;
        if project.config.builder.pack.is_none() && !clone.folder().join(dockerfile).is_file() {
            let headline = format!("{} is not committed", dockerfile.display());
            return Err(Failure::new(Kind::Project, headline)
                .hint("the image is built from the commit at HEAD: commit the Dockerfile"));
        }
        let commit = work_tree.head();
        let note = format!("  building commit {} ({})", commit.id, commit.subject);
        invocation.announcer.note(note);
        Ok(Source::Clone(clone))
    }

    /// A large repository takes a while, in which signals are still listened for.
    async fn clone_of(&self, work_tree: &WorkTree) -> Result<BuildClone, Failure> {
        let HookRunner {
            invocation,
            project,
            ..
        } = self.hooks;
        let (work_tree, service) = (work_tree.clone(), project.config.service.clone());
        let cache_folder = invocation.environment.cache_folder();
        let prepare = move || BuildClone::prepare(&work_tree, &cache_folder, &service);
        tokio::select! {
            prepared = tokio::task::spawn_blocking(prepare) => {
                let crashed = |error| Failure::of(Kind::Machine, &error);
                Ok(prepared.map_err(crashed)??)
            }
            () = invocation.interrupt.cancelled() => Err(interrupted_early()),
        }
    }

    /// The build does not see what is not committed.
    fn warn_of_changes(&self, work_tree: &WorkTree) -> Result<(), Failure> {
        let changes = work_tree.uncommitted()?;
        if changes.is_empty() {
            return Ok(());
        }
        let commit = work_tree.head();
        let dockerfile = work_tree
            .folder_in_tree()
            .join(&self.config().builder.dockerfile);
        let hidden = changes.iter().any(|change| change.path == dockerfile);
        let loud = if hidden {
            "; the changed Dockerfile is NOT used"
        } else {
            ""
        };
        let list: Vec<String> = changes.iter().map(|change| format!("  {change}")).collect();
        self.hooks.invocation.announcer.warn(format!(
            "uncommitted changes are not built, the image is made from commit {}{loud}:\n{}",
            commit.id,
            list.join("\n")
        ));
        Ok(())
    }

    /// What builds. Only where another machine builds as well it matters what this one's engine is.
    async fn instance(&self, folder: &Path) -> Result<Instance, Failure> {
        let config = self.config();
        let own = if config.builder.remote.is_some() && config.builder.local {
            let report = self
                .run(&engine_architecture(), None, folder, false)
                .await?;
            report.stdout.trim().to_owned()
        } else {
            String::new()
        };
        Ok(Instance::of(config, &own))
    }

    /// A builder that is there and fits is used again; one that does not fit is made anew.
    async fn ensure_builder(&self, instance: &Instance, folder: &Path) -> Result<(), Failure> {
        let (Some(inspect), Some(create)) = (instance.inspect(), instance.create()) else {
            return Ok(());
        };
        if self.run(&inspect, None, folder, false).await?.exit_code == 0 {
            return Ok(());
        }
        if let Some(remove) = instance.remove() {
            self.run(&remove, None, folder, false).await?;
        }
        let report = self.run(&create, None, folder, false).await?;
        if report.exit_code == 0 {
            return Ok(());
        }
        Err(
            Failure::new(Kind::Machine, "the builder could not be created")
                .detail(format!("$ {create}\n{}", self.last_lines(&report)))
                .hint("`builder: {driver: docker}` builds with the engine itself"),
        )
    }

    /// Runs a line with this machine's shell, which expands `${NAME}` as Kamal lets it.
    async fn run(
        &self,
        line: &CommandLine,
        input: Option<Input>,
        folder: &Path,
        shown: bool,
    ) -> Result<LocalReport, Failure> {
        let HookRunner {
            invocation, basis, ..
        } = self.hooks;
        let mut program = LocalProgram::new("sh")
            .args(["-c", &line.exposed()])
            .in_folder(folder);
        program.input = input;
        for (name, secret) in &basis.needs.build {
            program = program.env(name.as_str(), secret.expose());
        }
        let announcer = &invocation.announcer;
        let watch = |line: dhow_ssh_exec::LocalLine| {
            if shown {
                let title = "build".to_owned();
                announcer.tell(EventKind::Output {
                    host: None,
                    title,
                    stream: line.stream,
                    line: line.line,
                });
            }
        };
        let report = run_local(&program, invocation.interrupt.clone(), watch)
            .await
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        if report.interrupted {
            return Err(interrupted_early());
        }
        Ok(report)
    }

    fn last_lines(&self, report: &LocalReport) -> String {
        let said = format!("{}{}", report.stdout, report.stderr);
        let lines: Vec<&str> = said.lines().collect();
        let shown = lines[lines.len().saturating_sub(30)..].join("\n");
        self.hooks.invocation.announcer.redact(&shown)
    }
}

/// What is built. A clone is locked against other runs as long as this lives.
enum Source {
    Project(PathBuf),
    Clone(BuildClone),
}

impl Source {
    fn folder(&self) -> &Path {
        match self {
            Self::Project(folder) => folder,
            Self::Clone(clone) => clone.folder(),
        }
    }
}
