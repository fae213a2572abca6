//! Running hooks (secrets-and-hooks §8).

use std::{
    collections::BTreeMap,
    ffi::OsString,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use dhow_config::{HookOutput, Hooks};
use dhow_execute::EventKind;
use dhow_names::Host;
use dhow_plan::{Hook, HookCall, LocalWork, Plan, Work};
use dhow_roles::Fleet;
use dhow_secrets::Secrets;
use dhow_ssh_exec::{LocalError, LocalProgram, run_local};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
    run_version::unknown,
};

/// How long a hook may take to end after a signal.
const GRACE: Duration = Duration::from_secs(10);

/// Variables that a hook gets only where there is something to tell. When dhow itself runs in a hook, those of
/// the outer run say nothing about this one.
const TOLD_WHEN_IT_APPLIES: [&str; 5] = [
    "KAMAL_COMMAND",
    "KAMAL_SUBCOMMAND",
    "KAMAL_DESTINATION",
    "KAMAL_ROLES",
    "KAMAL_RUNTIME",
];

/// Runs the project's hooks with what they are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HookRunner<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) project: &'a Project,
    pub(crate) basis: &'a Basis,
    pub(crate) fleet: &'a Fleet<'a>,
}

impl Project {
    /// The file of a hook, when the project has one and hooks are not skipped.
    pub(crate) fn hook_file(&self, hook: Hook, invocation: &Invocation) -> Option<PathBuf> {
        let Hooks { path, .. } = &self.config.hooks;
        let file = invocation.environment.folder.join(path).join(hook.name());
        (!invocation.global.skip_hooks && file.exists()).then_some(file)
    }
}

