//! Images: where they lie, and what they are tagged with.

use std::fmt;

use dhow_config::Config;
use dhow_names::{Destination, ServiceName};
use dhow_shell::CommandLine;
use dhow_versioning::Version;

/// `SERVER/IMAGE`, or `IMAGE` on Docker Hub (versioning §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    name: String,
    destination: Option<Destination>,
}

impl Repository {
    /// The repository of the deploy file's image.
    pub fn of(config: &Config) -> Self {
        let name = match &config.registry.server {
            Some(server) => format!("{server}/{}", config.image),
            None => config.image.clone(),
        };
        Self {
            name,
            destination: config.destination.clone(),
        }
    }

    /// The repository without a tag.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The image of a version.
    pub fn at(&self, version: &Version) -> ImageRef {
        self.tagged(version.as_str())
    }

    /// The image that the last complete deploy left: `latest`, or `latest-DESTINATION`.
    pub fn latest(&self) -> ImageRef {
        self.tagged(&self.latest_tag())
    }

    /// The tag of [`latest`](Self::latest).
    pub fn latest_tag(&self) -> String {
        match &self.destination {
            Some(destination) => format!("latest-{destination}"),
            None => "latest".to_owned(),
        }
    }

    /// Whether a tag is one that moves from deploy to deploy, of this destination or another.
    pub fn is_latest_tag(tag: &str) -> bool {
        tag == "latest" || tag.starts_with("latest-")
    }

    /// The image under any tag.
    pub fn tagged(&self, tag: &str) -> ImageRef {
        ImageRef {
            repository: self.name.clone(),
            tag: tag.to_owned(),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// A repository and a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    repository: String,
    tag: String,
}

impl ImageRef {
    /// The tag alone.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.repository, self.tag)
    }
}

/// Fetches the image.
pub fn pull(image: &ImageRef) -> CommandLine {
    CommandLine::new("docker")
        .arg("pull")
        .arg(image.to_string())
}

/// Fails unless the image was built for this service (host-commands §5.4).
pub fn check_label(image: &ImageRef, service: &ServiceName) -> CommandLine {
    let complaint = format!("Image {image} is missing the 'service' label");
    CommandLine::new("docker")
        .args(["inspect", "-f", "{{ .Config.Labels.service }}"])
        .arg(image.to_string())
        .pipe(
            CommandLine::new("grep")
                .arg("-x")
                .arg(service.as_str())
                .silenced(),
        )
        .or(CommandLine::new("echo")
            .arg(complaint)
            .arg_raw(">&2")
            .and(CommandLine::raw("false"))
            .grouped())
}

/// Fails unless the engine runs images of this architecture. A Rosetta or binfmt set-up is not known to the
/// engine, so the comparison is between the two names alone; where one of them is no name, nothing is said.
pub fn check_architecture(image: &ImageRef) -> CommandLine {
    let script = format!(
        "image=$(docker image inspect --format '{{{{.Architecture}}}}' {image}) && \
         engine=$(docker version --format '{{{{.Server.Arch}}}}') && \
         case $image/$engine in \"$engine/$image\" | *[!a-z0-9/]*) ;; \
         *) echo \"image {image} is built for $image, this host is $engine\" >&2; false ;; esac"
    );
    CommandLine::raw(script)
}

/// Moves the tag of the last complete deploy to this image.
pub fn tag_latest(repository: &Repository, version: &Version) -> CommandLine {
    CommandLine::new("docker")
        .arg("tag")
        .arg(repository.at(version).to_string())
        .arg(repository.latest().to_string())
}

/// Lists the images of the repository.
pub fn list(repository: &Repository) -> CommandLine {
    CommandLine::new("docker")
        .args(["image", "ls"])
        .arg(repository.as_str())
}

/// Prints the tags of the repository that lie on the host, one a line.
pub fn tags(repository: &Repository) -> CommandLine {
    list(repository).args(["--format", "{{.Tag}}"])
}

/// Removes every image of the service that no container uses.
pub fn remove_unused(service: &ServiceName) -> CommandLine {
    CommandLine::new("docker")
        .args(["image", "prune", "--all", "--force", "--filter"])
        .arg(format!("label=service={service}"))
}
