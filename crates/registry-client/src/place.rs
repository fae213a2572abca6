//! Where a repository is: which server answers for it, under which name.

use dhow_names::{InvalidRepositoryName, RepositoryName};

/// The server that answers for images whose name says none.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// The names by which Docker Hub is known.
const NAMES_OF_DOCKER_HUB: [&str; 4] = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
];

/// A repository of a registry, as HTTP knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    server: String,
    repository: RepositoryName,
}

/// A server or an image that no registry can be asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusablePlace {
    /// The image's name.
    #[error(transparent)]
    Repository(#[from] InvalidRepositoryName),
    /// The server's name.
    #[error("`{0}` cannot be the name of a registry's server")]
    Server(String),
}

impl Place {
    /// The repository of an image, written as in a deploy file: a server, `host[:port]` (none means Docker Hub), and
    /// what stands behind it. A server may carry the first parts of the repository's name, as in
    /// `ghcr.io/acme`.
    pub fn new(server: Option<&str>, image: &str) -> Result<Self, UnusablePlace> {
        let Some(server) = server else {
            return Self::on_docker_hub(image);
        };
        let (server, image) = match server.split_once('/') {
            Some((server, first)) => (server, format!("{}/{image}", first.trim_matches('/'))),
            None => (server, image.to_owned()),
        };
        if NAMES_OF_DOCKER_HUB.contains(&server) {
            return Self::on_docker_hub(&image);
        }
        let fits =
            |character: char| character.is_ascii_alphanumeric() || "-.:[]_".contains(character);
        if server.is_empty() || !server.chars().all(fits) {
            return Err(UnusablePlace::Server(server.to_owned()));
        }
        Ok(Self {
            server: server.to_owned(),
            repository: image.parse()?,
        })
    }

    /// Images without an owner belong to Docker's library there.
    fn on_docker_hub(image: &str) -> Result<Self, UnusablePlace> {
        let repository = if image.contains('/') {
            image.parse()?
        } else {
            format!("library/{image}").parse()?
        };
        Ok(Self {
            server: DOCKER_HUB.to_owned(),
            repository,
        })
    }

    /// The repository that an image is in, written as a Dockerfile's `FROM` has it, and what it is there: the tag or
    /// the digest behind its name, `latest` when there is none.
    pub fn of_image(text: &str) -> Result<(Self, String), UnusablePlace> {
        let (name, reference) = split_reference(text);
        let place = match name.split_once('/') {
            // Docker's rule: a first part is a server when it could be no owner.
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                Self::new(Some(first), rest)
            }
            _ => Self::new(None, name),
        };
        Ok((place?, reference.to_owned()))
    }

    /// `host[:port]`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The repository's name at its server.
    pub fn repository(&self) -> &RepositoryName {
        &self.repository
    }

    /// The host and the port that are connected to.
    pub fn host_and_port(&self, plain: bool) -> (&str, u16) {
        let default = if plain { 80 } else { 443 };
        match self.server.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(default)),
            _ => (&self.server, default),
        }
    }

    /// Whether the server is this machine, where Docker takes HTTP without encryption for granted.
    pub fn is_on_this_machine(&self) -> bool {
        let (host, _) = self.host_and_port(true);
        host == "localhost" || host == "[::1]" || host.starts_with("127.")
    }
}

/// A digest wins over a tag that stands before it.
fn split_reference(text: &str) -> (&str, &str) {
    if let Some((name, digest)) = text.split_once('@') {
        return (without_tag(name), digest);
    }
    let name = without_tag(text);
    match text.get(name.len() + 1..) {
        Some(tag) => (name, tag),
        None => (name, "latest"),
    }
}

fn without_tag(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_carry_the_beginning_of_the_name() {
        for (server, image, on, name) in [
            (None, "app", "registry-1.docker.io", "library/app"),
            (None, "acme/app", "registry-1.docker.io", "acme/app"),
            (
                Some("docker.io"),
                "acme/app",
                "registry-1.docker.io",
                "acme/app",
            ),
            (Some("ghcr.io"), "acme/app", "ghcr.io", "acme/app"),
            (Some("ghcr.io/acme"), "app", "ghcr.io", "acme/app"),
            (Some("registry:5000"), "app", "registry:5000", "app"),
        ] {
            let place = Place::new(server, image).unwrap();
            assert_eq!((place.server(), place.repository().as_str()), (on, name));
        }
        assert!(Place::new(Some("a b"), "app").is_err());
        assert!(Place::new(Some("ghcr.io"), "App").is_err());
    }

    #[test]
    fn images_are_read_as_docker_reads_them() {
        for (text, on, name, reference) in [
            ("debian", "registry-1.docker.io", "library/debian", "latest"),
            ("debian:12", "registry-1.docker.io", "library/debian", "12"),
            ("acme/app:1", "registry-1.docker.io", "acme/app", "1"),
            ("localhost/app", "localhost", "app", "latest"),
            ("registry:5000/app", "registry:5000", "app", "latest"),
            ("registry:5000/a/b:c", "registry:5000", "a/b", "c"),
            ("ghcr.io/a/b:c@sha256:00", "ghcr.io", "a/b", "sha256:00"),
        ] {
            let (place, at) = Place::of_image(text).unwrap();
            assert_eq!(
                (place.server(), place.repository().as_str()),
                (on, name),
                "{text}"
            );
            assert_eq!(at, reference, "{text}");
        }
    }

    #[test]
    fn a_port_is_known_or_follows_from_the_protocol() {
        let at = |server| Place::new(Some(server), "app").unwrap();
        assert_eq!(at("registry:5000").host_and_port(false), ("registry", 5000));
        assert_eq!(at("ghcr.io").host_and_port(false), ("ghcr.io", 443));
        assert_eq!(at("[::1]").host_and_port(true), ("[::1]", 80));
        assert!(at("127.0.0.1:5000").is_on_this_machine());
        assert!(!at("registry:5000").is_on_this_machine());
    }
}
