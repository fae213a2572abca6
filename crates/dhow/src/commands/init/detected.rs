//! What can be told of a project before anybody has said anything about it.

use std::path::Path;

use dhow_versioning::{Checkout, Remote};

use super::dockerfile;

/// What goes into the deploy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detected {
    /// The name of the service.
    pub(super) service: String,
    /// The image in the registry, without the registry's server.
    pub(super) image: String,
    /// Who logs in to the registry.
    pub(super) account: String,
    /// The server of the registry, where the remote's host has one of its own.
    pub(super) registry: Option<&'static str>,
    /// The port that the Dockerfile exposes.
    pub(super) port: Option<u16>,
}

/// Stands where nobody can be named.
const NOBODY: &str = "your-account";

impl Detected {
    /// Decides all of it from the project's folder, its repository and its Dockerfile, each where there is one.
    pub(super) fn of(folder: &Path, checkout: Option<&Checkout>, dockerfile: Option<&str>) -> Self {
        let remote = checkout.and_then(|checkout| checkout.remote.as_ref());
        // A clone can be called anything; a folder within a repository is one app of several.
        let is_root = |it: &&Checkout| it.folder_in_tree.as_os_str().is_empty();
        let whole = checkout.filter(is_root).and(remote).map(Remote::repository);
        let folder = folder.file_name().and_then(|name| name.to_str());
        let service = whole
            .and_then(service_name)
            .or_else(|| folder.and_then(service_name))
            .unwrap_or_else(|| "my-app".to_owned());
        let registry = remote.and_then(Remote::host).and_then(registry_of);
        let owner = remote.and_then(|remote| owner(remote, registry, whole.is_none()));
        let name = whole
            .and_then(image_part)
            .or_else(|| image_part(&service))
            .unwrap_or_else(|| "my-app".to_owned());
        let owner = owner.unwrap_or_else(|| NOBODY.to_owned());
        let account = owner.split('/').next().unwrap_or(NOBODY).to_owned();
        Self {
            image: format!("{owner}/{name}"),
            account,
            registry,
            port: dockerfile.and_then(dockerfile::exposed_port),
            service,
        }
    }

    /// What a person should compare with what they know.
    pub(super) fn told(&self) -> String {
        let Self { service, image, .. } = self;
        let registry = self.registry.unwrap_or("Docker Hub");
        let port = match self.port {
            Some(port) => format!("port {port}, which the Dockerfile exposes"),
            None => "port 80, as nothing names another".to_owned(),
        };
        format!("Filled in: service {service}, image {image} at {registry}, {port}.")
    }
}

/// The registry beside the repositories of a host.
fn registry_of(host: &str) -> Option<&'static str> {
    match host {
        "github.com" | "ssh.github.com" => Some("ghcr.io"),
        "gitlab.com" | "altssh.gitlab.com" => Some("registry.gitlab.com"),
        "codeberg.org" => Some("codeberg.org"),
        _ => None,
    }
}

/// What stands before the image's name. GitLab has a registry per project, so groups and, for a part of a
/// repository, the repository belong to it; everybody else knows one owner.
fn owner(remote: &Remote, registry: Option<&str>, is_part: bool) -> Option<String> {
    remote.host()?;
    if registry != Some("registry.gitlab.com") {
        return remote.owners().last().and_then(|owner| image_part(owner));
    }
    let repository = is_part.then(|| remote.repository());
    let owners = remote.owners().iter().map(String::as_str).chain(repository);
    let parts: Vec<String> = owners.map(image_part).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The text in small letters, as far as a service and its containers can be called that (config §2.3 j).
fn service_name(text: &str) -> Option<String> {
    let fit = |character: char| match character.to_ascii_lowercase() {
        fitting @ ('a'..='z' | '0'..='9' | '_') => fitting,
        _ => '-',
    };
    let name: String = text.chars().map(fit).collect();
    let name = name.trim_matches(['-', '_']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The text in small letters, as far as a part of an image's name can be called that: letters and digits with a
/// `.`, `_`, `__` or dashes between them.
fn image_part(text: &str) -> Option<String> {
    let mut part = String::new();
    let mut between = String::new();
    for character in text.chars() {
        let character = character.to_ascii_lowercase();
        if !character.is_ascii_alphanumeric() {
            between.push(character);
            continue;
        }
        if !part.is_empty() {
            part.push_str(match between.as_str() {
                fitting @ ("" | "." | "_" | "__") => fitting,
                _ => "-",
            });
        }
        between.clear();
        part.push(character);
    }
    (!part.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn checkout(address: &str, folder_in_tree: &str) -> Checkout {
        Checkout {
            remote: Remote::parse(address),
            folder_in_tree: PathBuf::from(folder_in_tree),
        }
    }

    /// What is detected in `/home/ada/Work Tree`, in one line.
    fn told(address: &str, folder_in_tree: &str) -> String {
        let checkout = checkout(address, folder_in_tree);
        let it = Detected::of(Path::new("/home/ada/Work Tree"), Some(&checkout), None);
        let registry = it.registry.unwrap_or("-");
        format!("{} {registry} {} {}", it.service, it.image, it.account)
    }

    #[test]
    fn the_remote_names_service_and_image() {
        assert_eq!(
            told("git@github.com:Acme/My.Shop.git", ""),
            "my-shop ghcr.io acme/my.shop acme"
        );
        assert_eq!(
            told("https://gitlab.com/acme/web/shop", ""),
            "shop registry.gitlab.com acme/web/shop acme"
        );
        assert_eq!(
            told("ssh://git@codeberg.org/acme/shop", ""),
            "shop codeberg.org acme/shop acme"
        );
    }

    #[test]
    fn a_host_without_a_known_registry_still_names_the_image() {
        assert_eq!(
            told("git@git.example.com:team/web/shop.git", ""),
            "shop - web/shop web"
        );
        assert_eq!(
            told("git@git.example.com:shop.git", ""),
            "shop - your-account/shop your-account"
        );
        assert_eq!(
            told("/srv/git/shop.git", ""),
            "shop - your-account/shop your-account"
        );
    }

    #[test]
    fn a_part_of_a_repository_is_called_like_its_folder() {
        assert_eq!(
            told("git@github.com:acme/all.git", "apps/Work Tree"),
            "work-tree ghcr.io acme/work-tree acme"
        );
        assert_eq!(
            told("git@gitlab.com:acme/all.git", "apps/Work Tree"),
            "work-tree registry.gitlab.com acme/all/work-tree acme"
        );
    }

    #[test]
    fn without_a_remote_the_folder_names_everything() {
        let folder = |name: &str| Detected::of(Path::new(name), None, None);
        assert_eq!(folder("/home/ada/shop").service, "shop");
        assert_eq!(folder("/home/ada/shop").image, "your-account/shop");
        assert_eq!(folder("/home/ada/_Ünïcode_").service, "n-code");
        assert_eq!(folder("/home/ada/_a__.b_").image, "your-account/a-b");
        for nothing in ["/", "/home/ada/---", "/home/ada/日本"] {
            let it = folder(nothing);
            assert_eq!(
                (it.service.as_str(), it.image.as_str()),
                ("my-app", "your-account/my-app")
            );
        }
    }

    #[test]
    fn the_dockerfile_names_the_port() {
        let it = Detected::of(Path::new("/shop"), None, Some("FROM a\nEXPOSE 3000"));
        assert_eq!(it.port, Some(3000));
    }
}
