//! What builds: the engine itself, a builder of buildx on one machine or on two, Docker's cloud, or buildpacks.

use dhow_config::{Architecture, Architectures, Config, Driver};
use dhow_shell::CommandLine;

/// What builds an image (config §7, host-commands §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instance {
    /// The engine itself: driver `docker`, nothing to create.
    Engine,
    /// Buildpacks; the program `pack` brings its own.
    Pack {
        /// The builder's image.
        image: String,
    },
    /// A builder of buildx, kept between builds.
    Own {
        /// Its name.
        name: String,
        /// Where it builds.
        place: Place,
        /// Whether it is in this machine's network, so that it reaches a registry on this machine.
        on_host_network: bool,
    },
}

/// Where a builder of buildx builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this machine, with this driver.
    Here {
        /// Buildx's driver.
        driver: String,
    },
    /// In Docker's cloud.
    Cloud {
        /// `ORGANISATION/NAME`.
        name: String,
    },
    /// On another machine.
    There {
        /// The URL of its engine.
        url: String,
    },
    /// On both, each for architectures of its own.
    Both {
        /// Buildx's driver on this machine.
        driver: String,
        /// What this machine builds for.
        here: Vec<Architecture>,
        /// The URL of the other machine's engine.
        url: String,
        /// What the other machine builds for.
        there: Vec<Architecture>,
    },
}

impl Instance {
    /// What the deploy file asks for. `own` is the architecture of this machine's engine in Docker's words; it
    /// decides only where `remote` is set.
    pub fn of(config: &Config, own: &str) -> Self {
        let builder = &config.builder;
        let driver = String::from(builder.driver.clone());
        let on_host_network = config.registry.is_local();
        let owned = |name: String, place: Place| Self::Own {
            name,
            place,
            on_host_network,
        };
        // The cloud builds for every architecture by itself.
        if let Some(url) = &builder.remote
            && !matches!(builder.driver, Driver::Cloud(_))
        {
            let (here, there) = split(&builder.arch, builder.local, own);
            let suffix = if on_host_network {
                "-local-registry"
            } else {
                ""
            };
            let slug = slug(url);
            let url = url.clone();
            if !there.is_empty() && here.is_empty() {
                return owned(format!("kamal-remote-{slug}{suffix}"), Place::There { url });
            }
            if !there.is_empty() {
                let name = format!("kamal-hybrid-{driver}-{slug}{suffix}");
                // The engine itself cannot be part of a builder (decision 0122).
                let driver = if builder.driver == Driver::Engine {
                    "docker-container".to_owned()
                } else {
                    driver
                };
                return owned(
                    name,
                    Place::Both {
                        driver,
                        here,
                        url,
                        there,
                    },
                );
            }
        }
        if let Some(pack) = &builder.pack {
            return Self::Pack {
                image: pack.builder.clone(),
            };
        }
        match &builder.driver {
            Driver::Engine => Self::Engine,
            Driver::Cloud(name) => owned(
                driver.replace([' ', '/'], "-"),
                Place::Cloud { name: name.clone() },
            ),
            Driver::Container | Driver::Other(_) => {
                let local = if on_host_network { "registry-" } else { "" };
                owned(
                    format!("kamal-local-{local}{driver}"),
                    Place::Here { driver },
                )
            }
        }
    }

