//! Building and pushing the image on this machine (flows §6.1).

mod check;
mod machine;
mod passing;
mod there;
mod watched;

use std::path::Path;

use dhow_builder::{
    Build, BuildFolder, Freshness, Instance, Naming, Origin, Output, buildx_version, tells_steps,
};
use dhow_config::Config;
use dhow_docker::{Repository, image};
use dhow_names::Digest;
use dhow_plan::{Hook, HookCall};
use dhow_versioning::source_url;
use tokio::time::sleep;

pub(crate) use self::machine::Machine;
use self::{
    passing::{PAUSE, Passing},
    there::There,
    watched::Watched,
};
use crate::{
    build_host::BuildHost,
    build_log::BuildLog,
    build_source::Source,
    built::{self, Built, Metadata},
    failure::Failure,
    hooks::HookRunner,
    local_registry::{LocalRegistry, Receiving},
    project::Project,
};

/// One build with everything around it: tools, login, hook, clone, builder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageBuild<'a> {
    pub(crate) hooks: HookRunner<'a>,
    pub(crate) output: &'a Output,
    pub(crate) freshness: Freshness,
    pub(crate) naming: Naming,
    /// The registry on this machine, when the image goes there.
    pub(crate) registry: Option<&'a LocalRegistry<'a>>,
}

impl<'a> ImageBuild<'a> {
    /// The build of a deploy.
    pub(crate) fn of_deploy(
        hooks: HookRunner<'a>,
        freshness: Freshness,
        registry: Option<&'a LocalRegistry<'a>>,
    ) -> Self {
        Self {
            hooks,
            output: &Output::Registry,
            freshness,
            naming: naming(&hooks.project.config),
            registry,
        }
    }
}

