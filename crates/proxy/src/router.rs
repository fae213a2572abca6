//! Which service answers a host and a path: a pure table, made anew on every change.

use std::collections::HashMap;

use crate::names::{HostPattern, PathPrefix};

/// A table from hosts and path prefixes to routes of type `R` (kamal-proxy §6).
#[derive(Debug, Clone)]
pub struct Router<R> {
    hosts: HashMap<HostPattern, Vec<(PathPrefix, R)>>,
}

/// A route that was found, and how much of the raw path its prefix took.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a, R> {
    /// What the prefix leads to.
    pub route: &'a R,
    /// How many bytes of the path, as the client sent it, are the prefix; 0 for `/`.
    pub prefix_length: usize,
}

impl<R> Default for Router<R> {
    fn default() -> Self {
        Self {
            hosts: HashMap::new(),
        }
    }
}

impl<R: Clone> Router<R> {
    /// Adds a route for every combination of `hosts` and `prefixes`.
    pub fn insert(&mut self, hosts: &[HostPattern], prefixes: &[PathPrefix], route: &R) {
        for host in hosts {
            let routes = self.hosts.entry(host.clone()).or_default();
            routes.extend(
                prefixes
                    .iter()
                    .map(|prefix| (prefix.clone(), route.clone())),
            );
            routes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.as_str().len()));
        }
    }
}

impl<R> Router<R> {
    /// Every route, once for each of its hosts and prefixes.
    pub fn routes(&self) -> impl Iterator<Item = &R> {
        let routes = self.hosts.values().flatten();
        routes.map(|(_, route)| route)
    }

    /// The route of a request, from its host without a port and its path as it was sent.
    ///
    /// The most exact host that is known decides alone: its routes or none.
    pub fn find(&self, host: &str, raw_path: &str) -> Option<Match<'_, R>> {
        let routes = self.routes_of(host)?;
        routes.iter().find_map(|(prefix, route)| {
            let prefix_length = matched_length(prefix, raw_path)?;
            Some(Match {
                route,
                prefix_length,
            })
        })
    }

    /// The route that already has this very host and prefix.
    pub fn holder(&self, host: &HostPattern, prefix: &PathPrefix) -> Option<&R> {
        let routes = self.hosts.get(host)?;
        routes
            .iter()
            .find(|(held, _)| held == prefix)
            .map(|(_, route)| route)
    }

    fn routes_of(&self, host: &str) -> Option<&Vec<(PathPrefix, R)>> {
        // A proxy with one catch-all service needs neither the copy nor the look-ups.
        if self.hosts.len() > 1 || !self.hosts.contains_key(&HostPattern::any()) {
            let exact = HostPattern::from(host.to_owned());
            if let Some(routes) = self.hosts.get(&exact) {
                return Some(routes);
            }
            if let Some((_, parent)) = exact.as_str().split_once('.') {
                let wildcard = HostPattern::from(format!("*.{parent}"));
                if let Some(routes) = self.hosts.get(&wildcard) {
                    return Some(routes);
                }
            }
        }
        self.hosts.get(&HostPattern::any())
    }
}

/// How many bytes of `raw_path` spell `prefix`, when whole segments of it do.
///
/// Escaped letters count as the letters (`/%61pi` is below `/api`), but `%2F` is no separator: it is
/// part of a segment, and stays so.
fn matched_length(prefix: &PathPrefix, raw_path: &str) -> Option<usize> {
    if prefix.is_root() {
        return Some(0);
    }
    let raw = raw_path.as_bytes();
    let mut position = 0;
    for &expected in prefix.as_str().as_bytes() {
        let (byte, width) = decoded_byte(raw, position)?;
        if byte != expected || (byte == b'/' && width > 1) {
            return None;
        }
        position += width;
    }
    matches!(raw.get(position), None | Some(b'/')).then_some(position)
}

/// The byte that an unescaping reader sees at `position`, and how many bytes spell it.
fn decoded_byte(raw: &[u8], position: usize) -> Option<(u8, usize)> {
    let hexadecimal = |at: usize| raw.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let byte = *raw.get(position)?;
    if byte == b'%'
        && let (Some(high), Some(low)) = (hexadecimal(position + 1), hexadecimal(position + 2))
    {
        return Some((u8::try_from(high * 16 + low).ok()?, 3));
    }
    Some((byte, 1))
}

/// The host of a `Host` header: without its port, and without the brackets of `[::1]:80`.
pub fn host_without_port(host: &str) -> &str {
    if let Some((address, port)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return if port.is_empty() { host } else { address };
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn router(routes: &[(&str, &str, &'static str)]) -> Router<&'static str> {
        let mut table = Router::default();
        for (host, prefix, route) in routes {
            let host = HostPattern::from((*host).to_owned());
            table.insert(&[host], &[PathPrefix::from((*prefix).to_owned())], route);
        }
        table
    }

    fn find(
        router: &Router<&'static str>,
        host: &str,
        path: &str,
    ) -> Option<(&'static str, usize)> {
        router
            .find(host, path)
            .map(|found| (*found.route, found.prefix_length))
    }

    #[test]
    fn the_most_exact_host_decides_alone() {
        let router = router(&[
            ("a.example.com", "/api", "exact"),
            ("*.example.com", "/", "wildcard"),
            ("", "/", "default"),
        ]);
        assert_eq!(
            find(&router, "A.Example.com.", "/api/x"),
            Some(("exact", 4))
        );
        assert_eq!(find(&router, "a.example.com", "/"), None);
        assert_eq!(find(&router, "b.example.com", "/"), Some(("wildcard", 0)));
        assert_eq!(find(&router, "c.b.example.com", "/"), Some(("default", 0)));
        assert_eq!(find(&router, "example.com", "/"), Some(("default", 0)));
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let router = router(&[
            ("", "/", "root"),
            ("", "/api", "api"),
            ("", "/api/v2", "v2"),
        ]);
        for (path, expected) in [
            ("/api", ("api", 4)),
            ("/api/", ("api", 4)),
            ("/apix", ("root", 0)),
            ("/api/v2/x", ("v2", 7)),
            ("/%61pi/x", ("api", 6)),
            ("/api%2Fv2", ("root", 0)),
            ("/api/a%2Fb", ("api", 4)),
            ("/API", ("root", 0)),
            ("/%", ("root", 0)),
        ] {
            assert_eq!(find(&router, "x", path), Some(expected), "{path}");
        }
    }

    #[test]
    fn ports_and_brackets_are_cut_from_hosts() {
        for (given, kept) in [
            ("a.b:80", "a.b"),
            ("a.b", "a.b"),
            ("[::1]:80", "::1"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(host_without_port(given), kept);
        }
    }

    proptest! {
        #[test]
        fn a_path_below_a_prefix_is_found_and_cut_exactly(
            prefix in "(/[a-z0-9._-]{1,6}){1,3}",
            rest in "(/[a-zA-Z0-9%._-]{0,6}){0,3}",
        ) {
            let router = router(&[("", &prefix, "found")]);
            let path = format!("{prefix}{rest}");
            let found = find(&router, "any", &path);
            prop_assert_eq!(found, Some(("found", prefix.len())));
        }

        #[test]
        fn no_request_panics(host in "\\PC{0,20}", path in "/\\PC{0,20}") {
            let router = router(&[("a.b", "/a", "one"), ("*.b", "/", "two"), ("", "/x/y", "three")]);
            let _ = router.find(host_without_port(&host), &path);
        }
    }
}
