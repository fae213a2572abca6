//! The build itself.

use std::path::{Path, PathBuf};

use dhow_config::{Architectures, BuildCache, Config, Pack, Pair};
use dhow_docker::Repository;
use dhow_shell::{CommandLine, Word};
use dhow_versioning::Version;

use crate::{
    instance::{Instance, platforms},
    origin::Origin,
};

/// The options of a `gha` cache that reading it needs as well (host-commands §5.3).
const GHA_READ_OPTIONS: [&str; 5] = ["url", "url_v2", "token", "scope", "timeout"];

/// Where the image ends up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// In the registry.
    Registry,
    /// In what buildx calls by this name, such as `docker`.
    Named(String),
    /// In an OCI image layout on this machine, for a builder that cannot reach the registry here. Not with
    /// buildpacks. What the folder holds already is not sent again.
    Layout(PathBuf),
}

impl Output {
    /// What a person calls it: `registry`, or one of buildx's.
    pub fn named(name: String) -> Self {
        match name.as_str() {
            "registry" => Self::Registry,
            _ => Self::Named(name),
        }
    }

    /// Whether the digest that the build tells is that of the image as a registry knows it. An engine without
    /// containerd's image store calls its images by the digest of their configuration.
    pub fn is_told_by_its_digest(&self) -> bool {
        match self {
            Self::Registry | Self::Layout(_) => true,
            Self::Named(_) => false,
        }
    }
}

/// What earlier builds may have left that is not good enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Every step is done anew.
    pub no_cache: bool,
    /// The registry is asked for every base image, whether the builder has one of the name or not.
    pub pull: bool,
}

/// What an image is called (versioning §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// After the version.
    Version,
    /// Also as the latest one, before anybody runs it, which is Kamal's way.
    WithLatest,
    /// What `build dev` makes of a folder as it is: both, with `-dirty` behind.
    Dirty,
}

impl Naming {
    /// The tags of a version's image.
    pub fn tags(self, config: &Config, version: &Version) -> Vec<String> {
        let latest = Repository::of(config).latest_tag();
        match self {
            Self::Version => vec![version.to_string()],
            Self::WithLatest => vec![version.to_string(), latest],
            Self::Dirty => vec![format!("{version}-dirty"), format!("{latest}-dirty")],
        }
    }
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
    /// What is done anew.
    pub freshness: Freshness,
    /// What builds.
    pub instance: &'a Instance,
    /// Where what is built comes from.
    pub origin: &'a Origin,
    /// What the image is called.
    pub naming: Naming,
    /// The architecture of this machine's engine in Docker's words; it decides only where the image goes into that
    /// engine's store, which takes no more than one.
    pub own: &'a str,
    /// Whether buildx is to tell of its steps as [`Progress`](crate::Progress) reads them.
    pub tells_steps: bool,
    /// A file that is told what was built, as JSON; its `containerimage.digest` is the image, where
    /// [`Output::is_told_by_its_digest`]. `pack` knows no such file.
    pub metadata: &'a Path,
}

