//! One deploy, from looking at the hosts to the last hook.

mod on_this_machine;

use std::{collections::BTreeSet, time::Instant};

use dhow_config::Architectures;
use dhow_docker::lock::AUTOMATIC;
use dhow_execute::{EventKind, PhaseReport, Progress, Stopped};
use dhow_names::Digest;
use dhow_plan::{
    Hook, HookCall, Plan, Suffixes,
    checks::{other_architectures, outdated_proxies},
    facts::Facts,
    recipe::deploy::{self, Kind},
    rollback,
};
use dhow_registry_client::Manifest;
use dhow_ssh_exec::LocalEnd;

use self::on_this_machine::OnThisMachine;
use crate::{
    arguments::Build,
    bringing::{Bringing, PinnedImage, check_immutable, is_refused_login},
    build_source::Ready,
    deploy_lock::held,
    failure::{self, Failure},
    image_source::ImageSource,
    invocation::Invocation,
    local_registry::LocalRegistry,
    session::{Session, interrupted_early},
};

/// One deploy of the version that the session is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) kind: Kind,
    pub(crate) build: Build,
    /// The registry on this machine, when the image comes from there.
    pub(crate) registry: Option<&'a LocalRegistry<'a>>,
    /// What the registry said of the version while the hosts were connected to.
    pub(crate) known: Option<&'a (ImageSource<'a>, Manifest)>,
    /// What is built, when it was made ready while the hosts were connected to.
    pub(crate) ready: Option<&'a Ready>,
    /// Whether the version is the one before the current one, which holds only as long as nobody else deploys.
    pub(crate) is_the_one_before: bool,
}

