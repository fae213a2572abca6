//! Connected to the hosts, and letting them work.

mod as_far;
mod asking;
mod reachable;

use std::{num::NonZeroUsize, path::Path, sync::Arc, time::Duration};

use dhow_config::{Config, SshConfigFiles};
use dhow_execute::{Executor, HostOutcome, HostReport, PhaseReport};
use dhow_names::Host;
use dhow_plan::{
    HostWork,
    checks::{Unfit, unfit_hosts},
    facts::Facts,
    recipe::Settled,
};
use dhow_roles::Fleet;
use dhow_ssh_exec::{ConfigFiles, ConnectError, Proxy, SshSettings, SshTransport, Transport};

pub(crate) use self::asking::understood;
use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    hooks::HookRunner,
    invocation::Invocation,
    project::{Basis, Project},
};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a host may print nothing before it is given up. Pulling a large layer is silent for long, and a
/// connection that is lost is noticed much earlier.
const SILENCE_LIMIT: Duration = Duration::from_mins(30);

/// Everything a command has in hand once it is connected.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) project: &'a Project,
    pub(crate) basis: &'a Basis,
    pub(crate) fleet: &'a Fleet<'a>,
    /// The hosts that are connected to and looked at: all that are selected, or fewer.
    reach: Vec<Host>,
    /// Those that should be and cannot.
    unreachable: Vec<ConnectError>,
    pub(crate) transport: Arc<SshTransport>,
}

impl<'a> Session<'a> {
    /// Runs the `pre-connect` hook and connects to every selected host. All that cannot be reached are told in
    /// one go.
    pub(crate) async fn open(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
    ) -> Result<Self, Failure> {
        Self::open_to(invocation, project, basis, fleet, fleet.all_hosts()).await
    }

    /// The same for these hosts only. The hook is told of every selected one, as always.
    pub(crate) async fn open_to(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
        reach: Vec<Host>,
    ) -> Result<Self, Failure> {
        let mut session = Self::unconnected(invocation, project, basis, fleet)?;
        session.reach = reach;
        session.hooks().pre_connect().await?;
        session.connect(&session.reach).await?;
        Ok(session)
    }

    /// Connects without running any hook, for a command that promises to change nothing.
    pub(crate) async fn connect_quietly(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
    ) -> Result<Self, Failure> {
        let session = Self::unconnected(invocation, project, basis, fleet)?;
        session.connect(&session.hosts()).await?;
        Ok(session)
    }

    fn unconnected(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
    ) -> Result<Self, Failure> {
        // A person's own command may work in silence for as long as it likes, and so may what is followed.
        let of_a_person = matches!(invocation.command.as_slice(), [_, "exec" | "logs"]);
        let transport = ssh_transport(invocation, project, basis, |settings| {
            settings.silence_limit = (!of_a_person).then_some(SILENCE_LIMIT);
        })?;
        Ok(Self {
            invocation,
            project,
            basis,
            fleet,
            reach: fleet.all_hosts(),
            unreachable: Vec::new(),
            transport: Arc::new(transport),
        })
    }

    /// The hosts that are connected to.
    pub(crate) fn reached(&self) -> &[Host] {
        &self.reach
    }

    /// Whether a host is connected to.
    pub(crate) fn reaches(&self, host: &Host) -> bool {
        self.reach.contains(host)
    }

