//! `config`: the deploy file as it is understood.

use serde::Serialize;

use super::read_project;
use crate::{failure::Failure, invocation::Invocation};

/// What is shown, in Kamal's words (config §15) without what could be secret.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(rename = ":roles")]
    roles: Vec<&'a str>,
    #[serde(rename = ":hosts")]
    hosts: Vec<&'a str>,
    #[serde(rename = ":primary_host")]
    primary_host: &'a str,
    #[serde(rename = ":version")]
    version: String,
    #[serde(rename = ":repository")]
    repository: String,
    #[serde(rename = ":absolute_image")]
    absolute_image: String,
    #[serde(rename = ":service_with_version")]
    service_with_version: String,
    #[serde(rename = ":volume_args", skip_serializing_if = "Vec::is_empty")]
    volume_args: Vec<String>,
    #[serde(rename = ":builder", skip_serializing_if = "Option::is_none")]
    builder: Option<&'a serde_yaml::Value>,
    #[serde(rename = ":accessories", skip_serializing_if = "Option::is_none")]
    accessories: Option<&'a serde_yaml::Value>,
}

/// Shows it.
pub(crate) fn run(invocation: &Invocation) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let version = project.version(
        invocation.global.version.as_deref(),
        &invocation.environment,
    )?;
    let repository = dhow_docker::Repository::of(&project.config);
    let summary = Summary {
        roles: fleet
            .roles()
            .iter()
            .map(|role| role.name.as_str())
            .collect(),
        hosts: fleet.hosts().iter().map(|host| host.as_str()).collect(),
        primary_host: fleet.primary_host().as_str(),
        repository: repository.to_string(),
        absolute_image: repository.at(&version).to_string(),
        service_with_version: format!("{}-{version}", project.config.service),
        version: version.to_string(),
        volume_args: volume_args(&project.config.volumes),
        builder: project.merged.get("builder"),
        accessories: project.merged.get("accessories"),
    };
    let text = serde_yaml::to_string(&summary)
        .map_err(|error| Failure::of(crate::failure::Kind::Project, &error))?;
    invocation.terminal.data(format_args!("---\n{text}"));
    Ok(())
}

fn volume_args(volumes: &[String]) -> Vec<String> {
    volumes
        .iter()
        .flat_map(|volume| ["--volume".to_owned(), volume.clone()])
        .collect()
}
