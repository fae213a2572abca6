//! The build itself.

use dhow_config::{Architecture, Architectures, BuildCache, Config, Pair};
use dhow_docker::Repository;
use dhow_shell::{CommandLine, Word};
use dhow_versioning::Version;

use crate::instance::Instance;

/// The options of a `gha` cache that reading it needs as well (host-commands §5.3).
const GHA_READ_OPTIONS: [&str; 5] = ["url", "url_v2", "token", "scope", "timeout"];

/// Where the image ends up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// In the registry.
    Registry,
    /// In what buildx calls by this name, such as `docker`.
    Named(String),
}

/// One build: the image of a version, from the folder the command is run in.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The deploy file.
    pub config: &'a Config,
    /// The version.
    pub version: &'a Version,
    /// Where the image ends up.
    pub output: &'a Output,
    /// Whether every step is done anew.
    pub no_cache: bool,
}

impl Build<'_> {
    /// The `docker buildx build` command. Build secrets are named only; their values are in its environment.
    pub fn command(&self) -> CommandLine {
        let builder = &self.config.builder;
        let repository = Repository::of(self.config);
        let output = match self.output {
            Output::Registry => "registry",
            Output::Named(name) => name,
        };
        let mut line = CommandLine::new("docker")
            .args(["buildx", "build"])
            .arg(format!("--output=type={output}"));
        // Without it the image is built for the machine that builds.
        if let Architectures::Named(named) = &builder.arch {
            line = line.args(["--platform", &platforms(named)]);
        }
        if let Some(name) = Instance::of(self.config).name() {
            line = line.args(["--builder", name]);
        }
        line = line
            .args(["-t", &repository.at(self.version).to_string()])
            .args(["-t", &repository.latest().to_string()]);
        line = self
            .with_cache(line)
            .pair("--label", "service", self.config.service.as_str());
        line = builder.args.iter().fold(line, build_argument);
        for secret in &builder.secrets {
            line = line.args(["--secret", &format!("id={secret}")]);
        }
        line = line.args(["--file", &builder.dockerfile.to_string_lossy()]);
        line = self.with_extras(line);
        if self.no_cache {
            line = line.arg("--no-cache");
        }
        line.arg(
            builder
                .context
                .as_deref()
                .map_or(".".into(), |path| path.to_string_lossy().into_owned()),
        )
    }

    fn with_cache(&self, line: CommandLine) -> CommandLine {
        let (to, from) = match &self.config.builder.cache {
            None => return line,
            Some(BuildCache::Registry { image, options }) => {
                let server = self.config.registry.server.as_ref();
                let prefix = server
                    .map(|server| format!("{server}/"))
                    .unwrap_or_default();
                let place = format!("type=registry,ref={prefix}{image}");
                (with_options(&place, options.as_deref()), place)
            }
            Some(BuildCache::Gha { options }) => {
                let read: Vec<&str> = options
                    .iter()
                    .flat_map(|it| it.split(','))
                    .filter(for_reading)
                    .collect();
                let from = (!read.is_empty()).then(|| read.join(","));
                (
                    with_options("type=gha", options.as_deref()),
                    with_options("type=gha", from.as_deref()),
                )
            }
        };
        line.args(["--cache-to", &to, "--cache-from", &from])
    }

    /// Texts that the shell of this machine reads, as in `ssh: default=$SSH_AUTH_SOCK` (config §12.4).
    fn with_extras(&self, mut line: CommandLine) -> CommandLine {
        let builder = &self.config.builder;
        let texts = [
            ("--target", &builder.target),
            ("--ssh", &builder.ssh),
            ("--provenance", &builder.provenance),
        ];
        for (flag, text) in texts {
            if let Some(text) = text {
                line = line.arg(flag).arg_raw(text.as_str());
            }
        }
        match builder.sbom {
            Some(sbom) => line.args(["--sbom", if sbom { "true" } else { "false" }]),
            None => line,
        }
    }
}

/// `--build-arg K="v"`, or the name alone, whose value then comes from this machine's environment. A value is
/// not shown, because people put tokens there (host-commands §1.4).
fn build_argument(line: CommandLine, argument: &Pair) -> CommandLine {
    if argument.value.is_empty() {
        line.args(["--build-arg", &argument.name])
    } else {
        let name = Word::Plain(format!("{}=", argument.name));
        let value = Word::Hidden(Box::new(Word::Expanding(argument.value.clone())));
        line.arg("--build-arg").arg(Word::Joined(vec![name, value]))
    }
}

fn for_reading(option: &&str) -> bool {
    let name = option.split('=').next().unwrap_or_default();
    GHA_READ_OPTIONS.contains(&name)
}

fn with_options(place: &str, options: Option<&str>) -> String {
    match options {
        Some(options) => format!("{place},{options}"),
        None => place.to_owned(),
    }
}

fn platforms(architectures: &[Architecture]) -> String {
    architectures
        .iter()
        .map(|arch| format!("linux/{}", arch.as_str()))
        .collect::<Vec<_>>()
        .join(",")
}