    /// Every selected host.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        self.fleet.all_hosts()
    }

    /// Opens every connection anew.
    pub(crate) async fn reconnect(&self) -> Result<(), Failure> {
        self.transport.close().await;
        self.connect(&self.reach).await
    }

    async fn connect(&self, hosts: &[Host]) -> Result<(), Failure> {
        let errors = self.try_to_connect(hosts).await?;
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Failure::unreachable(&errors))
        }
    }

    /// Connects to those that can be reached, and tells why the others cannot.
    async fn try_to_connect(&self, hosts: &[Host]) -> Result<Vec<ConnectError>, Failure> {
        let results = tokio::select! {
            results = self.transport.connect(hosts) => results,
            () = self.invocation.interrupt.cancelled() => return Err(interrupted_early()),
        };
        let errors = results.into_iter().filter_map(|(_, result)| result.err());
        Ok(errors.collect())
    }

    /// The project's hooks.
    pub(crate) fn hooks(&self) -> HookRunner<'_> {
        HookRunner {
            invocation: self.invocation,
            project: self.project,
            basis: self.basis,
            fleet: self.fleet,
        }
    }

    /// What recipes take.
    pub(crate) fn settled(&self) -> Settled<'_> {
        self.basis.settled(self.fleet)
    }

    /// Carries out plans on the hosts.
    pub(crate) fn executor(&self) -> Executor<'_, SshTransport> {
        let Invocation {
            announcer,
            interrupt,
            ..
        } = self.invocation;
        Executor::new(&self.transport, announcer, interrupt.clone())
    }

    /// Lets hosts do something; all of them have to finish.
    pub(crate) async fn work(
        &self,
        title: &str,
        work: &[HostWork],
    ) -> Result<Vec<HostReport>, Failure> {
        let report = self.attempt(title, work).await?;
        if report.unfinished().next().is_some() {
            return Err(Failure::phase(&report));
        }
        Ok(report.hosts)
    }

    /// Lets hosts do something, and reports of each how that went.
    pub(crate) async fn attempt(
        &self,
        title: &str,
        work: &[HostWork],
    ) -> Result<PhaseReport, Failure> {
        let hosts = self
            .executor()
            .hosts(work, &self.invocation.interrupt)
            .await;
        let report = PhaseReport {
            title: title.to_owned(),
            hosts,
        };
        if report
            .hosts
            .iter()
            .any(|host| host.outcome == HostOutcome::Interrupted)
        {
            return Err(Failure::new(
                Kind::Signal(2),
                format!("interrupted: {title}"),
            ));
        }
        Ok(report)
    }

    /// Fails when a host cannot be deployed to.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), Failure> {
        let mut unfit = unfit_hosts(self.fleet, facts);
        unfit.retain(|(host, _)| self.reach.contains(host));
        if unfit.is_empty() {
            Ok(())
        } else {
            Err(Failure::unfit(&unfit))
        }
    }

    /// Hosts without Docker.
    pub(crate) fn without_docker(&self, facts: &Facts) -> Vec<Host> {
        let unfit = unfit_hosts(self.fleet, facts).into_iter();
        unfit
            .filter(|(_, reason)| *reason == Unfit::NoDocker)
            .map(|(host, _)| host)
            .collect()
    }

    /// The same connections for another version.
    pub(crate) fn about(&self, basis: &'a Basis) -> Self {
        let Self {
            invocation,
            project,
            fleet,
            ..
        } = *self;
        Self {
            invocation,
            project,
            basis,
            fleet,
            reach: self.reach.clone(),
            unreachable: self.unreachable.clone(),
            transport: Arc::clone(&self.transport),
        }
    }

    /// The same connections for a part of the servers.
    pub(crate) fn within<'b>(&'b self, fleet: &'b Fleet<'b>) -> Session<'b> {
        Session {
            fleet,
            ..self.about(self.basis)
        }
    }

    /// Closes the connections.
    pub(crate) async fn close(&self) {
        self.transport.close().await;
    }
}

/// A signal came before anything was changed.
pub(crate) fn interrupted_early() -> Failure {
    Failure::new(Kind::Signal(2), "interrupted, nothing was changed")
}

/// Reaches machines the way the deploy file says, but for what `adjust` changes.
pub(crate) fn ssh_transport(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    adjust: impl FnOnce(&mut SshSettings),
) -> Result<SshTransport, Failure> {
    let mut settings = ssh_settings(&project.config, &invocation.environment);
    settings.key_data.clone_from(&basis.needs.ssh_keys);
    adjust(&mut settings);
    SshTransport::new(settings).map_err(|error| {
        Failure::new(Kind::Machine, "no folder for the connections' sockets").because(&error)
    })
}

fn ssh_settings(config: &Config, environment: &Environment) -> SshSettings {
    let ssh = &config.ssh;
    let in_project = |path: &Path| environment.folder.join(path);
    let jump = ssh.proxy.as_ref().map(|jump| {
        // A jump host without a user is reached as root, as Kamal does (config §10).
        Proxy::Jump(if jump.contains('@') {
            jump.clone()
        } else {
            format!("root@{jump}")
        })
    });
    let mut settings = SshSettings::new(environment.socket_folder(), environment.seed);
    settings.user = Some(ssh.user.clone().unwrap_or_else(|| "root".to_owned()));
    settings.port = ssh.port.map(std::num::NonZeroU16::get);
    settings.proxy = jump.or_else(|| ssh.proxy_command.clone().map(Proxy::Command));
    settings.keys = ssh
        .keys
        .iter()
        .map(|key| environment.expand_home(key))
        .collect();
    settings.keys_only = ssh.keys_only;
    settings.config = match &ssh.config {
        SshConfigFiles::Default => ConfigFiles::Default,
        SshConfigFiles::None => ConfigFiles::None,
        SshConfigFiles::Files(files) => ConfigFiles::Files(
            files
                .iter()
                .map(|file| in_project(&environment.expand_home(file)))
                .collect(),
        ),
    };
    settings.forward_agent = ssh.forward_agent;
    settings.max_concurrent_starts = NonZeroUsize::try_from(
        usize::try_from(config.sshkit.max_concurrent_starts).unwrap_or(usize::MAX),
    )
    .unwrap_or(NonZeroUsize::MIN);
    settings.dns_retries = config.sshkit.dns_retries;
    settings.connect_timeout = CONNECT_TIMEOUT;
    settings
}
