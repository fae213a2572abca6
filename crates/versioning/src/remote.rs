//! Where a repository is shared: the remote that its address names.

use std::path::{Path, PathBuf};

use git2::Repository;

/// The place a project is pushed to, as far as names can be taken from it. Log-ins in the address are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    host: Option<String>,
    path: Vec<String>,
    repository: String,
}

impl Remote {
    /// Reads an address in any of git's forms: a URL, `user@host:path`, or a folder. Nothing when no repository
    /// is named in it.
    pub fn parse(address: &str) -> Option<Self> {
        let (host, path) = match address.split_once("://") {
            Some(("file", path)) => (None, path),
            Some((_, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (Some(authority), path)
            }
            None => match address.split_once(':') {
                Some((host, path)) if is_scp_host(host) => (Some(host), path),
                _ => (None, address),
            },
        };
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let part = |part: &&str| !matches!(*part, "" | "." | "..");
        let mut path: Vec<String> = path.split('/').filter(part).map(str::to_owned).collect();
        Some(Self {
            repository: path.pop()?,
            host: host.and_then(host_name),
            path,
        })
    }

    /// The host, in lower case, without user and port; none for a folder of this machine.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// What stands before the repository: an organisation, or groups within groups.
    pub fn owners(&self) -> &[String] {
        &self.path
    }

    /// The last part of the path, without `.git`.
    pub fn repository(&self) -> &str {
        &self.repository
    }
}

/// A path before the colon is no host (`./a:b`), and neither is nothing.
fn is_scp_host(text: &str) -> bool {
    !text.is_empty() && !text.contains('/')
}

fn host_name(authority: &str) -> Option<String> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// Where a folder lies: in which repository, and where that is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Where the current branch is pushed to, or else `origin`, or else the only remote there is.
    pub remote: Option<Remote>,
    /// The way from the root of the work tree to the folder; empty at the root itself.
    pub folder_in_tree: PathBuf,
}

impl Checkout {
    /// Looks for the repository around `folder`, which need not have a commit yet. What cannot be read counts as
    /// not there.
    pub fn read(folder: &Path) -> Option<Self> {
        let repository = Repository::discover(folder).ok()?;
        let root = repository.workdir()?.canonicalize().ok()?;
        let folder = folder.canonicalize().ok()?;
        Some(Self {
            remote: address(&repository).as_deref().and_then(Remote::parse),
            folder_in_tree: folder.strip_prefix(root).ok()?.to_owned(),
        })
    }
}

