//! Images: where they lie, and what they are tagged with.

use std::fmt;

use dhow_config::Config;
use dhow_names::{Destination, Digest, ServiceName};
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

    /// The image of this content, whatever its tags are.
    pub fn pinned(&self, digest: Digest) -> PinnedImage {
        PinnedImage {
            repository: self.name.clone(),
            digest,
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

/// A repository and a digest: a name that cannot move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedImage {
    repository: String,
    digest: Digest,
}

impl fmt::Display for PinnedImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.repository, self.digest)
    }
}

/// Fetches the image that the tag names at this moment.
pub fn pull(image: &ImageRef) -> CommandLine {
    CommandLine::new("docker")
        .arg("pull")
        .arg(image.to_string())
}

/// Fetches the image of this content, unless it lies here already.
pub fn pull_pinned(image: &PinnedImage) -> CommandLine {
    let image = image.to_string();
    CommandLine::new("docker")
        .args(["image", "inspect", "--format", "{{.Id}}", &image])
        .silenced()
        .or(CommandLine::new("docker").args(["pull", &image]))
}

/// Gives the image of this content the name by which containers are made from it, on this host alone.
pub fn name_pinned(pinned: &PinnedImage, image: &ImageRef) -> CommandLine {
    CommandLine::new("docker")
        .arg("tag")
        .arg(pinned.to_string())
        .arg(image.to_string())
}

/// Prints what a pull depends on: the folder that images lie in and, behind a `|`, what the engine says of registries,
/// as JSON; then a line of `df` about that folder, in blocks of 1024 bytes.
pub fn store() -> CommandLine {
    CommandLine::raw(
        "about=$(docker info --format '{{.DockerRootDir}}|{{json .RegistryConfig}}') && \
         printf '%s\\n' \"$about\" && { df -Pk \"${about%%|*}\" 2>/dev/null | tail -n 1; }",
    )
}

/// Fails when the image says that it was built for another service. One that says nothing was built elsewhere, which
/// Kamal refuses (host-commands §5.4).
pub fn check_label(image: &ImageRef, service: &ServiceName) -> CommandLine {
    CommandLine::raw(format!(
        "built_for=$(docker image inspect --format '{{{{ index .Config.Labels \"service\" }}}}' {image}) && \
         case $built_for in {service} | '' | '<no value>') ;; \
         *) echo \"image {image} is labelled for the service $built_for, not {service}\" >&2; false ;; esac"
    ))
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

/// Prints by which digests registries know the image, one `REPOSITORY@DIGEST` a line.
pub fn digests(image: &ImageRef) -> CommandLine {
    CommandLine::new("docker")
        .args(["image", "inspect", "--format"])
        .arg("{{range .RepoDigests}}{{println .}}{{end}}")
        .arg(image.to_string())
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

/// Prints the tags of the repository that lie on the host, each with the digest under which it was pulled or pushed;
/// `<none>` stands for what is missing. The newest comes first.
pub fn tags(repository: &Repository) -> CommandLine {
    list(repository).args(["--digests", "--format", "{{.Tag}} {{.Digest}}"])
}

/// Removes every image that no container uses: those of the service, and those that the repository has without saying
/// of which service they are.
pub fn remove_unused(service: &ServiceName, repository: &Repository) -> CommandLine {
    let labelled = CommandLine::new("docker")
        .args(["image", "prune", "--all", "--force", "--filter"])
        .arg(format!("label=service={service}"));
    let unlabelled = unlabelled(repository, ID_AND_NAME);
    // One that a container of another destination uses stays, with all of its names.
    labelled.and(CommandLine::raw(format!(
        "{unlabelled} | while read image name; do \
         case $name in *:'<none>') name=$image ;; esac ; \
         docker ps -a -q --filter ancestor=\"$image\" | grep -q . || docker rmi \"$name\" ; done"
    )))
}

/// An image in lists that are read by a shell.
pub(crate) const ID_AND_NAME: &str = "{{.ID}} {{.Repository}}:{{.Tag}}";

/// Lists the repository's images that do not say of which service they are, because they were built elsewhere. Those of
/// another service that has the same repository are its own affair. `form` begins with the image's ID.
pub(crate) fn unlabelled(repository: &Repository, form: &str) -> String {
    format!(
        "docker image ls {repository} --format '{form}' | \
         grep -v \"^\\($(docker image ls --filter label=service --format '{{{{.ID}}}}\\|' | tr -d '\\n')none\\)\""
    )
}
