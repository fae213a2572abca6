//! What the proxy learns from its environment, read once at the start (kamal-proxy §1).

use std::path::{Path, PathBuf};

/// The variables the proxy looks at, as they were when the process began.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_directory: Option<PathBuf>,
    /// `TMPDIR`.
    pub temporary_directory: Option<PathBuf>,
    /// `KAMAL_PROXY_SOCKET`.
    pub socket: Option<PathBuf>,
    /// `KAMAL_PROXY_HTTP_PORT`, else `HTTP_PORT`; a value that is no port is ignored.
    pub http_port: Option<u16>,
    /// `KAMAL_PROXY_HTTPS_PORT`, else `HTTPS_PORT`.
    pub https_port: Option<u16>,
    /// `KAMAL_PROXY_METRICS_PORT`, else `METRICS_PORT`.
    pub metrics_port: Option<u16>,
    /// `KAMAL_PROXY_DEBUG`, else `DEBUG`.
    pub debug: Option<bool>,
}

impl Environment {
    /// Reads the process's own environment.
    pub fn of_this_process() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the proxy is a program of its own; this is its one look"
        )]
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads the variables through `lookup`, which gives a variable's value or nothing.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let setting = |name: &str| lookup(&format!("KAMAL_PROXY_{name}")).or_else(|| lookup(name));
        let port = |name: &str| setting(name).and_then(|value| value.parse().ok());
        Self {
            home: path("HOME"),
            runtime_directory: path("XDG_RUNTIME_DIR"),
            temporary_directory: path("TMPDIR"),
            socket: path("KAMAL_PROXY_SOCKET"),
            http_port: port("HTTP_PORT"),
            https_port: port("HTTPS_PORT"),
            metrics_port: port("METRICS_PORT"),
            debug: setting("DEBUG").and_then(|value| go_boolean(&value)),
        }
    }

    /// Where the server listens for commands.
    pub fn socket_path(&self) -> PathBuf {
        if let Some(path) = &self.socket {
            return path.clone();
        }
        self.runtime_directory
            .clone()
            .unwrap_or_else(|| self.temporary())
            .join("kamal-proxy.sock")
    }

    /// Where the state lives when HOME is known; the temporary directory otherwise.
    pub fn data_directory(&self) -> PathBuf {
        self.home
            .as_ref()
            .map_or_else(|| self.temporary(), |home| home.join(".config/kamal-proxy"))
    }

    /// The directory that stands in when no better one can be had.
    pub fn temporary(&self) -> PathBuf {
        self.temporary_directory
            .clone()
            .unwrap_or_else(|| Path::new("/tmp").to_owned())
    }
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub fn go_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::from_lookup(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_prefixed_name_wins_and_junk_is_ignored() {
        let both = environment(&[("HTTP_PORT", "8080"), ("KAMAL_PROXY_HTTP_PORT", "8081")]);
        assert_eq!(both.http_port, Some(8081));
        assert_eq!(environment(&[("METRICS_PORT", "junk")]).metrics_port, None);
        assert_eq!(environment(&[("DEBUG", "t")]).debug, Some(true));
    }

    #[test]
    fn the_socket_is_looked_for_in_the_documented_order() {
        let path = |variables: &[(&str, &str)]| environment(variables).socket_path();
        assert_eq!(path(&[]), Path::new("/tmp/kamal-proxy.sock"));
        assert_eq!(
            path(&[("TMPDIR", "/var/tmp")]),
            Path::new("/var/tmp/kamal-proxy.sock")
        );
        let runtime = [("TMPDIR", "/var/tmp"), ("XDG_RUNTIME_DIR", "/run/user/1")];
        assert_eq!(path(&runtime), Path::new("/run/user/1/kamal-proxy.sock"));
        assert_eq!(
            path(&[("KAMAL_PROXY_SOCKET", "/x.sock"), ("XDG_RUNTIME_DIR", "/r")]),
            Path::new("/x.sock")
        );
    }
}
