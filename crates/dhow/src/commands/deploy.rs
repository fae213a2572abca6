//! `deploy`, `redeploy`, `setup` and `plan`.

use std::{collections::BTreeSet, time::Instant};

use dhow_builder::Output;
use dhow_docker::lock::AUTOMATIC;
use dhow_execute::{LocalRunner, PhaseReport, Progress, Serving, Stopped};
use dhow_names::Host;
use dhow_plan::{
    Hook, HookCall, LocalWork, Suffixes,
    facts::{Engine, Facts},
    recipe::deploy::{self, Kind},
};
use dhow_versioning::Version;

use super::read_project;
use crate::{
    arguments::Build,
    deploy_lock::held,
    failure::{self, Failure},
    hooks::HookRunner,
    image_build::ImageBuild,
    invocation::Invocation,
    project::{Basis, Project},
    reporter::seconds,
    session::Session,
};

/// Deploys.
pub(crate) async fn run(invocation: &Invocation, kind: Kind, build: Build) -> Result<(), Failure> {
    let began = Instant::now();
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    if !build.skip_push {
        // What can be known here is told before anybody is bothered.
        let hooks = HookRunner {
            invocation,
            project: &project,
            basis: &basis,
            fleet: &fleet,
        };
        let no_cache = build.no_cache;
        ImageBuild {
            hooks,
            output: &Output::Registry,
            no_cache,
        }
        .check()
        .await?;
    }
    let session = Session::open(invocation, &project, &basis, &fleet).await?;
    let result = Deployment {
        session: &session,
        kind,
        build,
    }
    .run()
    .await;
    session.close().await;
    invocation.announcer.note(format!(
        "Finished all in {:.1} seconds",
        began.elapsed().as_secs_f64()
    ));
    result
}

/// Shows what a deploy would do, and changes nothing.
pub(crate) async fn show(invocation: &Invocation, build: Build) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let basis = gather(invocation, &project).await?;
    let session = Session::connect_quietly(invocation, &project, &basis, &fleet).await?;
    let result = session.look().await;
    session.close().await;
    let facts = result?;
    let deployment = Deployment {
        session: &session,
        kind: Kind::Deploy,
        build,
    };
    deployment.check(&facts)?;
    invocation.terminal.data(deployment.story(&facts));
    Ok(())
}

/// Everything a deploy needs, and the version that it is about.
pub(super) async fn gather(invocation: &Invocation, project: &Project) -> Result<Basis, Failure> {
    let Invocation {
        global,
        environment,
        ..
    } = invocation;
    let version = project.version(global.version.as_deref(), environment)?;
    version.check_deployable()?;
    gather_at(invocation, project, version).await
}

/// Everything a deploy of this version needs.
pub(super) async fn gather_at(
    invocation: &Invocation,
    project: &Project,
    version: Version,
) -> Result<Basis, Failure> {
    let Invocation {
        environment,
        announcer,
        interrupt,
        ..
    } = invocation;
    let basis = Basis::gather(project, version, environment, interrupt).await?;
    if let Some(secrets) = &basis.secrets {
        announcer.keep_out(secrets.redactor());
        for warning in secrets.warnings() {
            announcer.warn(warning.to_string());
        }
    }
    Ok(basis)
}

/// One deploy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deployment<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) kind: Kind,
    pub(super) build: Build,
}

