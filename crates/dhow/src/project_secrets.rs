//! The secrets of a project: read once, kept out of everything that is told, and looked up for what needs them.

use dhow_config::{Credential, ExpandSecrets, Problem, Problems, Severity};
use dhow_names::SecretName;
use dhow_plan::{Hook, Needs, UnmetNeeds};
use dhow_redaction::Secret;
use dhow_secrets::{
    Expansion, LocalRunner, Obstacle, SecretNotFound, Secrets, SecretsFiles, Undeliverable,
};

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    keeping::Keeping,
    project::{Project, with_local_programs},
};

impl Project {
    /// The secrets, read now if the deploy file or a hook asks for any (secrets-and-hooks §1).
    pub(crate) async fn needed_secrets(&self, invocation: &Invocation) -> Result<Secrets, Failure> {
        let hooks = Hook::ALL.into_iter().filter(|hook| hook.sees_secrets());
        let mut present = hooks.filter(|hook| self.hook_file(*hook, invocation).is_some());
        if !self.mentions.asked.is_empty() || present.next().is_some() {
            return self.secrets(invocation).await;
        }
        let secrets = Secrets::unread(&self.secrets_files(), &invocation.environment.folder)?;
        self.take_note_of(&secrets, invocation);
        Ok(secrets)
    }

    /// Every secret of the files, read now. Commands in them may ask a person something.
    pub(crate) async fn secrets(&self, invocation: &Invocation) -> Result<Secrets, Failure> {
        let Invocation {
            environment,
            interrupt,
            ..
        } = invocation;
        let files = self.secrets_files();
        let (variables, folder) = (
            self.templates.variables().clone(),
            environment.folder.clone(),
        );
        let expansion = match self.config.dhow.expand_secrets {
            ExpandSecrets::Never => Expansion::Literal,
            ExpandSecrets::Kamal => Expansion::Kamal,
        };
        // What tags of the deploy file have set, programs see as well.
        let runner = LocalRunner::new(&folder).with_variables(&variables);
        let load = move |runner: LocalRunner| {
            Secrets::load(&files, &variables, &folder, &runner, expansion)
        };
        let secrets = with_local_programs(runner, interrupt, load).await??;
        self.take_note_of(&secrets, invocation);
        Ok(secrets)
    }

    /// From here on nothing that is told holds a secret; what a person should look at is told.
    fn take_note_of(&self, secrets: &Secrets, invocation: &Invocation) {
        let announcer = &invocation.announcer;
        announcer.keep_out(secrets.redactor(self.written_credentials()));
        let keeping = Keeping {
            mentions: &self.mentions,
            known: &self.warnings,
            work_tree: self.work_tree.as_ref().ok(),
        };
        let warnings = secrets.warnings().iter().map(ToString::to_string);
        for warning in warnings.chain(keeping.unwise(secrets.survey())) {
            announcer.warn(warning);
        }
    }

    fn secrets_files(&self) -> SecretsFiles {
        SecretsFiles::new(&self.config.secrets_path, self.config.destination.as_ref())
    }

    /// Passwords and keys that the deploy file holds itself are secrets too.
    fn written_credentials(&self) -> impl Iterator<Item = &Secret> {
        let config = &self.config;
        let of_accessories = config
            .accessories
            .iter()
            .filter_map(|it| it.registry.as_ref());
        let registries = [&config.registry].into_iter().chain(of_accessories);
        let credentials = registries.filter_map(|registry| registry.credentials.as_ref());
        credentials
            .map(|credentials| &credentials.password)
            .chain(&config.ssh.key_data)
            .filter_map(|credential| match credential {
                Credential::Written(secret) => Some(secret),
                Credential::FromSecret(_) => None,
            })
    }

    /// What the deploy file asks for, out of these secrets. All that is missing is told, with its places.
    pub(crate) fn needs(
        &self,
        secrets: &Secrets,
        invocation: &Invocation,
    ) -> Result<Needs, Failure> {
        let needs = Needs::look_up(&self.config, secrets)
            .map_err(|unmet| self.unmet(&unmet, invocation.terminal.colours()))?;
        if self.config.dhow.env_files.is_none() && !needs.changed.is_empty() {
            invocation.announcer.warn(told_of_changed(&needs.changed));
        }
        Ok(needs)
    }

    fn unmet(&self, unmet: &UnmetNeeds, colour: bool) -> Failure {
        let mut failure = Failure::new(Kind::Project, unmet.to_string());
        if !unmet.missing.is_empty() {
            let problems = unmet.missing.iter().map(|it| self.missing(it)).collect();
            failure = failure.detail(Problems(problems).render(colour)).hint(
                "the deploy file asks for it: add a line NAME=$(command) to the secrets file, or NAME=$NAME to take \
                 it from the environment",
            );
        }
        for one in &unmet.undeliverable {
            failure.causes.push(one.to_string());
            let alternative = one.obstacle.alternative().to_owned();
            if !failure.hints.contains(&alternative) {
                failure = failure.hint(alternative);
            }
        }
        let is_long = |one: &Undeliverable| matches!(one.obstacle, Obstacle::TooLong(_));
        if !unmet.undeliverable.iter().all(is_long) {
            failure = failure.hint(
                "or let line breaks arrive as `\\n` and backslashes doubled, as Kamal does it: `x-dhow: {secrets: \
                 {env_files: kamal}}`",
            );
        }
        failure
    }

    /// A missing secret as a problem of the place that asks for it first.
    fn missing(&self, missing: &SecretNotFound) -> Problem {
        let name = missing.name.as_str();
        let mut mentions = self.mentions.asked.iter().filter(|it| it.name == name);
        let first = mentions.next();
        let second = mentions.next();
        Problem {
            severity: Severity::Error,
            path: first.map(|it| it.path.clone()).unwrap_or_default(),
            message: missing.what_is_missing(),
            place: first.map(|it| it.place.clone()),
            related: second.map(|it| (it.place.clone(), "asked for here as well".to_owned())),
            help: missing.hint.clone(),
        }
    }
}

/// A word about secrets that reach containers otherwise than the secrets files say.
fn told_of_changed(names: &[SecretName]) -> String {
    let list: Vec<&str> = names.iter().map(SecretName::as_str).collect();
    let (verb, list) = (
        if names.len() == 1 { "reaches" } else { "reach" },
        list.join(", "),
    );
    format!(
        "{list} {verb} the containers changed: in env files a line break is written as `\\n` and a backslash as `\\\\`, \
         as Kamal does it, and Docker does not undo that; decode it in the app and say `x-dhow: {{secrets: \
         {{env_files: kamal}}}}`, or let `env_files: literal` deliver secrets as they are"
    )
}
