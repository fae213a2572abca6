//! What is known to be wrong before anything is built.

use std::path::Path;

use dhow_builder::{
    Instance, Output, Place, beyond_the_engine, buildx_version, engine_version, image_store,
    is_containerds, missing_for_gha, pack_version,
};
use dhow_shell::CommandLine;
use dhow_ssh_exec::LocalReport;

use super::{ImageBuild, Machine};
use crate::failure::{Failure, Kind};

impl ImageBuild<'_> {
    /// Fails early when this machine or the project cannot build at all.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        let is_packed = self.config().builder.pack.is_some();
        if !is_packed {
            self.check_dockerfile(&self.hooks.invocation.environment.folder)?;
        }
        let machine = self.machine();
        if self.over_ssh_alone(&machine).await?.is_some() {
            return Ok(());
        }
        let instance = machine.instance().await?;
        // An engine elsewhere needs none here.
        if !matches!(
            &instance,
            Instance::Own {
                place: Place::There { .. },
                ..
            }
        ) {
            self.check_tool(
                &engine_version(),
                "no Docker engine answers on this machine",
                "install Docker and start it (Debian: apt-get install docker.io), set DOCKER_HOST to an engine, \
                 build on another machine with `builder: {remote: ssh://USER@HOST}`, or deploy what lies in the \
                 registry with --skip-push",
            )
            .await?;
        }
        if is_packed {
            self.check_tool(
                &pack_version(),
                "pack is not installed locally",
                "install it (https://buildpacks.io), or take `pack` out of the deploy file to build with \
                 a Dockerfile",
            )
            .await?;
            return Ok(());
        }
        self.check_tool(
            &buildx_version(),
            "Docker buildx plugin is not installed locally",
            "install it (Debian: docker-buildx; Docker's packages: docker-buildx-plugin)",
        )
        .await?;
        self.check_engine(&machine, &instance).await
    }

    /// What an engine that builds by itself cannot do is told before it has begun.
    async fn check_engine(
        &self,
        machine: &Machine<'_>,
        instance: &Instance,
    ) -> Result<(), Failure> {
        let builder = &self.config().builder;
        let variables = &self.hooks.invocation.environment;
        let is_set = |name: &str| variables.get(name).is_some_and(|it| !it.is_empty());
        if let Some(warning) = missing_for_gha(builder, is_set) {
            self.hooks.invocation.announcer.warn(warning);
        }
        let Some(what) = beyond_the_engine(builder, instance) else {
            return Ok(());
        };
        if is_containerds(&machine.run(&image_store()).await?.stdout) {
            return Ok(());
        }
        let headline = format!(
            "{what} with `driver: docker` needs containerd's image store, which this engine has not"
        );
        Err(Failure::new(Kind::Machine, headline).hint(
            "take `driver` out of `builder` to build in a container, or turn the store on: \
             \"features\": {\"containerd-snapshotter\": true} in /etc/docker/daemon.json",
        ))
    }

    async fn check_tool(
        &self,
        line: &CommandLine,
        headline: &str,
        hint: &str,
    ) -> Result<LocalReport, Failure> {
        let report = self.machine().run(line).await?;
        if report.exit_code == 0 {
            return Ok(report);
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

    /// The other machine that builds, where this one has no Docker to ask it with.
    pub(super) async fn over_ssh_alone(
        &self,
        machine: &Machine<'_>,
    ) -> Result<Option<&str>, Failure> {
        let builder = &self.config().builder;
        let url = builder
            .remote
            .as_deref()
            .filter(|it| it.starts_with("ssh://"));
        let Some(url) = url.filter(|_| builder.pack.is_none() && *self.output == Output::Registry)
        else {
            return Ok(None);
        };
        let has_buildx = machine.run(&buildx_version()).await?.exit_code == 0;
        Ok((!has_buildx).then_some(url))
    }
}
