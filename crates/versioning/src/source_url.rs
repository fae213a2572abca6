//! Where the source of an image can be had, as an image may tell the world.

use std::path::Path;

use git2::Repository;

use crate::remote::address;

/// The address of the remote of the repository around `folder`, without any log-in; none when it is a folder of
/// this machine, which would tell nobody anything. What cannot be read counts as not there.
pub fn source_url(folder: &Path) -> Option<String> {
    let repository = Repository::discover(folder).ok()?;
    address(&repository).as_deref().and_then(public)
}

/// GitHub joins an image to its repository by the address that a browser shows, whichever way people push.
const GITHUB: [&str; 2] = ["git@github.com:", "ssh://git@github.com/"];

fn public(address: &str) -> Option<String> {
    if let Some(path) = GITHUB.iter().find_map(|form| address.strip_prefix(form)) {
        let path = path.trim_start_matches('/').trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        return Some(format!("https://github.com/{path}"));
    }
    let Some((scheme, rest)) = address.split_once("://") else {
        // `user@host:path` has no place for a password.
        let (host, _) = address.split_once(':')?;
        let is_host = !host.is_empty() && !host.contains('/');
        return is_host.then(|| address.to_owned());
    };
    if scheme == "file" {
        return None;
    }
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest[..end].split_once('/')?;
    let host = match authority.rsplit_once('@') {
        None => authority.to_owned(),
        // Whoever connects over SSH needs the user's name, which is no secret there.
        Some((user, host)) if scheme == "ssh" => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{name}@{host}")
        }
        // On the web a token often stands in its place.
        Some((_, host)) => host.to_owned(),
    };
    Some(format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ins_are_left_out_and_github_is_named_as_browsers_name_it() {
        let table = [
            (
                "git@github.com:acme/shop.git",
                "https://github.com/acme/shop",
            ),
            (
                "ssh://git@github.com/acme/shop",
                "https://github.com/acme/shop",
            ),
            (
                "https://github.com/acme/shop.git",
                "https://github.com/acme/shop.git",
            ),
            (
                "https://me:t0ken@example.com/acme/shop",
                "https://example.com/acme/shop",
            ),
            (
                "https://t0ken@example.com:8443/a/b?key=t0ken#x",
                "https://example.com:8443/a/b",
            ),
            (
                "ssh://git:t0ken@example.com:2222/a/b",
                "ssh://git@example.com:2222/a/b",
            ),
            ("git@example.com:a/b.git", "git@example.com:a/b.git"),
            ("git://example.com/a", "git://example.com/a"),
        ];
        for (address, expected) in table {
            assert_eq!(public(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn a_folder_is_not_told() {
        for address in [
            "/srv/git/shop.git",
            "file:///srv/git/shop",
            "../shop",
            "./a:b/c",
            "",
            "https://host",
        ] {
            assert_eq!(public(address), None, "{address}");
        }
    }
}
