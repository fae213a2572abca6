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
use dhow_ssh_exec::{LocalError, LocalProgram, run_local};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
};

/// How long a hook may take to end after a signal.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the project's hooks with what they are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HookRunner<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) project: &'a Project,
    pub(crate) basis: &'a Basis,
    pub(crate) fleet: &'a Fleet<'a>,
}

impl HookRunner<'_> {
    /// The file of a hook, when the project has one and hooks are not skipped.
    pub(crate) fn file(&self, hook: Hook) -> Option<PathBuf> {
        let Hooks { path, .. } = &self.project.config.hooks;
        let file = self
            .invocation
            .environment
            .folder
            .join(path)
            .join(hook.name());
        (!self.invocation.global.skip_hooks && file.exists()).then_some(file)
    }

    /// The plan without the hooks that the project does not have.
    pub(crate) fn only_present(&self, mut plan: Plan) -> Plan {
        plan.phases.retain(|phase| match &phase.work {
            Work::Local(LocalWork::Hook(call)) => self.file(call.hook).is_some(),
            _ => true,
        });
        plan
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
    pub(crate) fn check(&self) -> Result<(), Failure> {
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

    /// What the hook is told, beside the environment of dhow itself. Secrets come first, so that none of them
    /// can pretend to be another version or host.
    fn variables(
        &self,
        call: &HookCall,
        runtime: Option<Duration>,
    ) -> BTreeMap<OsString, OsString> {
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &str| {
            variables.insert(OsString::from(name), OsString::from(value));
        };
        if call.hook.sees_secrets() {
            for (name, secret) in self
                .basis
                .secrets
                .iter()
                .flat_map(dhow_secrets::Secrets::iter)
            {
                set(name.as_str(), secret.expose());
            }
        }
        let Invocation {
            environment,
            global,
            held_lock,
            command,
            ..
        } = self.invocation;
        let config = &self.project.config;
        let version = &self.basis.version;
        set("KAMAL_RECORDED_AT", &environment.now_in_seconds());
        set("KAMAL_PERFORMER", &self.basis.auditor.performer);
        set("KAMAL_VERSION", version.as_str());
        set(
            "KAMAL_SERVICE_VERSION",
            &format!("{}@{}", config.service, version.abbreviated()),
        );
        set("KAMAL_SERVICE", config.service.as_str());
        set(
            "KAMAL_HOSTS",
            &call
                .hosts
                .iter()
                .map(Host::as_str)
                .collect::<Vec<_>>()
                .join(","),
        );
        let locked = held_lock.taken().is_some() || self.invocation.lock_is_inherited();
        set("KAMAL_LOCK", if locked { "true" } else { "false" });
        if let Some(destination) = &config.destination {
            set("KAMAL_DESTINATION", destination.as_str());
        }
        if global.roles.is_some() {
            let roles: Vec<&str> = self
                .fleet
                .roles()
                .iter()
                .map(|role| role.name.as_str())
                .collect();
            set("KAMAL_ROLES", &roles.join(","));
        }
        for (name, word) in ["KAMAL_COMMAND", "KAMAL_SUBCOMMAND"]
            .into_iter()
            .zip(command)
        {
            set(name, word);
        }
        if let Some(runtime) = runtime {
            set("KAMAL_RUNTIME", &runtime.as_secs().to_string());
        }
        variables
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
