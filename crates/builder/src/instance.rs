//! The builder that buildx uses.

use dhow_config::Config;
use dhow_shell::CommandLine;

/// A builder on this machine (host-commands §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instance {
    /// The engine itself: driver `docker`, nothing to create.
    Engine,
    /// A builder of its own, kept between builds.
    Own {
        /// Its name.
        name: String,
        /// Its driver.
        driver: String,
    },
}

impl Instance {
    /// The builder that the deploy file asks for.
    pub fn of(config: &Config) -> Self {
        match config.builder.driver.as_str() {
            "docker" => Self::Engine,
            driver => Self::Own {
                name: format!("kamal-local-{driver}"),
                driver: driver.to_owned(),
            },
        }
    }

    /// The name `--builder` takes, when there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Engine => None,
            Self::Own { name, .. } => Some(name),
        }
    }

    /// Succeeds when the builder is there.
    pub fn inspect(&self) -> Option<CommandLine> {
        self.buildx("inspect")
    }

    /// Makes the builder.
    pub fn create(&self) -> Option<CommandLine> {
        match self {
            Self::Engine => None,
            Self::Own { name, driver } => Some(
                CommandLine::new("docker")
                    .args(["buildx", "create", "--name", name])
                    .arg(format!("--driver={driver}")),
            ),
        }
    }

    /// Removes the builder.
    pub fn remove(&self) -> Option<CommandLine> {
        self.buildx("rm")
    }

    fn buildx(&self, word: &str) -> Option<CommandLine> {
        self.name()
            .map(|name| CommandLine::new("docker").args(["buildx", word, name]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_needs_no_builder() {
        assert_eq!(Instance::Engine.create(), None);
        assert_eq!(Instance::Engine.inspect(), None);
    }

    #[test]
    fn an_own_builder_is_made_and_removed_by_name() {
        let own = Instance::Own {
            name: "kamal-local-docker-container".to_owned(),
            driver: "docker-container".to_owned(),
        };
        insta::assert_snapshot!(own.create().unwrap(), @"docker buildx create --name kamal-local-docker-container --driver=docker-container");
        insta::assert_snapshot!(own.remove().unwrap(), @"docker buildx rm kamal-local-docker-container");
    }
}
