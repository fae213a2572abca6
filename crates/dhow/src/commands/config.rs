//! `config`: the deploy file as it is understood.

mod check;
mod explained;
mod kamal_form;
mod schema;

use std::collections::BTreeMap;

use dhow_config::Shown;
use dhow_redaction::Secret;
use serde::Serialize;
use serde_json::json;

use super::{deploy, read_project};
use crate::{
    arguments::{Config as Options, ConfigCommand, ConfigOutput},
    called_as::CalledAs,
    failure::{Failure, Kind},
    invocation::Invocation,
    project::Project,
};

/// Shows it, or does what a subcommand says.
pub(crate) async fn run(invocation: &Invocation, options: Options) -> Result<(), Failure> {
    let has_options = options.explain || options.reveal || options.output.is_some();
    match options.command {
        None => show(invocation, options).await,
        Some(_) if has_options => Err(options_before_a_subcommand()),
        Some(ConfigCommand::Check { output }) => check::run(invocation, output),
        Some(ConfigCommand::Schema { partial }) => {
            schema::run(invocation, partial);
            Ok(())
        }
    }
}

/// The command line takes them there, because it takes those of every command there.
fn options_before_a_subcommand() -> Failure {
    let headline = "--explain, --reveal and --output before a subcommand of config mean nothing";
    Failure::new(Kind::Usage, headline)
        .hint("options of a subcommand stand behind it: `dhow config check --output json`")
}

async fn show(invocation: &Invocation, options: Options) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let explained = dhow_config::explain(&project.sources, project.config.destination.as_ref())
        .map_err(|problems| Failure::problems(&problems, invocation.terminal.colours()))?;
    let shown = if options.reveal {
        Shown::Revealed
    } else {
        Shown::Masked
    };
    let secrets = if options.reveal {
        secrets_of(invocation, &project).await?
    } else {
        BTreeMap::new()
    };
    // Scripts read what Kamal prints.
    let kamals =
        (invocation.called_as == CalledAs::Kamal && !options.explain).then_some(ConfigOutput::Yaml);
    let text = match (options.explain, options.output.or(kamals)) {
        (true, None) => explained.to_annotated_yaml(shown) + &revealed(&secrets)?,
        (true, Some(ConfigOutput::Json)) => lines_of(&json!(explained::listed(&explained, shown)))?,
        (true, Some(ConfigOutput::Yaml)) => return Err(no_kamal_form("--explain")),
        (false, Some(ConfigOutput::Yaml)) if options.reveal => {
            return Err(no_kamal_form("--reveal"));
        }
        (false, Some(ConfigOutput::Yaml)) => in_kamals_form(invocation, &project).await?,
        (false, Some(ConfigOutput::Json)) => {
            let mut whole = json!({ "config": explained.to_value(shown) });
            if options.reveal {
                whole["secrets"] = json!(exposed(&secrets));
            }
            lines_of(&whole)?
        }
        (false, None) => explained.to_yaml(shown) + &revealed(&secrets)?,
    };
    invocation.terminal.exactly(&text);
    Ok(())
}

/// Kamal knows nothing like it, so its form has no place for it.
fn no_kamal_form(flag: &str) -> Failure {
    let headline = format!("{flag} and --output yaml do not go together");
    Failure::new(Kind::Usage, headline)
        .hint("--output yaml is what Kamal prints; leave it out, or take --output json")
}

/// The values of the secrets that the deploy file names.
async fn secrets_of(
    invocation: &Invocation,
    project: &Project,
) -> Result<BTreeMap<String, Secret>, Failure> {
    let version = project.version_or_unknown(invocation);
    let basis = deploy::gather_at(invocation, project, version).await?;
    let secrets = basis.secrets.iter().flat_map(dhow_secrets::Secrets::iter);
    Ok(secrets
        .map(|(name, secret)| (name.to_string(), secret.clone()))
        .collect())
}

/// This is where they are shown, because that was asked for.
fn exposed(secrets: &BTreeMap<String, Secret>) -> BTreeMap<&str, &str> {
    secrets
        .iter()
        .map(|(name, secret)| (name.as_str(), secret.expose()))
        .collect()
}

fn revealed(secrets: &BTreeMap<String, Secret>) -> Result<String, Failure> {
    if secrets.is_empty() {
        return Ok(String::new());
    }
    let text = yaml(&exposed(secrets))?;
    Ok(format!("---\n# From the secrets files\n{text}"))
}

fn yaml(value: &impl Serialize) -> Result<String, Failure> {
    serde_yaml::to_string(value).map_err(|error| Failure::of(Kind::Project, &error))
}

fn lines_of(value: &serde_json::Value) -> Result<String, Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::of(Kind::Project, &error))?;
    Ok(text + "\n")
}

async fn in_kamals_form(invocation: &Invocation, project: &Project) -> Result<String, Failure> {
    let version = project.version(invocation).await?;
    Ok(kamal_form::shown(
        &project.config,
        &project.merged,
        &version,
    ))
}