impl Deployment<'_> {
    fn image_build(&self) -> ImageBuild<'_> {
        ImageBuild {
            hooks: self.session.hooks(),
            output: &Output::Registry,
            no_cache: self.build.no_cache,
        }
    }

    fn builds(&self) -> bool {
        !self.build.skip_push && self.kind != Kind::Rollback
    }

    pub(super) async fn run(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut facts = self.session.look().await?;
        if self.kind == Kind::Setup {
            facts = self.bootstrap(facts).await?;
        }
        self.check(&facts)?;
        let settled = self.session.settled();
        let hooks = self.session.hooks();
        let plan = hooks.only_present(deploy::before_lock(&settled, self.kind, self.builds()));
        let executor = self.session.executor();
        executor.carry_out(&plan, self).await.map_err(|stopped| {
            self.explain(stopped, None)
                .hint("nothing that runs was touched")
        })?;

        self.session.take_lock().await?;
        let result = self.under_lock().await;
        let released = self.session.give_up_lock().await;
        failure::both(result, released)?;

        let hosts = self
            .session
            .fleet
            .hosts()
            .iter()
            .map(|host| (*host).clone())
            .collect();
        let call = HookCall {
            hook: Hook::PostDeploy,
            hosts,
        };
        self.session
            .hooks()
            .run_as_phase(&call, Some(began.elapsed()))
            .await
            .map_err(|failure| {
                failure.hint(format!(
                    "version {} is deployed all the same",
                    self.session.basis.version
                ))
            })
    }

    /// What touches what runs. The facts are looked up anew, now that nobody else deploys.
    async fn under_lock(&self) -> Result<(), Failure> {
        let session = self.session;
        let facts = session.look().await?;
        let executor = session.executor();
        for host in session.fleet.app_hosts() {
            let known = facts.of(host);
            for placement in session.fleet.on(host) {
                let before = known.current_version(&session.basis.names, placement.role);
                executor
                    .progress()
                    .expect(host, &placement.role.name, before.map(str::to_owned));
            }
        }
        let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
        let plan = deploy::under_lock(&session.settled(), self.kind, &facts, &mut suffixes);
        let plan = session.hooks().only_present(plan);
        let result = executor.carry_out(&plan, self).await;
        let progress = executor.progress().clone();
        match result {
            Ok(_) => {
                self.tell_what_runs(&progress);
                Ok(())
            }
            Err(stopped) => Err(self.explain(stopped, Some(&progress))),
        }
    }

    fn tell_what_runs(&self, progress: &Progress) {
        let version = self.session.basis.version.as_str();
        for (host, role, state) in progress.rows() {
            let before = state.before.as_deref().unwrap_or("nothing");
            let now = if state.serving == Serving::Old {
                before
            } else {
                version
            };
            self.session
                .invocation
                .announcer
                .note(format!("  {host}  {role}  {before} -> {now}"));
        }
    }

    /// Installs Docker where it is missing, then looks again.
    async fn bootstrap(&self, facts: Facts) -> Result<Facts, Failure> {
        let missing = self.session.without_docker(&facts);
        let plan = deploy::bootstrap(&self.session.settled(), &missing);
        let plan = self.session.hooks().only_present(plan);
        let executor = self.session.executor();
        executor
            .carry_out(&plan, self)
            .await
            .map_err(|stopped| self.explain(stopped, None))?;
        if missing.is_empty() {
            Ok(facts)
        } else {
            self.session.look().await
        }
    }

    /// Everything that can be known to go wrong before anything changes.
    pub(super) fn check(&self, facts: &Facts) -> Result<(), Failure> {
        self.session.check(facts)?;
        self.check_architectures(facts)?;
        let primary = facts.of(self.session.fleet.primary_host());
        let Invocation {
            global,
            environment,
            ..
        } = self.session.invocation;
        let inherited = environment.get("KAMAL_LOCK") == Some("true");
        match primary.lock {
            // One that was taken by hand is not waited for, so it is told before anything is built.
            Some(holder) if !inherited && !(global.lock_wait && holder.contains(AUTOMATIC)) => {
                Err(held(&holder))
            }
            _ => Ok(()),
        }
    }

    /// An image that is about to be built must run on every host that gets it.
    fn check_architectures(&self, facts: &Facts) -> Result<(), Failure> {
        if !self.builds() {
            return Ok(());
        }
        let built = &self.session.project.config.builder.arch;
        let mut wanted: BTreeSet<String> = built.iter().cloned().collect();
        let mut lacking: Vec<(&Host, String)> = Vec::new();
        for host in self.session.fleet.app_hosts() {
            if let Engine::Running {
                architecture: Some(architecture),
                ..
            } = facts.of(host).engine
                && !built.contains(&architecture)
            {
                wanted.insert(architecture.clone());
                lacking.push((host, architecture));
            }
        }
        if lacking.is_empty() {
            return Ok(());
        }
        let headline = format!(
            "the image would be built for {} only, nothing was changed",
            built.join(", ")
        );
        let mut failure = Failure::new(failure::Kind::Host, headline);
        for (host, architecture) in lacking {
            failure.causes.push(format!("{host} is {architecture}"));
        }
        let all: Vec<String> = wanted.into_iter().collect();
        Err(failure.hint(format!(
            "write `builder: {{arch: [{}]}}` in the deploy file",
            all.join(", ")
        )))
    }

    fn explain(&self, stopped: Stopped<Failure>, progress: Option<&Progress>) -> Failure {
        let with_table = |failure: Failure| match progress {
            Some(progress) => {
                failure.what_runs_where(progress, self.session.basis.version.as_str())
            }
            None => failure,
        };
        match stopped {
            Stopped::Local(failure) => with_table(failure),
            Stopped::Hosts(report) => with_table(Failure::phase(&report)),
            Stopped::Interrupted(report) => {
                with_table(interrupted(report.as_ref(), progress.is_some()))
            }
        }
    }

    /// What `plan` shows.
    fn story(&self, facts: &Facts) -> String {
        let settled = self.session.settled();
        let mut suffixes = Suffixes::from_seed(0);
        let before = deploy::before_lock(&settled, self.kind, self.builds());
        let under = deploy::under_lock(&settled, self.kind, facts, &mut suffixes);
        let after = deploy::after_lock(&settled);
        let hooks = self.session.hooks();
        let lock = format!(
            "Take the deploy lock on {}\n",
            self.session.fleet.primary_host()
        );
        let pre_connect = deploy::before_connecting(&settled);
        let parts = [
            hooks.only_present(pre_connect).to_string(),
            hooks.only_present(before).to_string(),
            lock,
            hooks.only_present(under).to_string(),
            "Release the deploy lock\n".to_owned(),
            hooks.only_present(after).to_string(),
        ];
        parts.concat()
    }
}

fn interrupted(report: Option<&PhaseReport>, under_lock: bool) -> Failure {
    let headline = match report {
        Some(report) => format!("interrupted during: {}", report.title),
        None if under_lock => "interrupted".to_owned(),
        None => return crate::session::interrupted_early(),
    };
    Failure::new(failure::Kind::Signal(2), headline)
}

impl LocalRunner for Deployment<'_> {
    type Error = Failure;

    async fn run(&self, work: &LocalWork) -> Result<(), Failure> {
        match work {
            LocalWork::Hook(call) => self.session.hooks().run(call, None).await,
            LocalWork::Build => self.image_build().build().await,
            LocalWork::Wait(pause) => {
                let began = Instant::now();
                self.session.executor().wait(*pause).await;
                self.session
                    .invocation
                    .announcer
                    .note(format!("  waited {}", seconds(began.elapsed())));
                Ok(())
            }
        }
    }
}
