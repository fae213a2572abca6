//! The node that builds: the engine that `docker buildx` of this machine talks to.

use std::{collections::BTreeMap, path::Path};

use crate::{
    container::Container,
    program::{self, Ended},
    project::Project,
    registry::Registry,
};

/// A builder node, reached through its socket in a folder of this machine.
#[derive(Debug)]
pub struct Builder {
    variables: BTreeMap<String, String>,
    _container: Container,
}

impl Builder {
    pub(crate) fn new(container: Container, folder: &Path, home: &Path) -> Self {
        let socket = format!("unix://{}/docker.sock", folder.display());
        let variables = [
            ("DOCKER_HOST".into(), socket),
            ("HOME".into(), home.to_string_lossy().into_owned()),
        ]
        .into();
        Self {
            variables,
            _container: container,
        }
    }

    /// `DOCKER_HOST` of this builder.
    pub fn engine(&self) -> &str {
        &self.variables["DOCKER_HOST"]
    }

    /// Runs the docker CLI of this machine against the builder, in a folder, with the home of the world's user.
    pub async fn docker(&self, arguments: &[&str], folder: &Path) -> Ended {
        program::run("docker", arguments, folder, &self.variables).await
    }

    /// Builds a project's work tree and pushes it under this tag, as a person would by hand, with the
    /// label that tells whose image it is.
    pub async fn push(&self, project: &Project, tag: &str) {
        let label = format!("service={}", project.name());
        self.push_with(project, tag, &["--label", &label]).await;
    }

    /// The same without the label, as somebody does who knows nothing of the deploy.
    pub async fn push_unlabelled(&self, project: &Project, tag: &str) {
        self.push_with(project, tag, &[]).await;
    }

    async fn push_with(&self, project: &Project, tag: &str, options: &[&str]) {
        let (user, password) = (Registry::USER, Registry::PASSWORD);
        let login = [
            "login",
            "--username",
            user,
            "--password",
            password,
            Registry::SERVER,
        ];
        self.docker(&login, project.folder()).await.output();
        let reference = format!("{}/{}:{tag}", Registry::SERVER, project.name());
        let build = ["buildx", "build", "--push", "--platform", "linux/amd64"];
        let named = ["--tag", &reference, "."];
        let line = [&build, options, &named].concat();
        self.docker(&line, project.folder()).await.output();
    }
}
