//! The part of a deploy's plan that is done on this machine: hooks, the build, waiting.

use std::{sync::OnceLock, time::Instant};

use dhow_execute::LocalRunner;
use dhow_plan::LocalWork;

use super::Deployment;
use crate::{
    build_source::Ready, built::Built, failure::Failure, image_build::ImageBuild, reporter::seconds,
};

/// What a deploy does on this machine, and what came of it.
pub(super) struct OnThisMachine<'a> {
    deployment: &'a Deployment<'a>,
    /// What was built, once it was.
    pub(super) built: OnceLock<Built>,
}

impl<'a> OnThisMachine<'a> {
    pub(super) fn of(deployment: &'a Deployment<'a>) -> Self {
        Self {
            deployment,
            built: OnceLock::new(),
        }
    }
}

impl LocalRunner for OnThisMachine<'_> {
    type Error = Failure;

    async fn run(&self, work: &LocalWork) -> Result<(), Failure> {
        let Deployment {
            session,
            build,
            registry,
            ..
        } = *self.deployment;
        match work {
            LocalWork::Hook(call) => session.hooks().run(call, None).await,
            LocalWork::Build => {
                let build =
                    ImageBuild::of_deploy(session.hooks(), build.freshness.into(), registry);
                let source = match self.deployment.ready.and_then(Ready::take) {
                    Some(source) => source,
                    None => build.get_ready().await?,
                };
                let image = build.build(source).await?;
                // A plan builds but once.
                let _ = self.built.set(image);
                Ok(())
            }
            LocalWork::Wait(pause) => {
                let began = Instant::now();
                session.executor().wait(*pause).await;
                let note = format!("  waited {}", seconds(began.elapsed()));
                session.invocation.announcer.note(note);
                Ok(())
            }
        }
    }
}
