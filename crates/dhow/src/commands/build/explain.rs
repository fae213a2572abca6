//! `build explain`: what a build is made from, before it is made. No host is asked.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use dhow_builder::{Base, BaseImage, Build, Dockerfile, Freshness, Instance, Output, digest_now};
use dhow_config::{BuildCache, Builder, Config};
use dhow_names::Digest;
use dhow_registry_client::{Place, RegistryClient, Route};
use dhow_versioning::{ContextFiles, IgnoreRules};

use crate::{
    build_source::Source,
    failure::{Failure, Kind},
    hooks::HookRunner,
    image_build::{Machine, naming, origin},
    invocation::Invocation,
    local_registry::size,
    project::{Basis, Project},
};

/// How many of the largest files are named.
const LARGEST: usize = 5;

/// Where buildx writes what it has made, in the command that is shown.
const METADATA: &str = "FILE";

/// Shows it.
pub(super) async fn run(invocation: &Invocation, project: &Project) -> Result<(), Failure> {
    let basis = Basis::for_looking(project, invocation);
    let fleet = project.fleet()?;
    let hooks = HookRunner {
        invocation,
        project,
        basis: &basis,
        fleet: &fleet,
    };
    let source = Source::prepare(hooks).await?;
    source.check_and_tell(hooks)?;
    let here = Machine::here(invocation, project, &basis);
    let machine = here.within(source.folder());
    let instance = machine.instance().await?;
    let mut story = Story::default();
    story.source(project, &source);
    story.build(&machine, project, &instance).await?;
    if project.config.builder.pack.is_none() {
        story.base_images(&machine).await?;
    }
    story.values(&project.config.builder);
    story.files(&project.config.builder, source.folder())?;
    story.command(project, &basis, &instance);
    invocation
        .terminal
        .data(invocation.announcer.redact(&story.0));
    Ok(())
}

/// What is told, growing.
#[derive(Debug, Default)]
struct Story(String);

impl Story {
    fn line(&mut self, name: &str, what: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{name:<12}{what}");
    }

    fn item(&mut self, what: impl std::fmt::Display) {
        let _ = writeln!(self.0, "  {what}");
    }

    fn source(&mut self, project: &Project, source: &Source) {
        let builder = &project.config.builder;
        match (&project.work_tree, source) {
            (Ok(tree), Source::Clone(_)) => {
                let commit = tree.head();
                self.line("Commit", format_args!("{} ({})", commit.id, commit.subject));
                self.line(
                    "Source",
                    format_args!("a clean clone of it in {}", source.folder().display()),
                );
            }
            (Ok(tree), Source::Project(folder)) => {
                let commit = tree.head();
                self.line("Commit", format_args!("{} ({})", commit.id, commit.subject));
                let state = match tree.uncommitted() {
                    Ok(changes) if changes.is_empty() => "clean".to_owned(),
                    Ok(changes) => {
                        format!("{} uncommitted changes, which are built", changes.len())
                    }
                    Err(error) => error.to_string(),
                };
                self.line(
                    "Source",
                    format_args!("{} as it is: {state}", folder.display()),
                );
            }
            (Err(_), _) => {
                self.line("Commit", "none: this is no git repository");
                self.line(
                    "Source",
                    format_args!("{} as it is", source.folder().display()),
                );
            }
        }
        let context = builder.context.as_deref().unwrap_or(Path::new("."));
        self.line("Context", context.display());
        match &builder.pack {
            Some(pack) => self.line(
                "Buildpacks",
                format_args!("{} on {}", pack.buildpacks.join(", "), pack.builder),
            ),
            None => self.line("Dockerfile", builder.dockerfile.display()),
        }
    }

    async fn build(
        &mut self,
        machine: &Machine<'_>,
        project: &Project,
        instance: &Instance,
    ) -> Result<(), Failure> {
        let config = &project.config;
        let named = config.builder.arch.named();
        let platforms: Vec<String> = named
            .iter()
            .map(|it| format!("linux/{}", it.as_str()))
            .collect();
        let platforms = if platforms.is_empty() {
            "that of the machine that builds".to_owned()
        } else {
            platforms.join(", ")
        };
        self.line("Platforms", platforms);
        let kind = instance.kind();
        match instance.name() {
            Some(name) => {
                let state = if machine.is_ready(instance).await? {
                    "there"
                } else {
                    "not there as it should be, so it would be made"
                };
                self.line("Builder", format_args!("{kind}: {name} ({state})"));
            }
            None if matches!(instance, Instance::Pack { .. }) => self.line("Builder", "pack"),
            None => self.line("Builder", format_args!("{kind}: the engine itself")),
        }
        self.line("Cache", cache(config));
        Ok(())
    }