impl Deployment<'_> {
    /// Deploys. Whatever happens, the lock is given up again.
    pub(crate) async fn run(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut facts = self.session.look_before_pull().await?;
        self.check_lock(&facts)?;
        if self.kind == Kind::Setup {
            facts = self.bootstrap(facts).await?;
        }
        self.check(&facts)?;
        let asked;
        let (source, image) = if let Some((source, manifest)) = self.known {
            (source, manifest.clone().into())
        } else {
            asked = ImageSource::of(self.session, &facts, self.registry).await?;
            (&asked, self.image(&asked, &facts).await?)
        };
        let basis = self.session.basis.pinned(image.digest);
        let session = self.session.about(&basis);
        let pinned = Deployment {
            session: &session,
            ..*self
        };
        pinned.bring(source, &image, &facts).await?;

        let told = self.session.take_lock().await?;
        let result = pinned.under_lock(told).await;
        // Whoever takes the lock now moves the tag again, when all of a deploy is done.
        let tag = async {
            if result.is_ok() {
                pinned.bringing(source).move_latest(&image).await;
            }
        };
        let ((), released) = tokio::join!(tag, self.session.give_up_lock());
        failure::both(result, released)?;

        let call = HookCall {
            hook: Hook::PostDeploy,
            hosts: self.session.hosts(),
        };
        let deployed = format!(
            "version {} is deployed all the same",
            self.session.basis.version
        );
        let hooks = self.session.hooks();
        hooks
            .run_as_phase(&call, Some(began.elapsed()))
            .await
            .map_err(|it| it.hint(deployed))
    }

    /// Installs Docker where it is missing, then looks again. Being let into the group `docker` counts from the
    /// next login, so every connection is opened anew.
    async fn bootstrap(&self, facts: Facts) -> Result<Facts, Failure> {
        let missing = self.session.without_docker(&facts);
        let hooks = self.session.hooks();
        let plan = hooks.only_present(deploy::bootstrap(&self.session.settled(), &missing));
        let executor = self.session.executor();
        let stopped = executor.carry_out(&plan, &OnThisMachine::of(self)).await;
        stopped.map_err(|stopped| self.explain(stopped, None))?;
        if missing.is_empty() {
            return Ok(facts);
        }
        self.session.reconnect().await?;
        self.session.look_before_pull().await
    }

    fn bringing<'b>(&'b self, source: &'b ImageSource<'b>) -> Bringing<'b> {
        Bringing {
            session: self.session,
            source,
            registry: self.registry,
        }
    }

    /// Which image this is about: the one that is built now, one that lies on the hosts, or one that the registry has.
    async fn image(&self, source: &ImageSource<'_>, facts: &Facts) -> Result<PinnedImage, Failure> {
        let bringing = self.bringing(source);
        if self.builds() {
            let Session {
                invocation,
                project,
                basis,
                ..
            } = self.session;
            check_immutable(invocation, project, basis, source).await?;
            let digest = self.build().await?;
            return Ok(bringing.known(digest).await);
        }
        if self.kind != Kind::Rollback {
            return bringing.existing().await;
        }
        let session = self.session;
        match rollback::kept(session.fleet, facts, &session.basis.version) {
            Some(Some(digest)) => Ok(bringing.known(Some(digest)).await),
            // No registry knows it; what lies there is what is meant.
            Some(None) => Ok(PinnedImage::default()),
            None => bringing.existing().await,
        }
    }

    async fn build(&self) -> Result<Option<Digest>, Failure> {
        let work = OnThisMachine::of(self);
        let plan = self
            .session
            .hooks()
            .only_present(deploy::build(&self.session.settled()));
        let executor = self.session.executor();
        let stopped = executor.carry_out(&plan, &work).await;
        stopped.map_err(|stopped| self.explain_early(stopped))?;
        Ok(work.built.get().and_then(|built| built.digest))
    }

    /// Nothing that runs is touched.
    async fn bring(
        &self,
        source: &ImageSource<'_>,
        image: &PinnedImage,
        facts: &Facts,
    ) -> Result<(), Failure> {
        let bringing = self.bringing(source);
        bringing.check_room(image, facts).await?;
        let Err(failure) = self.pull(source, facts).await else {
            return Ok(());
        };
        if !is_refused_login(&failure) {
            return Err(failure);
        }
        // The token of a registry lives for minutes or hours, and a build may take as long.
        let Some(basis) = self.session.basis.with_another_login(self.session).await? else {
            return Err(failure);
        };
        self.session.invocation.announcer.note(
            "The registry refused the login that was read at the start; the secrets say another one now",
        );
        let session = self.session.about(&basis);
        let renewed = Deployment {
            session: &session,
            ..*self
        };
        renewed.pull(source, facts).await
    }

    async fn pull(&self, source: &ImageSource<'_>, facts: &Facts) -> Result<(), Failure> {
        let carry_out = async |plan: &Plan, registry: Option<LocalEnd>| {
            let plan = self.session.hooks().only_present(plan.clone());
            let executor = self.session.executor().serving(registry);
            let done = executor.carry_out(&plan, &OnThisMachine::of(self)).await;
            done.map(|_| ())
                .map_err(|stopped| self.explain_early(stopped))
        };
        self.bringing(source)
            .pull(self.kind, facts, carry_out)
            .await
    }

    fn explain_early(&self, stopped: Stopped<Failure>) -> Failure {
        self.explain(stopped, None)
            .hint("nothing that runs was touched")
    }

    /// What touches what runs. The facts are looked up anew, now that nobody else deploys; some were told with the lock.
    async fn under_lock(&self, told: Facts) -> Result<(), Failure> {
        let session = self.session;
        let facts = session.look_beyond(told).await?;
        session.check(&facts)?;
        self.check_that_it_still_is_the_one_before(&facts)?;
        let executor = session.executor();
        for host in session.fleet.app_hosts() {
            let known = facts.of(host);
            for placement in session.fleet.on(host) {
                let before = known.current_version(&session.basis.names, placement.role);
                let role = &placement.role.name;
                executor
                    .progress()
                    .expect(host, role, before.map(str::to_owned));
            }
        }
        let mut suffixes = Suffixes::from_seed(session.invocation.environment.seed);
        let plan = deploy::under_lock(&session.settled(), self.kind, &facts, &mut suffixes);
        let result = executor
            .carry_out(
                &session.hooks().only_present(plan),
                &OnThisMachine::of(self),
            )
            .await;
        let progress = executor.progress().clone();
        match result {
            Ok(_) => {
                self.tell_what_runs(&progress);
                Ok(())
            }
            Err(stopped) => Err(self.explain(stopped, Some(&progress))),
        }
    }

    /// Everything that can be known to go wrong before anything changes.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), Failure> {
        self.session.check(facts)?;
        if self.kind.looks_after_proxy() {
            let outdated = outdated_proxies(self.session.fleet, facts);
            if !outdated.is_empty() {
                return Err(Failure::unfit(&outdated));
            }
        }
        if self.builds() {
            self.check_architectures(facts)
        } else {
            Ok(())
        }
    }

    /// A lock that will not be waited for stops the deploy before anything is built (decision 0004).
    pub(crate) fn check_lock(&self, facts: &Facts) -> Result<(), Failure> {
        let Invocation { global, .. } = self.session.invocation;
        match facts.of(self.session.fleet.primary_host()).lock {
            None => Ok(()),
            Some(_) if self.session.lock_is_inherited() => Ok(()),
            // One that says nothing yet was taken this very moment.
            Some(it) if global.lock_wait && (it.is_empty() || it.contains(AUTOMATIC)) => Ok(()),
            Some(holder) => Err(held(self.session, &holder)),
        }
    }

    /// An image that is about to be built must run on every host that gets it.
    fn check_architectures(&self, facts: &Facts) -> Result<(), Failure> {
        let built = match &self.session.project.config.builder.arch {
            Architectures::Named(named) => named.iter().map(|it| it.family().to_owned()).collect(),
            Architectures::OfThisMachine => vec![this_machine()],
        };
        let others = other_architectures(self.session.fleet, facts, &built);
        if others.is_empty() {
            return Ok(());
        }
        let built_list = built.join(", ");
        let headline =
            format!("the image would be built for {built_list} only, nothing was changed");
        let mut failure = Failure::new(failure::Kind::Host, headline);
        let mut wanted: BTreeSet<&str> = built.iter().map(String::as_str).collect();
        for (host, architecture) in &others {
            failure.causes.push(format!("{host} is {architecture}"));
            wanted.insert(architecture);
        }
        let wanted = wanted.into_iter().collect::<Vec<_>>().join(", ");
        Err(failure.hint(format!(
            "write `builder: {{arch: [{wanted}]}}` in the deploy file"
        )))
    }

    fn check_that_it_still_is_the_one_before(&self, facts: &Facts) -> Result<(), Failure> {
        let version = &self.session.basis.version;
        if !self.is_the_one_before
            || rollback::choose(self.session.fleet, facts, None).is_ok_and(|it| it == *version)
        {
            return Ok(());
        }
        let headline =
            format!("somebody deployed in the meantime: {version} is not the version before");
        Err(Failure::new(failure::Kind::Step, headline)
            .hint("nothing was changed; run the same command again, or name the version"))
    }

    fn builds(&self) -> bool {
        !self.build.skip_push && self.kind != Kind::Rollback
    }

    fn tell_what_runs(&self, progress: &Progress) {
        let deployed = progress.deployed(self.session.basis.version.as_str());
        let announcer = &self.session.invocation.announcer;
        announcer.tell(EventKind::Deployed(deployed));
    }

    fn explain(&self, stopped: Stopped<Failure>, progress: Option<&Progress>) -> Failure {
        let failure = match stopped {
            Stopped::Local(failure) => failure,
            Stopped::Hosts(report) => Failure::phase(&report),
            Stopped::Interrupted(report) => interrupted(report.as_ref(), progress.is_some()),
        };
        match progress {
            Some(progress) => {
                failure.what_runs_where(progress, self.session.basis.version.as_str())
            }
            None => failure,
        }
    }

    /// What `plan` shows.
    pub(crate) fn story(&self, facts: &Facts) -> String {
        let settled = self.session.settled();
        let mut suffixes = Suffixes::from_seed(0);
        let hooks = self.session.hooks();
        let everything = self.session.invocation.global.verbose;
        let part = |plan| {
            let plan = hooks.only_present(plan);
            if everything {
                format!("{plan:#}")
            } else {
                plan.to_string()
            }
        };
        let built = if self.builds() {
            let made = "  the digest of what is made is what every host pulls and runs\n";
            part(deploy::build(&settled)) + made
        } else {
            String::new()
        };
        [
            part(deploy::before_connecting(&settled)),
            built,
            part(deploy::pull(&settled, self.kind, facts)),
            format!(
                "Take the deploy lock on {}\n",
                self.session.fleet.primary_host()
            ),
            part(deploy::under_lock(
                &settled,
                self.kind,
                facts,
                &mut suffixes,
            )),
            "Release the deploy lock\n".to_owned(),
            part(deploy::after_lock(&settled)),
        ]
        .concat()
    }
}

fn interrupted(report: Option<&PhaseReport>, under_lock: bool) -> Failure {
    let headline = match report {
        Some(report) => format!("interrupted during: {}", report.title),
        None if under_lock => "interrupted".to_owned(),
        None => return interrupted_early(),
    };
    Failure::new(failure::Kind::Signal(2), headline)
}

/// The architecture of this machine in Docker's words.
fn this_machine() -> String {
    match std::env::consts::ARCH {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    }
}
