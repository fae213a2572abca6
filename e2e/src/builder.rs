//! The node that builds: the engine that `docker buildx` of this machine talks to.

use std::{collections::BTreeMap, path::Path};

use crate::{
    container::Container,
    program::{self, Ended},
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
}
