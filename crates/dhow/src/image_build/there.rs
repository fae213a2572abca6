//! A build on another machine that is reached over SSH alone, for a machine like this one, which has no Docker
//! ([decision 0123](../../../../docs/decisions/0123-a-build-over-ssh-alone.md)).

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use dhow_builder::{
    BuildFolder, Progress, assignments, buildx_version, engine_version, variables_in,
};
use dhow_config::Builder;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{
    Block, Ending, Input, LocalProgram, Script, ScriptEvent, ScriptReport, Step, StepNumber,
    Stream, Transport as _, run_local,
};
use dhow_versioning::{ContextFiles, IgnoreRules};
use tempfile::NamedTempFile;
use tokio::sync::Notify;

use super::{machine::Machine, watched::Watched};
use crate::{
    build_host::BuildHost,
    build_log::{self, BuildLog},
    failure::{Failure, Kind},
    session::interrupted_early,
};

/// What the other machine is asked for, in order, and what a failure of it means.
const STEPS: [(&str, &str); 5] = [
    (
        "make a folder",
        "is there Docker with its buildx plugin, and a home that can be written to?",
    ),
    ("unpack the files", "is there `tar`, and room on the disk?"),
    (
        "log in to the registry",
        "are the registry's username and password right?",
    ),
    ("build", ""),
    ("tell what was built", ""),
];
const MAKE: usize = 0;
const BUILD: usize = 3;
const TELL: usize = 4;

/// A build on another machine.
#[derive(Debug)]
pub(super) struct There<'a> {
    pub(super) machine: &'a Machine<'a>,
    pub(super) host: &'a BuildHost,
    /// The build, as it is run in the folder there.
    pub(super) line: CommandLine,
    /// Whether what it prints can be read by [`Progress`].
    pub(super) tells_steps: bool,
}

/// Whether the buildx of the other machine tells of its steps; fails when there is none.
pub(super) async fn tells_steps(machine: &Machine<'_>, host: &BuildHost) -> Result<bool, Failure> {
    let BuildHost { transport, host } = host;
    let look = Script::new([Step::new(engine_version()), Step::new(buildx_version())]);
    let interrupt = machine.invocation.interrupt.clone();
    let report = transport.run(host, &look, interrupt, |_| ()).await;
    let report = report.map_err(|error| Failure::of(Kind::Host, &error))?;
    let Some(version) = report.step(StepNumber(1)).filter(|it| it.exit_code == 0) else {
        let said = report.steps.iter().map(|step| step.stderr.as_str());
        let headline = format!("{host} cannot build: it has no Docker with buildx");
        return Err(Failure::new(Kind::Host, headline)
            .detail(said.collect::<String>())
            .hint("install both there (Debian: docker.io and docker-buildx), and let the user into the group docker"));
    };
    Ok(dhow_builder::tells_steps(&version.stdout))
}