impl Build<'_> {
    /// The command. Build secrets are named only; their values are in its environment.
    pub fn command(&self) -> CommandLine {
        match &self.config.builder.pack {
            Some(pack) if matches!(self.instance, Instance::Pack { .. }) => self.with_pack(pack),
            _ if self.instance.is_elsewhere() => {
                // The other machine pushes by itself, with the credentials of this one.
                CommandLine::new("env")
                    .arg("BUILDKIT_NO_CLIENT_TOKEN=1")
                    .append(self.with_buildx())
            }
            _ => self.with_buildx(),
        }
    }

    /// Cloud Native Buildpacks (versioning §7.2). Kamal writes the values of build secrets into the command.
    fn with_pack(&self, pack: &Pack) -> CommandLine {
        let builder = &self.config.builder;
        let repository = Repository::of(self.config);
        let tags = self.images();
        let mut line = CommandLine::new("pack").args(["build", &repository.to_string()]);
        if let Some(platforms) = self.platforms() {
            line = line.args(["--platform", &platforms]);
        }
        line = line
            .args(["--creation-time", "now"])
            .args(["--builder", &pack.builder]);
        for buildpack in &pack.buildpacks {
            line = line.args(["--buildpack", buildpack]);
        }
        line = line
            .args(["--buildpack", "paketo-buildpacks/image-labels"])
            .append(tagged(&tags));
        if self.freshness.no_cache {
            line = line.arg("--clear-cache");
        }
        if self.freshness.pull {
            line = line.args(["--pull-policy", "always"]);
        }
        let label = format!("BP_IMAGE_LABELS=service={}", self.config.service);
        line = line.args(["--env", &label]);
        for (name, value) in self.origin.annotations(self.version) {
            // Variables of the same buildpack, each for one of OCI's labels.
            let variable = format!("BP_OCI_{}={value}", name.to_uppercase());
            line = line.args(["--env", &variable]);
        }
        line = builder
            .args
            .iter()
            .fold(line, |line, argument| named_value(line, "--env", argument));
        for secret in &builder.secrets {
            line = line.args(["--env", secret.as_str()]);
        }
        let line = line.args(["--path", &self.context()]);
        match self.output {
            Output::Registry => tags.iter().fold(line, |line, image| {
                line.and(CommandLine::new("docker").args(["push", image]))
            }),
            Output::Named(_) | Output::Layout(_) => line,
        }
    }

    /// What the image is called, in full.
    pub fn images(&self) -> Vec<String> {
        let repository = Repository::of(self.config);
        let tags = self.naming.tags(self.config, self.version);
        let images = tags.iter().map(|tag| repository.tagged(tag).to_string());
        images.collect()
    }

    /// What the image is built for; none for the machine that builds.
    pub fn platforms(&self) -> Option<String> {
        let Architectures::Named(named) = &self.config.builder.arch else {
            return None;
        };
        let store = Output::Named("docker".to_owned());
        if *self.output == store && named.len() > 1 {
            let own = named.iter().find(|it| it.family() == self.own);
            let only = own.or(named.first())?;
            return Some(platforms(std::slice::from_ref(only)));
        }
        Some(platforms(named))
    }

    fn context(&self) -> String {
        let context = self.config.builder.context.as_deref();
        context.map_or(".".into(), |path| path.to_string_lossy().into_owned())
    }

    fn with_buildx(&self) -> CommandLine {
        let builder = &self.config.builder;
        let output = match self.output {
            Output::Registry => "type=registry".to_owned(),
            Output::Named(name) => format!("type={name}"),
            Output::Layout(folder) => format!("type=oci,tar=false,{}", field("dest", folder)),
        };
        let mut line = CommandLine::new("docker")
            .args(["buildx", "build"])
            .arg(format!("--output={output}"))
            .arg("--metadata-file")
            .arg(&*self.metadata.to_string_lossy());
        if self.tells_steps {
            line = line.arg("--progress=rawjson");
        }
        // Without it the image is built for the machine that builds.
        if let Some(platforms) = self.platforms() {
            line = line.args(["--platform", &platforms]);
        }
        if let Some(name) = self.instance.name() {
            line = line.args(["--builder", name]);
        }
        line = self.with_cache(line.append(tagged(&self.images()))).pair(
            "--label",
            "service",
            self.config.service.as_str(),
        );
        for (name, value) in self.origin.annotations(self.version) {
            let label = format!("org.opencontainers.image.{name}={value}");
            line = line.args(["--label", &label]);
        }
        line = builder.args.iter().fold(line, |line, argument| {
            named_value(line, "--build-arg", argument)
        });
        for secret in &builder.secrets {
            line = line.args(["--secret", &format!("id={secret}")]);
        }
        line = line.args(["--file", &builder.dockerfile.to_string_lossy()]);
        line = self.with_extras(line);
        if self.freshness.no_cache {
            line = line.arg("--no-cache");
        }
        if self.freshness.pull {
            line = line.arg("--pull");
        }
        line.arg(self.context())
    }

    fn with_cache(&self, line: CommandLine) -> CommandLine {
        let (to, from) = match &self.config.builder.cache {
            None => return line,
            // What cannot reach the registry cannot keep a cache there either.
            Some(BuildCache::Registry { .. }) if matches!(self.output, Output::Layout(_)) => {
                return line;
            }
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

fn tagged(tags: &[String]) -> CommandLine {
    tags.iter()
        .fold(CommandLine::default(), |line, tag| line.args(["-t", tag]))
}

/// `--build-arg K="v"`, or the name alone, whose value then comes from this machine's environment. A value is
/// not shown, because people put tokens there (host-commands §1.4).
fn named_value(line: CommandLine, flag: &str, argument: &Pair) -> CommandLine {
    if argument.value.is_empty() {
        line.args([flag, &argument.name])
    } else {
        let name = Word::Plain(format!("{}=", argument.name));
        let value = Word::Hidden(Box::new(Word::Expanding(argument.value.clone())));
        line.arg(flag).arg(Word::Joined(vec![name, value]))
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

/// One field of an option that is read as a line of CSV.
fn field(name: &str, path: &Path) -> String {
    let text = format!("{name}={}", path.display());
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