impl HookRunner<'_> {
    /// The file of a hook, when the project has one and hooks are not skipped.
    pub(crate) fn file(&self, hook: Hook) -> Option<PathBuf> {
        self.project.hook_file(hook, self.invocation)
    }

    /// The plan without the hooks that the project does not have.
    pub(crate) fn only_present(&self, mut plan: Plan) -> Plan {
        plan.phases.retain(|phase| match &phase.work {
            Work::Local(LocalWork::Hook(call)) => self.file(call.hook).is_some(),
            _ => true,
        });
        plan
    }

    /// Runs the `pre-connect` hook, once in a run (secrets-and-hooks §8). Fails before it when any hook could not be
    /// started.
    pub(crate) async fn pre_connect(&self) -> Result<(), Failure> {
        self.check()?;
        if self.invocation.pre_connected.set(()).is_err() {
            return Ok(());
        }
        let call = HookCall {
            hook: Hook::PreConnect,
            hosts: self.fleet.all_hosts(),
        };
        self.run_as_phase(&call, None).await
    }

    /// Runs a hook before or after everything that is planned, and shows it as a phase of its own.
    pub(crate) async fn run_as_phase(
        &self,
        call: &HookCall,
        runtime: Option<Duration>,
    ) -> Result<(), Failure> {
        if self.file(call.hook).is_none() {
            return Ok(());
        }
        let announcer = &self.invocation.announcer;
        let title = format!("Run the {} hook", call.hook.name());
        let began = Instant::now();
        announcer.tell(EventKind::PhaseStarted {
            title: title.clone(),
        });
        let result = self.run(call, runtime).await;
        announcer.tell(EventKind::PhaseFinished {
            title,
            duration: began.elapsed(),
            completed: result.is_ok(),
        });
        result
    }

    /// Fails when a hook could not be started, before anything is done that it would come after.
    fn check(&self) -> Result<(), Failure> {
        for file in Hook::ALL.into_iter().filter_map(|hook| self.file(hook)) {
            let executable =
                fs_err::metadata(&file).is_ok_and(|it| it.permissions().mode() & 0o111 != 0);
            if !executable {
                let file = file.display();
                return Err(Failure::new(
                    Kind::Project,
                    format!("the hook {file} is not executable"),
                )
                .hint(format!("`chmod +x {file}` makes it so, -H runs no hooks")));
            }
        }
        Ok(())
    }

    /// Runs a hook; a project without it is fine. `runtime` is told to the last hook of a deploy.
    pub(crate) async fn run(
        &self,
        call: &HookCall,
        runtime: Option<Duration>,
    ) -> Result<(), Failure> {
        let Some(file) = self.file(call.hook) else {
            return Ok(());
        };
        let name = call.hook.name();
        let mut program =
            LocalProgram::new(file.clone()).in_folder(&self.invocation.environment.folder);
        program.environment = self.variables(call, runtime);
        program.only_this_environment = true;
        program.grace = GRACE;
        let shown = self.project.config.hooks.output_of(name) != Some(HookOutput::Quiet);
        let announcer = &self.invocation.announcer;
        let watch = |line: dhow_ssh_exec::LocalLine| {
            if shown {
                let title = name.to_owned();
                announcer.tell(EventKind::Output {
                    host: None,
                    title,
                    stream: line.stream,
                    line: line.line,
                });
            }
        };
        let report = run_local(&program, self.invocation.interrupt.clone(), watch)
            .await
            .map_err(|error| cannot_start(name, &file, &error))?;
        if report.interrupted {
            let headline = format!("interrupted during: Run the {name} hook");
            return Err(Failure::new(Kind::Signal(2), headline));
        }
        if report.exit_code == 0 {
            return Ok(());
        }
        let mut failure = Failure::new(
            Kind::Step,
            format!(
                "Hook `{name}` failed: {} ended with exit code {}",
                file.display(),
                report.exit_code
            ),
        );
        let said = announcer.redact(&format!("{}{}", report.stdout, report.stderr));
        if !shown && !said.trim().is_empty() {
            failure = failure.detail(format!("It said:\n{said}"));
        }
        Err(failure.hint("-H runs no hooks"))
    }

    /// The whole environment of the hook: dhow's own without what an outer run told dhow, then secrets, then what
    /// this run tells, so that no secret can pretend to be another version or host.
    fn variables(
        &self,
        call: &HookCall,
        runtime: Option<Duration>,
    ) -> BTreeMap<OsString, OsString> {
        let inherited = self.invocation.environment.variables().iter();
        let inherited =
            inherited.filter(|(name, _)| !TOLD_WHEN_IT_APPLIES.contains(&name.as_str()));
        let mut variables: BTreeMap<OsString, OsString> = inherited
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        if call.hook.sees_secrets() {
            let secrets = self.basis.secrets.iter().flat_map(Secrets::iter);
            variables.extend(secrets.map(|(name, it)| (name.as_str().into(), it.expose().into())));
        }
        let told = self
            .always_told(call)
            .into_iter()
            .chain(self.told_when_it_applies());
        variables.extend(told.map(|(name, value)| (name.into(), value.into())));
        if let Some(runtime) = runtime {
            variables.insert("KAMAL_RUNTIME".into(), runtime.as_secs().to_string().into());
        }
        variables
    }

    /// What every hook is told (versioning §4.2).
    fn always_told(&self, call: &HookCall) -> [(&'static str, String); 7] {
        let Invocation {
            environment,
            held_lock,
            ..
        } = self.invocation;
        let service = &self.project.config.service;
        let version = &self.basis.version;
        let hosts: Vec<&str> = call.hosts.iter().map(Host::as_str).collect();
        let locked = held_lock.taken().is_some() || self.invocation.lock_is_inherited();
        [
            ("KAMAL_RECORDED_AT", environment.now_in_seconds()),
            ("KAMAL_PERFORMER", self.basis.auditor.performer.clone()),
            ("KAMAL_VERSION", version.to_string()),
            (
                "KAMAL_SERVICE_VERSION",
                format!("{service}@{}", version.abbreviated()),
            ),
            ("KAMAL_SERVICE", service.to_string()),
            ("KAMAL_HOSTS", hosts.join(",")),
            ("KAMAL_LOCK", locked.to_string()),
        ]
    }

    /// What a hook is told where there is something to tell.
    fn told_when_it_applies(&self) -> Vec<(&'static str, String)> {
        let Invocation {
            global, command, ..
        } = self.invocation;
        let words = ["KAMAL_COMMAND", "KAMAL_SUBCOMMAND"]
            .into_iter()
            .zip(command);
        let mut told: Vec<_> = words
            .map(|(name, word)| (name, (*word).to_owned()))
            .collect();
        // A dhow or Kamal that the hook calls is about the same version (decision 0110).
        if self.basis.version != unknown() {
            told.push(("VERSION", self.basis.version.to_string()));
        }
        if let Some(destination) = &self.project.config.destination {
            told.push(("KAMAL_DESTINATION", destination.to_string()));
        }
        if global.roles.is_some() {
            let roles: Vec<&str> = self
                .fleet
                .roles()
                .iter()
                .map(|it| it.name.as_str())
                .collect();
            told.push(("KAMAL_ROLES", roles.join(",")));
        }
        told
    }
}

fn cannot_start(name: &str, file: &std::path::Path, error: &LocalError) -> Failure {
    Failure::new(
        Kind::Step,
        format!("Hook `{name}` failed: {} cannot be started", file.display()),
    )
    .because(error)
    .hint(format!(
        "is it executable (`chmod +x {}`), and is its first line right?",
        file.display()
    ))
}