impl There<'_> {
    /// Builds there, and returns what the builder wrote down about it. Whatever happens, nothing stays there.
    pub(super) async fn run(&self, log: BuildLog) -> Result<String, Failure> {
        let invocation = self.machine.invocation;
        let packed = self.pack().await?;
        let folder = BuildFolder::new(invocation.environment.seed);
        let script = self.script(&folder);
        let watched = Watched {
            machine: self.machine,
            line: self.line.clone(),
            tells_steps: self.tells_steps,
        };
        let tells_steps = self.tells_steps;
        let mut progress = Progress::default();
        let mut watching = watched.begin(log);
        let is_made = Arc::new(Notify::new());
        let interrupt = invocation.interrupt.child_token();
        let is_over = invocation.interrupt.child_token();
        let watch = |event: ScriptEvent| match event {
            ScriptEvent::StepFinished {
                step: StepNumber(MAKE),
                exit_code: 0,
                ..
            } => {
                is_made.notify_one();
            }
            ScriptEvent::Output {
                step: StepNumber(BUILD),
                stream,
                line,
            } if !tells_steps || stream == Stream::Stdout => watching.plain(stream, line),
            ScriptEvent::Output {
                step: StepNumber(BUILD),
                line,
                ..
            } => {
                for event in progress.line(&line) {
                    watching.tell(event);
                }
            }
            _ => {}
        };
        let build = async {
            let BuildHost { transport, host } = self.host;
            let result = transport.run(host, &script, interrupt.clone(), watch).await;
            is_over.cancel();
            result
        };
        let feed = async {
            tokio::select! {
                () = is_made.notified() => {}
                () = is_over.cancelled() => return Ok(()),
            }
            let fed = self.feed(&folder, packed.path(), is_over.clone()).await;
            if fed.is_err() {
                // What is not sent whole is not built.
                interrupt.cancel();
            }
            fed
        };
        let (report, sent) = tokio::join!(build, feed);
        let (events, outcome) = progress.end();
        for event in events {
            watching.tell(event);
        }
        let report = report.map_err(|error| Failure::of(Kind::Host, &error))?;
        if invocation.interrupt.is_cancelled() {
            return Err(interrupted_early());
        }
        sent?;
        let told = |number| report.step(StepNumber(number));
        match report.ending {
            Ending::Completed => {
                let took = told(BUILD).map(|step| step.duration).unwrap_or_default();
                watching.succeeded(&outcome, took);
                Ok(told(TELL)
                    .map(|step| step.stdout.clone())
                    .unwrap_or_default())
            }
            Ending::Failed {
                step: StepNumber(BUILD),
            } => {
                let code = told(BUILD).map_or(1, |step| step.exit_code);
                let said = if self.tells_steps {
                    outcome.said.join("\n")
                } else {
                    told(BUILD)
                        .map(|step| step.stderr.clone())
                        .unwrap_or_default()
                };
                Err(watching.failed(&outcome, code, &said))
            }
            Ending::Failed { step } => Err(self.step_failed(step, &report)),
            Ending::Interrupted => Err(interrupted_early()),
        }
    }

    fn script(&self, folder: &BuildFolder) -> Script {
        let Machine { basis, .. } = self.machine;
        let log_in = match &basis.needs.login {
            Some(login) => Step::new(folder.log_in(login.server.as_deref(), &login.username))
                .reading(Input::new(login.password.expose().as_bytes())),
            None => Step::new(CommandLine::new("true")),
        };
        let steps = [
            Step::new(folder.make()),
            Step::new(folder.unpack()),
            log_in,
            Step::new(folder.build(self.line.clone())).reading(Input::new(self.variables())),
            Step::new(folder.told()),
        ];
        let remove = Step::new(folder.remove()).never_cut_short();
        let block = Block::new(steps).rescued_by([remove.clone()]);
        Script {
            blocks: vec![block, Block::new([remove])],
        }
    }

    /// What the build is told by variables: its secrets, arguments that are taken from here, and what their values
    /// name.
    fn variables(&self) -> String {
        let Machine {
            invocation,
            config,
            basis,
            ..
        } = self.machine;
        let environment = &invocation.environment;
        let Builder {
            args,
            ssh,
            target,
            provenance,
            ..
        } = &config.builder;
        let texts = [ssh, target, provenance].into_iter().flatten();
        let texts = texts.chain(args.iter().map(|it| &it.value));
        let bare = args.iter().filter(|it| it.value.is_empty());
        let names = texts
            .flat_map(|text| variables_in(text))
            .chain(bare.map(|it| it.name.as_str()));
        let mut variables: BTreeMap<&str, &str> = names
            .filter_map(|name| Some((name, environment.get(name)?)))
            .collect();
        for (name, secret) in &basis.needs.build {
            variables.insert(name.as_str(), secret.expose());
        }
        assignments(variables)
    }

    /// The files of the build in one, laid out as they are here.
    async fn pack(&self) -> Result<NamedTempFile, Failure> {
        let Machine {
            invocation,
            config,
            folder,
            ..
        } = self.machine;
        let within = build_log::folder(&invocation.environment)?;
        let (folder, builder) = (folder.clone(), config.builder.clone());
        let work = tokio::task::spawn_blocking(move || pack(&folder, &builder, &within));
        let packed = work
            .await
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        packed.map_err(|error| {
            Failure::new(Kind::Machine, "the files that are built cannot be packed").because(&error)
        })
    }

    /// Sends the packed files.
    async fn feed(
        &self,
        folder: &BuildFolder,
        packed: &Path,
        is_over: tokio_util::sync::CancellationToken,
    ) -> Result<(), Failure> {
        let BuildHost { transport, host } = self.host;
        let ssh = transport
            .interactive(host, &folder.feed(), false)
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        // The file is not read into memory, however large it is.
        let program = LocalProgram::new("sh")
            .args(["-c", "exec \"$@\" <\"$0\""])
            .args([packed.as_os_str().to_owned(), ssh.program])
            .args(ssh.arguments);
        let report = run_local(&program, is_over, |_| ())
            .await
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        if report.exit_code == 0 || report.interrupted {
            return Ok(());
        }
        let headline = format!("the files could not be sent to {host}");
        Err(Failure::new(Kind::Host, headline).detail(self.machine.last_lines(&report)))
    }

    fn step_failed(&self, StepNumber(at): StepNumber, report: &ScriptReport) -> Failure {
        let (title, hint) = STEPS.get(at).copied().unwrap_or(("remove the folder", ""));
        let host = &self.host.host;
        let headline = format!("{host} could not {title}, nothing was changed on any host");
        let said = report.step(StepNumber(at));
        let said = said
            .map(|step| format!("{}{}", step.stdout, step.stderr))
            .unwrap_or_default();
        let said = self.machine.invocation.announcer.redact(&said);
        let failure = Failure::new(Kind::Host, headline).detail(said);
        failure.maybe_hint((!hint.is_empty()).then_some(hint))
    }
}

/// What Docker sees of the context, and the Dockerfile with what stands beside it.
fn pack(folder: &Path, builder: &Builder, within: &Path) -> io::Result<NamedTempFile> {
    let context = builder.context.clone().unwrap_or_default();
    let dockerfile = &builder.dockerfile;
    let rules = IgnoreRules::read(&folder.join(&context), &folder.join(dockerfile))
        .map_err(io::Error::other)?;
    let files = ContextFiles::list(&folder.join(&context), &rules)?;
    let mut paths: Vec<PathBuf> = files
        .seen
        .into_iter()
        .map(|file| context.join(file.path))
        .collect();
    let mut beside = dockerfile.clone().into_os_string();
    beside.push(".dockerignore");
    let read = [
        dockerfile.clone(),
        beside.into(),
        context.join(".dockerignore"),
    ];
    paths.extend(read.into_iter().filter(|path| folder.join(path).is_file()));
    paths.sort();
    paths.dedup();
    let mut packed = tar::Builder::new(NamedTempFile::new_in(within)?);
    packed.follow_symlinks(false);
    // A context may be empty, and is a folder all the same.
    if !context.as_os_str().is_empty() {
        packed.append_dir(&context, folder.join(&context))?;
    }
    for path in paths {
        packed.append_path_with_name(folder.join(&path), &path)?;
    }
    packed.into_inner()
}