/// The address of the remote that matters.
pub(crate) fn address(repository: &Repository) -> Option<String> {
    let address_of = |name: &str| {
        let remote = repository.find_remote(name).ok()?;
        remote.url().ok().map(str::to_owned)
    };
    let upstream = || {
        // A branch without commits has a remote too.
        let head = repository.find_reference("HEAD").ok()?;
        let branch = head.symbolic_target().ok()??.to_owned();
        let name = repository.branch_upstream_remote(&branch).ok()?;
        address_of(name.as_str().ok()?)
    };
    let only = || {
        let names = repository.remotes().ok()?;
        (names.len() == 1)
            .then(|| names.get(0).ok().flatten().and_then(address_of))
            .flatten()
    };
    upstream().or_else(|| address_of("origin")).or_else(only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, write};

    fn read(address: &str) -> Option<(Option<String>, String)> {
        let Remote {
            host,
            mut path,
            repository,
        } = Remote::parse(address)?;
        path.push(repository);
        Some((host, path.join("/")))
    }

    #[test]
    fn all_forms_of_an_address_are_read() {
        let table = [
            ("git@github.com:acme/shop.git", "github.com", "acme/shop"),
            ("github.com:acme/shop", "github.com", "acme/shop"),
            ("https://github.com/acme/shop", "github.com", "acme/shop"),
            (
                "https://GitHub.com/Acme/Shop.git/",
                "github.com",
                "Acme/Shop",
            ),
            (
                "https://me:t0ken@github.com/acme/shop",
                "github.com",
                "acme/shop",
            ),
            (
                "ssh://git@ssh.github.com:443/acme/shop.git",
                "ssh.github.com",
                "acme/shop",
            ),
            (
                "git@gitlab.com:acme/web/shop.git",
                "gitlab.com",
                "acme/web/shop",
            ),
            ("host:/srv/git/shop.git", "host", "srv/git/shop"),
            ("ssh://host/~ada/shop", "host", "~ada/shop"),
        ];
        for (address, host, path) in table {
            let read = read(address);
            assert_eq!(
                read,
                Some((Some(host.to_owned()), path.to_owned())),
                "{address}"
            );
        }
    }

    #[test]
    fn a_folder_has_no_host() {
        for (address, path) in [
            ("/srv/git/shop.git", "srv/git/shop"),
            ("file:///srv/git/shop", "srv/git/shop"),
            ("../shop.git/", "shop"),
            ("./a:b/shop", "a:b/shop"),
        ] {
            assert_eq!(read(address), Some((None, path.to_owned())), "{address}");
        }
    }

    #[test]
    fn what_names_no_repository_is_none() {
        for address in ["", "/", "https://github.com", "git@github.com:", ".git"] {
            assert_eq!(read(address), None, "{address}");
        }
    }

    #[test]
    fn a_log_in_is_not_kept() {
        let remote = Remote::parse("https://me:t0ken@example.com/acme/shop").unwrap();
        assert!(!format!("{remote:?}").contains("t0ken"));
    }

    #[test]
    fn the_branch_says_which_remote_counts_and_then_origin() {
        let fixture = Fixture::empty();
        let read = || {
            let remote = Checkout::read(&fixture.root()).unwrap().remote?;
            Some(remote.repository().to_owned())
        };
        assert_eq!(read(), None);
        fixture.git(&["remote", "add", "mirror", "https://example.com/acme/mirror"]);
        assert_eq!(read().as_deref(), Some("mirror"), "the only one");
        fixture.git(&["remote", "add", "backup", "https://example.com/acme/backup"]);
        assert_eq!(read(), None, "none of two says more than the other");
        fixture.git(&["remote", "add", "origin", "https://example.com/acme/shop"]);
        assert_eq!(read().as_deref(), Some("shop"));
        fixture.git(&["config", "branch.main.remote", "backup"]);
        fixture.git(&["config", "branch.main.merge", "refs/heads/main"]);
        assert_eq!(read().as_deref(), Some("backup"));
        fixture.write("app.txt", "one\n");
        fixture.commit("First light");
        assert_eq!(read().as_deref(), Some("backup"), "with commits as well");
        fixture.git(&["checkout", "--quiet", "--detach"]);
        assert_eq!(read().as_deref(), Some("shop"), "without a branch");
    }

    #[test]
    fn a_short_form_of_an_address_is_written_out() {
        let fixture = Fixture::empty();
        fixture.git(&["config", "url.https://github.com/.insteadOf", "gh:"]);
        fixture.git(&["remote", "add", "origin", "gh:acme/shop"]);
        let remote = Checkout::read(&fixture.root()).unwrap().remote.unwrap();
        assert_eq!(remote.host(), Some("github.com"));
        assert_eq!(remote.owners(), ["acme"]);
    }

    #[test]
    fn a_folder_below_the_root_is_known_and_a_folder_outside_is_in_none() {
        let fixture = Fixture::empty();
        write(&fixture.root().join("apps/shop/Dockerfile"), "");
        let checkout = Checkout::read(&fixture.root().join("apps/shop")).unwrap();
        assert_eq!(checkout.folder_in_tree, Path::new("apps/shop"));
        assert_eq!(
            Checkout::read(&fixture.root()).unwrap().folder_in_tree,
            Path::new("")
        );
        assert_eq!(Checkout::read(Fixture::plain().root().as_path()), None);
    }
}