    /// The name `--builder` takes, when there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Engine | Self::Pack { .. } => None,
            Self::Own { name, .. } => Some(name),
        }
    }

    /// Whether another machine builds.
    pub fn is_elsewhere(&self) -> bool {
        self.elsewhere().is_some()
    }

    /// What Kamal calls this kind of builder (host-commands §5.2).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pack { .. } => "pack",
            Self::Engine
            | Self::Own {
                place: Place::Here { .. },
                ..
            } => "local",
            Self::Own { place, .. } => match place {
                Place::Cloud { .. } => "cloud",
                Place::There { .. } => "remote",
                Place::Here { .. } | Place::Both { .. } => "hybrid",
            },
        }
    }

    /// The URL of the other machine's engine, when one builds.
    pub fn elsewhere(&self) -> Option<&str> {
        match self {
            Self::Own {
                place: Place::There { url } | Place::Both { url, .. },
                ..
            } => Some(url),
            _ => None,
        }
    }

    /// Prints what [`fits`](Self::fits) reads; fails when there is no such builder.
    pub fn look(&self) -> Option<CommandLine> {
        let Self::Own { name, place, .. } = self else {
            return None;
        };
        let inspect = CommandLine::new("docker").args(["buildx", "inspect", name]);
        let mut contexts = CommandLine::new("docker").args(["context", "inspect"]);
        match place {
            Place::Cloud { .. } => return Some(inspect),
            // The current one.
            Place::Here { .. } => {}
            Place::There { .. } | Place::Both { .. } => contexts = contexts.arg(context(name)),
        }
        let format = "Context: {{.Name}} {{.Endpoints.docker.Host}}";
        Some(inspect.and(contexts.args(["--format", format])))
    }

    /// Prints what a person may want to know of it.
    pub fn describe(&self) -> CommandLine {
        if let Self::Pack { image } = self {
            return CommandLine::new("pack").args(["builder", "inspect", image]);
        }
        let contexts = CommandLine::new("docker").args(["context", "ls"]);
        let builders = CommandLine::new("docker").args(["buildx", "ls"]);
        contexts.then(builders)
    }

    /// Makes the builder.
    pub fn create(&self) -> Option<CommandLine> {
        let Self::Own { name, place, .. } = self else {
            return None;
        };
        let create = || CommandLine::new("docker").args(["buildx", "create"]);
        Some(match place {
            Place::Here { driver } => self.on_network(
                create()
                    .args(["--name", name])
                    .arg(format!("--driver={driver}")),
            ),
            Place::Cloud { name } => create().args(["--driver", "cloud", name]),
            Place::There { url } => create_context(name, url).and(
                self.on_network(create().args(["--name", name]))
                    .arg(context(name)),
            ),
            Place::Both {
                driver,
                here,
                url,
                there,
            } => {
                let first = create()
                    .args(["--platform", &platforms(here), "--name", name])
                    .arg(format!("--driver={driver}"));
                let second =
                    create().args(["--platform", &platforms(there), "--append", "--name", name]);
                self.on_network(first)
                    .and(create_context(name, url))
                    .and(self.on_network(second).arg(context(name)))
            }
        })
    }

    /// Removes the builder with all that belongs to it; what is gone already is no failure.
    pub fn remove(&self) -> Option<CommandLine> {
        let Self::Own { name, place, .. } = self else {
            return None;
        };
        let remove = CommandLine::new("docker").args(["buildx", "rm", name]);
        Some(match place {
            Place::Here { .. } | Place::Cloud { .. } => remove,
            Place::There { .. } | Place::Both { .. } => {
                let context = context(name);
                remove.then(CommandLine::new("docker").args(["context", "rm", &context]))
            }
        })
    }

    fn on_network(&self, line: CommandLine) -> CommandLine {
        match self {
            Self::Own {
                on_host_network: true,
                ..
            } => line.args(["--driver-opt", "network=host"]),
            _ => line,
        }
    }
}

/// What this machine builds for, and what the other.
fn split(arch: &Architectures, local: bool, own: &str) -> (Vec<Architecture>, Vec<Architecture>) {
    arch.named()
        .iter()
        .cloned()
        .partition(|arch| local && arch.family() == own)
}

/// A URL as part of a name: what is neither a letter, a digit, `-` nor `_` becomes a dash.
fn slug(url: &str) -> String {
    let fits = |character: char| {
        character.is_ascii_lowercase()
            || character.is_ascii_digit()
            || matches!(character, '-' | '_')
    };
    url.chars()
        .map(|character| if fits(character) { character } else { '-' })
        .collect()
}

pub(crate) fn context(name: &str) -> String {
    format!("{name}-context")
}

fn create_context(name: &str, url: &str) -> CommandLine {
    CommandLine::new("docker")
        .args(["context", "create", &context(name)])
        .args(["--description", &format!("{name} host")])
        .args(["--docker", &format!("host={url}")])
}

/// `linux/amd64,linux/arm64`.
pub(crate) fn platforms(architectures: &[Architecture]) -> String {
    architectures
        .iter()
        .map(|arch| format!("linux/{}", arch.as_str()))
        .collect::<Vec<_>>()
        .join(",")
}
