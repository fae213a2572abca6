//! What is read of the project before anything is decided.

use dhow_config::{Config, Loaded, Mentions, Problem, Sources, refuse_old_hooks};
use dhow_docker::{Names, Repository, audit::Auditor};
use dhow_erb::SystemRuntime;
use dhow_names::{Destination, Digest};
use dhow_plan::{Files, Needs, recipe::Settled};
use dhow_roles::{Fleet, Selection};
use dhow_secrets::{LocalRunner, Secrets};
use dhow_versioning::{ChosenVersion, GitUser, Version, WorkTree, WorkTreeError};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::{
    accessory_files,
    arguments::Global,
    environment::Environment,
    error_pages,
    failure::{Failure, Kind},
    invocation::Invocation,
    session::{Session, interrupted_early},
};

/// The deploy file, the repository around it, and who works with it.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) config: Config,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) merged: serde_yaml::Value,
    pub(crate) sources: Sources,
    /// Where the deploy file speaks of secrets.
    pub(crate) mentions: Mentions,
    /// What ERB tags see, with the variables that those of the deploy file have set.
    pub(crate) templates: SystemRuntime,
    pub(crate) selection: Selection,
    pub(crate) work_tree: Result<WorkTree, WorkTreeError>,
    pub(crate) user: GitUser,
    /// The version of this run, once somebody asked for it.
    pub(crate) chosen_version: OnceCell<ChosenVersion>,
}

impl Project {
    /// Reads the deploy file and the repository.
    pub(crate) fn read(
        global: &Global,
        environment: &Environment,
        colour: bool,
    ) -> Result<Self, Failure> {
        let destination: Option<Destination> =
            global.destination.as_deref().map(str::parse).transpose()?;
        let mut templates =
            SystemRuntime::new(&environment.folder, environment.variables().clone());
        let sources = Sources::read(
            &environment.folder,
            &global.config_file,
            destination.as_ref(),
            &mut templates,
        )?;
        let Loaded {
            config,
            warnings,
            merged,
            mentions,
        } = dhow_config::load(&sources, destination.as_ref())
            .map_err(|problems| Failure::problems(&problems, colour))?;
        refuse_old_hooks(&environment.folder, &config.hooks)?;
        let selection = Selection::parse(
            global.hosts.as_deref(),
            global.roles.as_deref(),
            global.primary,
        )?;
        Ok(Self {
            config,
            warnings,
            merged,
            sources,
            mentions,
            templates,
            selection,
            work_tree: WorkTree::discover(&environment.folder),
            user: GitUser::read(&environment.folder),
            chosen_version: OnceCell::new(),
        })
    }

    /// The selected part of the servers.
    pub(crate) fn fleet(&self) -> Result<Fleet<'_>, Failure> {
        Ok(Fleet::select(&self.config, &self.selection)?)
    }

    /// The name that locks carry.
    pub(crate) fn user_name(&self) -> String {
        let GitUser { name, email } = &self.user;
        name.as_ref()
            .or(email.as_ref())
            .map_or_else(|| "Unknown".to_owned(), String::clone)
    }

    fn auditor(&self, environment: &Environment) -> Auditor {
        Auditor {
            recorded_at: environment.now_in_seconds(),
            performer: self.performer(environment),
        }
    }

    /// The name that audit lines and hooks carry: the e-mail address of git, else the local user's name.
    pub(crate) fn performer(&self, environment: &Environment) -> String {
        let local = || {
            environment
                .get("USER")
                .or_else(|| environment.get("LOGNAME"))
        };
        self.user
            .email
            .clone()
            .or_else(|| local().map(str::to_owned))
            .unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Does work that runs programs with `runner`, beside the loop that listens for signals; a signal stops
/// the programs.
pub(crate) async fn with_local_programs<T: Send + 'static>(
    runner: LocalRunner,
    interrupt: &CancellationToken,
    work: impl FnOnce(LocalRunner) -> T + Send + 'static,
) -> Result<T, Failure> {
    let stop = runner.stop_handle();
    tokio::select! {
        done = tokio::task::spawn_blocking(move || work(runner)) => {
            done.map_err(|error| Failure::of(Kind::Machine, &error))
        }
        () = interrupt.cancelled() => {
            stop.stop();
            Err(interrupted_early())
        }
    }
}

/// Everything that recipes need and that does not depend on hosts.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    pub(crate) version: Version,
    /// The content of the version's image, once it is known.
    pub(crate) digest: Option<Digest>,
    pub(crate) names: Names,
    pub(crate) repository: Repository,
    pub(crate) needs: Needs,
    pub(crate) secrets: Option<Secrets>,
    pub(crate) files: Files,
    pub(crate) auditor: Auditor,
}

impl Basis {
    /// Gathers it. All that is missing is told now, before anything happens.
    pub(crate) async fn gather(
        project: &Project,
        version: Version,
        invocation: &Invocation,
    ) -> Result<Self, Failure> {
        let environment = &invocation.environment;
        let secrets = project.needed_secrets(invocation).await?;
        let needs = project.needs(&secrets, invocation)?;
        let files = Files {
            accessories: accessory_files::read(
                &project.config,
                &project.templates,
                &secrets,
                &environment.folder,
            )?,
            error_pages: error_pages::read(&project.config, &environment.folder)?,
        };
        Ok(Self {
            version,
            digest: None,
            names: Names::of(&project.config),
            repository: Repository::of(&project.config),
            needs,
            secrets: Some(secrets),
            files,
            auditor: project.auditor(environment),
        })
    }

    /// What looking at hosts needs: no secrets, and no version where none can be told.
    pub(crate) fn for_looking(project: &Project, invocation: &Invocation) -> Self {
        Self {
            version: project.version_or_unknown(invocation),
            digest: None,
            names: Names::of(&project.config),
            repository: Repository::of(&project.config),
            needs: Needs::default(),
            secrets: None,
            files: Files {
                accessories: accessory_files::read_plain(
                    &project.config,
                    &invocation.environment.folder,
                ),
                ..Files::default()
            },
            auditor: project.auditor(&invocation.environment),
        }
    }

    /// The same for another version.
    pub(crate) fn at(&self, version: Version) -> Self {
        Self {
            version,
            digest: None,
            ..self.clone()
        }
    }

    /// The same with the registry's login as the secrets say it now; none when they say nothing new.
    pub(crate) async fn with_another_login(
        &self,
        session: &Session<'_>,
    ) -> Result<Option<Self>, Failure> {
        let Session {
            project,
            invocation,
            ..
        } = *session;
        let secrets = project.needed_secrets(invocation).await?;
        let needs = project.needs(&secrets, invocation)?;
        Ok((needs.login != self.needs.login).then(|| Self {
            needs,
            secrets: Some(secrets),
            ..self.clone()
        }))
    }

    /// The same for the version's image of this content.
    pub(crate) fn pinned(&self, digest: Option<Digest>) -> Self {
        Self {
            digest,
            ..self.clone()
        }
    }

    /// What recipes take.
    pub(crate) fn settled<'a>(&'a self, fleet: &'a Fleet<'a>) -> Settled<'a> {
        Settled {
            fleet,
            names: &self.names,
            repository: &self.repository,
            version: &self.version,
            digest: self.digest,
            needs: &self.needs,
            files: &self.files,
            auditor: &self.auditor,
        }
    }
}