impl ImageBuild<'_> {
    fn config(&self) -> &Config {
        &self.hooks.project.config
    }

    /// Everything that only takes time and leads to no image: the login, the clone. It needs no host, so it can be done
    /// while they are connected to.
    pub(crate) async fn get_ready(&self) -> Result<Source, Failure> {
        let machine = self.machine();
        let log_in = async {
            let is_elsewhere = self.over_ssh_alone(&machine).await?.is_some();
            if *self.output == Output::Registry && !is_elsewhere {
                machine.log_in().await?;
            }
            Ok(())
        };
        let ((), source) = tokio::try_join!(log_in, Source::prepare(self.hooks))?;
        Ok(source)
    }

    /// Builds and pushes what was made ready, and tells what was made.
    pub(crate) async fn build(&self, source: Source) -> Result<Built, Failure> {
        let call = HookCall {
            hook: Hook::PreBuild,
            hosts: self.hooks.fleet.all_hosts(),
        };
        self.hooks.run(&call, None).await?;
        source.check_and_tell(self.hooks)?;
        self.build_here(&self.machine().within(source.folder()))
            .await
    }

    /// Builds what is in the machine's folder.
    pub(crate) async fn build_here(&self, machine: &Machine<'_>) -> Result<Built, Failure> {
        if let Some(url) = self.over_ssh_alone(machine).await? {
            return self.build_over_ssh_alone(machine, url).await;
        }
        let instance = machine.instance().await?;
        machine.ensure(&instance).await?;
        let Some(registry) = self.registry.filter(|_| *self.output == Output::Registry) else {
            return self.run_build(machine, &instance, self.output).await;
        };
        let mut receiving = registry.receive(&instance, self.hooks.basis).await?;
        let output = receiving.output();
        let built = self.run_build(machine, &instance, &output).await;
        receiving.close_tunnel().await;
        self.received(receiving, built).await
    }

    /// The build is over, and the registry here has what it brought.
    async fn received(
        &self,
        receiving: Receiving<'_>,
        built: Result<Built, Failure>,
    ) -> Result<Built, Failure> {
        match built {
            Ok(built) => {
                let version = &self.hooks.basis.version;
                let tags = self.naming.tags(self.config(), version);
                receiving.finish(&tags, built.digest).await?;
                Ok(built)
            }
            Err(failure) => Err(receiving.explain(failure)),
        }
    }

    /// Builds on another machine, with nothing but a connection to it.
    async fn build_over_ssh_alone(
        &self,
        machine: &Machine<'_>,
        url: &str,
    ) -> Result<Built, Failure> {
        let HookRunner {
            invocation,
            project,
            basis,
            ..
        } = self.hooks;
        let mut receiving = match self.registry {
            Some(registry) => {
                // To the registry it is as any builder on another machine.
                let instance = Instance::of(&project.config, "");
                Some(registry.receive(&instance, basis).await?)
            }
            None => None,
        };
        let host = BuildHost::connect(invocation, project, basis, url).await?;
        let note = format!("  this machine has no Docker, so {} builds", host.host);
        invocation.announcer.note(note);
        let built = self.build_there(machine, &host).await;
        host.close().await;
        if let Some(receiving) = &mut receiving {
            receiving.close_tunnel().await;
        }
        match receiving {
            Some(receiving) => self.received(receiving, built).await,
            None => built,
        }
    }

    async fn build_there(&self, machine: &Machine<'_>, host: &BuildHost) -> Result<Built, Failure> {
        let tells_steps = there::tells_steps(machine, host).await?;
        let build = Build {
            instance: &Instance::Engine,
            config: self.config(),
            version: &self.hooks.basis.version,
            output: &Output::Registry,
            freshness: self.freshness,
            origin: &origin(self.hooks.project),
            naming: self.naming,
            own: "",
            tells_steps,
            metadata: Path::new(BuildFolder::TOLD),
        };
        let there = There {
            machine,
            host,
            line: build.command(),
            tells_steps,
        };
        let told = self.try_twice(async |log| there.run(log).await).await?;
        let digest = built::digest_in(&told)?;
        Ok(Built {
            digest: Some(digest),
        })
    }

    async fn run_build(
        &self,
        machine: &Machine<'_>,
        instance: &Instance,
        output: &Output,
    ) -> Result<Built, Failure> {
        let environment = &self.hooks.invocation.environment;
        let metadata = Metadata::within(environment)?;
        let is_packed = matches!(instance, Instance::Pack { .. });
        let tells_steps = !is_packed && tells_steps(&machine.run(&buildx_version()).await?.stdout);
        let build = Build {
            instance,
            config: self.config(),
            version: &self.hooks.basis.version,
            output,
            freshness: self.freshness,
            origin: &origin(self.hooks.project),
            naming: self.naming,
            own: &self.own_architecture(machine, output).await?,
            tells_steps,
            metadata: metadata.path(),
        };
        let watched = Watched {
            machine,
            line: build.command(),
            tells_steps,
        };
        self.try_twice(async |log| watched.clone().run(log).await)
            .await?;
        let digest = self.digest(machine, instance, output, &metadata).await?;
        Ok(Built { digest })
    }

    /// Builds, and once more when what failed is something that passes. Each has a log of its own.
    async fn try_twice<T>(
        &self,
        build: impl AsyncFn(BuildLog) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let invocation = self.hooks.invocation;
        let log = || BuildLog::begin(&invocation.environment, &self.what());
        let failure = match build(log()?).await {
            Err(failure) => failure,
            done => return done,
        };
        let Some(passing) = Passing::of(&failure) else {
            return Err(failure);
        };
        invocation.announcer.note(format!("  {}", passing.told()));
        let again = invocation.interrupt.run_until_cancelled(sleep(PAUSE));
        match again.await {
            Some(()) => build(log()?).await,
            None => Err(failure),
        }
    }

    /// What the log is called after.
    fn what(&self) -> String {
        let config = self.config();
        let destination = config.destination.as_ref();
        let destination = destination.map(|it| format!("_{it}")).unwrap_or_default();
        let version = self.hooks.basis.version.abbreviated();
        format!("{}{destination}_{version}", config.service)
    }

    /// It matters only where an image of several architectures goes into the engine's store.
    async fn own_architecture(
        &self,
        machine: &Machine<'_>,
        output: &Output,
    ) -> Result<String, Failure> {
        match output {
            Output::Named(_) if self.config().builder.arch.named().len() > 1 => {
                machine.architecture().await
            }
            _ => Ok(String::new()),
        }
    }

    /// This machine, in the project's folder.
    pub(crate) fn machine(&self) -> Machine<'_> {
        let HookRunner {
            invocation,
            project,
            basis,
            ..
        } = self.hooks;
        Machine::here(invocation, project, basis)
    }

    /// The digest of what was built, as registries know it.
    async fn digest(
        &self,
        machine: &Machine<'_>,
        instance: &Instance,
        output: &Output,
        metadata: &Metadata,
    ) -> Result<Option<Digest>, Failure> {
        if !output.is_told_by_its_digest() {
            return Ok(None);
        }
        if !matches!(instance, Instance::Pack { .. }) {
            return metadata.digest().map(Some);
        }
        let repository = Repository::of(self.config());
        let line = image::digests(&repository.at(&self.hooks.basis.version));
        let report = machine.run(&line).await?;
        let told = report.stdout.lines();
        let own = told.filter_map(|line| line.trim().strip_prefix(repository.as_str()));
        let mut digests = own.filter_map(|rest| rest.strip_prefix('@')?.parse().ok());
        Ok(digests.next())
    }
}

/// Where what is built comes from.
pub(crate) fn origin(project: &Project) -> Origin {
    let work_tree = project.work_tree.as_ref().ok();
    Origin {
        commit: work_tree.map(|it| it.head().clone()),
        url: work_tree.and_then(|it| source_url(it.folder())),
    }
}

/// What a build that is deployed calls the image: `latest` follows what runs, unless the deploy file says otherwise.
pub(crate) fn naming(config: &Config) -> Naming {
    if config.dhow.moves_latest_at_build {
        Naming::WithLatest
    } else {
        Naming::Version
    }
}
