//! The words a service is described with: its name, hosts, path prefixes and target addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name a service is deployed and removed by. Any text is one, as in the original (kamal-proxy §2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceName(String);

impl ServiceName {
    /// Names a service.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hosts a service answers for: all of them, one, or every direct subdomain of one.
///
/// Written in lower case, because host names do not tell cases apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct HostPattern(String);

impl HostPattern {
    /// The pattern of a service that was given no host.
    pub fn any() -> Self {
        Self(String::new())
    }

    /// The pattern as text: empty for any host, `*.example.com` for subdomains.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for HostPattern {
    fn from(host: String) -> Self {
        let host = host.to_ascii_lowercase();
        Self(host.strip_suffix('.').map_or(host.clone(), str::to_owned))
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.0
    }
}

/// A path prefix: one leading slash and none trailing, so `/` or `/api` (kamal-proxy §6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PathPrefix(String);

impl PathPrefix {
    /// The prefix of a service that was given none.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every path lies below it.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }
}

impl From<String> for PathPrefix {
    fn from(prefix: String) -> Self {
        Self(format!("/{}", prefix.trim_matches('/')))
    }
}

impl From<PathPrefix> for String {
    fn from(prefix: PathPrefix) -> Self {
        prefix.0
    }
}

/// Where a target listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TargetAddress {
    host: String,
    port: u16,
    text: String,
}

/// The target is not of the form `host[:port]`; the wording is the original's (kamal-proxy §2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} :invalid host pattern")]
pub struct InvalidTarget(pub String);

impl TargetAddress {
    /// Reads `host[:port]`; the port is 80 when left out.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let invalid = || InvalidTarget(text.to_owned());
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| invalid())?),
            None => (text, 80),
        };
        if port == 0 || !is_target_host(host) {
            return Err(invalid());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            text: format!("{host}:{port}"),
        })
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for TargetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for TargetAddress {
    type Error = InvalidTarget;

    fn try_from(text: String) -> Result<Self, InvalidTarget> {
        Self::parse(&text)
    }
}

impl From<TargetAddress> for String {
    fn from(address: TargetAddress) -> Self {
        address.text
    }
}

/// Two or more of `[A-Za-z0-9_.+-]`, the first one a word character.
fn is_target_host(host: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    host.len() >= 2
        && host.bytes().next().is_some_and(is_word)
        && host
            .bytes()
            .all(|byte| is_word(byte) || matches!(byte, b'-' | b'.' | b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_host_and_port() {
        assert_eq!(
            TargetAddress::parse("0123456789ab:3000").unwrap().as_str(),
            "0123456789ab:3000"
        );
        assert_eq!(TargetAddress::parse("web").unwrap().as_str(), "web:80");
        for bad in [
            "http://web",
            "w",
            "",
            "web:",
            "web:x",
            "web:70000",
            "web:0",
            "[::1]:80",
            "-web:80",
        ] {
            let error = TargetAddress::parse(bad).unwrap_err();
            assert_eq!(error.to_string(), format!("{bad} :invalid host pattern"));
        }
    }

    #[test]
    fn prefixes_have_one_leading_slash_and_none_trailing() {
        for (given, kept) in [
            ("", "/"),
            ("/", "/"),
            ("api", "/api"),
            ("/api/", "/api"),
            ("//a/b//", "/a/b"),
        ] {
            assert_eq!(PathPrefix::from(given.to_owned()).as_str(), kept);
        }
    }

    #[test]
    fn hosts_know_no_case() {
        assert_eq!(
            HostPattern::from("A.Example.COM.".to_owned()).as_str(),
            "a.example.com"
        );
    }
}