    async fn base_images(&mut self, machine: &Machine<'_>) -> Result<(), Failure> {
        let builder = &machine.config.builder;
        let path = machine.folder.join(&builder.dockerfile);
        let text = fs_err::read_to_string(&path).map_err(|error| {
            Failure::new(Kind::Project, format!("{} cannot be read", path.display()))
                .because(&error)
        })?;
        let dockerfile = Dockerfile::parse(&text);
        let given: BTreeMap<String, String> = builder
            .args
            .iter()
            .filter(|it| !it.value.is_empty())
            .map(|it| (it.name.clone(), it.value.clone()))
            .collect();
        let target = builder.target.as_deref();
        let Some(images) = dockerfile.base_images(&given, target) else {
            let headline = match target {
                Some(target) => format!("{} has no stage `{target}`", path.display()),
                None => format!("{} has no FROM", path.display()),
            };
            return Err(Failure::new(Kind::Project, headline));
        };
        self.line("Base images", if images.is_empty() { "none" } else { "" });
        if let Some(syntax) = dockerfile.syntax() {
            let now = digest_of(machine, syntax).await?;
            self.item(format_args!("{syntax}  {now}  (reads the Dockerfile)"));
        }
        for BaseImage {
            base,
            line,
            platform,
        } in images
        {
            let place = format!("{}:{line}", builder.dockerfile.display());
            let platform = platform.map(|it| format!("  for {it}")).unwrap_or_default();
            match base {
                Base::Image(image) => {
                    let now = digest_of(machine, &image).await?;
                    self.item(format_args!("{place}  {image}  {now}{platform}"));
                }
                Base::Unknown { text, variable } => self.item(format_args!(
                    "{place}  {text}  not known before the build: {variable} has no value{platform}"
                )),
                Base::Scratch | Base::Stage(_) => {}
            }
        }
        Ok(())
    }

    fn values(&mut self, builder: &Builder) {
        let arguments: Vec<String> = builder
            .args
            .iter()
            .map(|it| match it.value.as_str() {
                "" => format!("{} (from the environment)", it.name),
                _ => it.name.clone(),
            })
            .collect();
        self.line("Arguments", or_none(&arguments));
        let secrets: Vec<String> = builder.secrets.iter().map(ToString::to_string).collect();
        self.line("Secrets", or_none(&secrets));
    }

    fn files(&mut self, builder: &Builder, folder: &Path) -> Result<(), Failure> {
        let context: PathBuf = folder.join(builder.context.as_deref().unwrap_or(Path::new("")));
        let rules = IgnoreRules::read(&context, &folder.join(&builder.dockerfile))
            .map_err(|error| Failure::of(Kind::Project, &error))?;
        let files = ContextFiles::list(&context, &rules).map_err(|error| {
            Failure::new(Kind::Project, "the files that are built cannot be listed").because(&error)
        })?;
        let left_out = match (rules.file(), files.left_out) {
            (Some(file), count) => {
                let file = file.strip_prefix(&context).unwrap_or(file);
                format!("{} leaves out {count}", file.display())
            }
            (None, _) => "no .dockerignore leaves anything out".to_owned(),
        };
        let (count, whole) = (files.seen.len(), size(files.size()));
        self.line(
            "Files",
            format_args!("{count}, {whole}; {left_out}. The largest:"),
        );
        let mut largest = files.seen;
        largest.sort_by_key(|file| std::cmp::Reverse(file.size));
        for file in largest.iter().take(LARGEST) {
            self.item(format_args!(
                "{:>9}  {}",
                size(file.size),
                file.path.display()
            ));
        }
        Ok(())
    }

    fn command(&mut self, project: &Project, basis: &Basis, instance: &Instance) {
        let build = Build {
            config: &project.config,
            version: &basis.version,
            output: &Output::Registry,
            freshness: Freshness::default(),
            instance,
            origin: &origin(project),
            naming: naming(&project.config),
            own: "",
            tells_steps: false,
            metadata: Path::new(METADATA),
        };
        self.line("Image", build.images().join(", "));
        self.line("Command", "");
        self.item(build.command());
    }
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn cache(config: &Config) -> String {
    match &config.builder.cache {
        None => "the builder's own".to_owned(),
        Some(BuildCache::Gha { .. }) => "GitHub Actions (type: gha)".to_owned(),
        Some(BuildCache::Registry { image, .. }) => {
            let server = config.registry.server.as_ref();
            let server = server.map(|it| format!("{it}/")).unwrap_or_default();
            format!("in the registry, {server}{image}")
        }
    }
}

/// What an image is now, or why that cannot be told; an image that is named by its digest is that for ever.
async fn digest_of(machine: &Machine<'_>, image: &str) -> Result<String, Failure> {
    if let Some((_, digest)) = image.split_once('@') {
        return Ok(digest.to_owned());
    }
    let report = machine.run(&digest_now(image)).await?;
    // Of an image in Docker's older form, buildx 0.13 prints more than was asked for.
    let mut words = report.stdout.split_whitespace();
    if let Some(digest) = words.find_map(|word| word.parse::<Digest>().ok()) {
        return Ok(digest.to_string());
    }
    // Without buildx here, or without its log-in, everybody's image can still be asked for.
    Ok(match digest_for_everybody(image).await {
        Ok(Some(digest)) => digest.to_string(),
        Ok(None) => "not there".to_owned(),
        Err(reason) => format!("not known: {reason}"),
    })
}

/// What an image is that needs no log-in; none when there is none.
async fn digest_for_everybody(image: &str) -> Result<Option<Digest>, String> {
    let (place, reference) = Place::of_image(image).map_err(|error| error.to_string())?;
    let plain = place.is_on_this_machine();
    let client = RegistryClient::new(place, None, plain, Route::Direct, &[])
        .map_err(|error| error.to_string())?;
    let manifest = client.manifest(&reference).await;
    let manifest = manifest.map_err(|error| error.to_string())?;
    Ok(manifest.map(|manifest| manifest.digest))
}
