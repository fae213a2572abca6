//! The builder that buildx uses.

use dhow_config::{Config, Driver};
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
        match &config.builder.driver {
            Driver::Engine => Self::Engine,
            driver => {
                let driver = String::from(driver.clone());
                Self::Own {
                    name: format!("kamal-local-{driver}"),
                    driver,
                }
            }
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
        let inspect = |name| CommandLine::new("docker").args(["buildx", "inspect", name]);
        self.name().map(inspect)
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
}
