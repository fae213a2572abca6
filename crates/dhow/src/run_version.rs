//! The version of this run: chosen once, when it is first asked for, and then a value (versioning §1).

use dhow_config::{Builder, PolicySource};
use dhow_ssh_exec::{LocalProgram, run_local};
use dhow_versioning::{
    BuildContext, ChosenVersion, GivenVersion, Version, VersionRule, VersionSource, given_version,
    version_by_rule,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    invocation::Invocation,
    project::Project,
    session::interrupted_early,
};

/// The version where none can be told and none matters.
const UNKNOWN: &str = "unknown";

impl Project {
    /// The version of this run.
    pub(crate) async fn version(&self, invocation: &Invocation) -> Result<Version, Failure> {
        Ok(self.chosen(invocation).await?.version.clone())
    }

    /// The version of this run for something that is about to be deployed: no tag that moves.
    pub(crate) async fn deployable_version(
        &self,
        invocation: &Invocation,
    ) -> Result<Version, Failure> {
        let version = self.version(invocation).await?;
        version.check_deployable()?;
        Ok(version)
    }

    /// The version that was given or that git can tell at once, or `unknown` where it does not matter: looking
    /// at hosts runs no command for it.
    pub(crate) fn version_or_unknown(&self, invocation: &Invocation) -> Version {
        let environment = &invocation.environment;
        let by_policy = || {
            let rule = self.rule(environment).ok()?;
            self.by_rule(&rule, environment).ok()
        };
        let chosen = self.chosen_version.get().cloned();
        let chosen = chosen
            .or_else(|| given(invocation).ok().flatten())
            .or_else(by_policy);
        chosen.map_or_else(unknown, |chosen| chosen.version)
    }

    /// Refuses to build HEAD under a name that somebody gave it and that is not its own, unless that was asked
    /// for with `--build-as`. Without a repository a given name is the only one there is.
    pub(crate) async fn check_name_of_build(
        &self,
        invocation: &Invocation,
        build_as: bool,
    ) -> Result<(), Failure> {
        let chosen = self.chosen(invocation).await?;
        let (Ok(work_tree), false) = (&self.work_tree, build_as) else {
            return Ok(());
        };
        if chosen.source == VersionSource::Rule || chosen.check_name(work_tree, None).is_ok() {
            return Ok(());
        }
        // What gives no version of its own gives no name either.
        let own = self.by_policy(invocation).await.ok();
        chosen.check_name(work_tree, own.as_ref().map(|own| &own.version))?;
        Ok(())
    }

    async fn chosen(&self, invocation: &Invocation) -> Result<&ChosenVersion, Failure> {
        let choose = async {
            let chosen = match given(invocation)? {
                Some(given) => given,
                None => self.by_policy(invocation).await?,
            };
            tell_of_another_spelling(invocation, &chosen);
            Ok(chosen)
        };
        self.chosen_version.get_or_try_init(|| choose).await
    }

    /// What the deploy file says, or the commit at HEAD.
    async fn by_policy(&self, invocation: &Invocation) -> Result<ChosenVersion, Failure> {
        let environment = &invocation.environment;
        match self.rule(environment) {
            Ok(rule) => self.by_rule(&rule, environment),
            Err(line) => {
                let printed = self.printed_by(line, invocation).await?;
                self.by_rule(&VersionRule::Printed(&printed), environment)
            }
        }
    }

    /// The rule of the deploy file, or the command line that has to run first.
    fn rule<'a>(&'a self, environment: &'a Environment) -> Result<VersionRule<'a>, &'a str> {
        Ok(match &self.config.dhow.version.source {
            PolicySource::Commit => VersionRule::Commit,
            PolicySource::ShortCommit { digits } => VersionRule::ShortCommit { digits: *digits },
            PolicySource::Describe => VersionRule::Describe,
            PolicySource::Variable(name) => VersionRule::Variable {
                name,
                value: environment.get(name),
            },
            PolicySource::Command(line) => return Err(line),
        })
    }

    fn by_rule(
        &self,
        rule: &VersionRule<'_>,
        environment: &Environment,
    ) -> Result<ChosenVersion, Failure> {
        let context = self.build_context(environment);
        Ok(version_by_rule(
            rule,
            self.work_tree.as_ref(),
            context.as_ref(),
        )?)
    }

    /// The folder that is built as it lies there; none when a clone is built, or something that is no folder.
    pub(crate) fn build_context(&self, environment: &Environment) -> Option<BuildContext> {
        let Builder {
            context,
            dockerfile,
            pack,
            ..
        } = &self.config.builder;
        let folder = environment.folder.join(context.as_ref()?);
        let dockerfile = environment.folder.join(dockerfile);
        let dockerfile = pack.is_none().then_some(dockerfile.as_path());
        folder
            .is_dir()
            .then(|| BuildContext::new(&folder, dockerfile))
    }

    /// Runs the command of the deploy file in the project's folder.
    async fn printed_by(&self, line: &str, invocation: &Invocation) -> Result<String, Failure> {
        let mut program = LocalProgram::new("sh")
            .args(["-c", line])
            .in_folder(&invocation.environment.folder);
        // What tags of the deploy file have set, programs see as well.
        for (name, value) in self.templates.variables() {
            program = program.env(name, value);
        }
        let report = run_local(&program, invocation.interrupt.clone(), |_| {})
            .await
            .map_err(|error| Failure::of(Kind::Machine, &error))?;
        if report.interrupted {
            return Err(interrupted_early());
        }
        if report.exit_code == 0 {
            return Ok(report.stdout);
        }
        let headline = format!(
            "the command for the version ended with exit code {}",
            report.exit_code
        );
        let said = invocation
            .announcer
            .redact(&format!("$ {line}\n{}", report.stderr));
        Err(Failure::new(Kind::Project, headline)
            .detail(said)
            .hint("`x-dhow/version` in the deploy file names it; --version goes before it"))
    }
}

/// What somebody gave as the version, for this run or for the whole process.
fn given(invocation: &Invocation) -> Result<Option<ChosenVersion>, Failure> {
    let declared = invocation.global.version.as_deref();
    let environment = invocation.environment.get("VERSION");
    Ok(given_version(declared, environment)?)
}

/// A version that was named on the command line of a command that takes one.
pub(crate) fn named(text: &str, invocation: &Invocation) -> Result<Version, Failure> {
    let GivenVersion { version, written } = text.parse()?;
    tell_of_spelling(invocation, written.as_deref(), &version);
    Ok(version)
}

/// Where nothing can be told yet.
pub(crate) fn unknown() -> Version {
    UNKNOWN.parse().expect("it is a word of plain letters")
}

fn tell_of_another_spelling(invocation: &Invocation, chosen: &ChosenVersion) {
    tell_of_spelling(invocation, chosen.written.as_deref(), &chosen.version);
}

fn tell_of_spelling(invocation: &Invocation, written: Option<&str>, version: &Version) {
    if let Some(written) = written {
        invocation.announcer.warn(format!(
            "the version {written} is called {version}, because a Docker tag holds no `+`"
        ));
    }
}
