//! Accessories: databases and the like, booted once and left alone by deploys.

use std::path::PathBuf;

use dhow_names::{AccessoryName, Host};
use serde::Serialize;

use super::{HostEnv, Logging, Options, Pair, Proxy, Registry};

/// One accessory (config §9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accessory {
    /// The key below `accessories`.
    pub name: AccessoryName,
    /// Container name and label, `SERVICE-NAME` by default.
    pub service_name: String,
    /// The whole image reference, `accessories.NAME.registry.server` included.
    pub image: String,
    /// The registry of its own.
    pub registry: Option<Registry>,
    /// The hosts it runs on.
    pub hosts: Vec<Host>,
    /// The command behind the image, raw shell text.
    pub cmd: Option<String>,
    /// `--publish`; a port alone stands for `PORT:PORT` already.
    pub port: Option<String>,
    /// Labels beside `service`.
    pub labels: Vec<Pair>,
    /// `docker run` flags without `restart`.
    pub options: Options,
    /// `options.restart`, default `unless-stopped`.
    pub restart: String,
    /// Its own environment.
    pub env: HostEnv,
    /// Files that are uploaded and mounted.
    pub files: Vec<AccessoryFile>,
    /// Folders that are made on the host and mounted.
    pub directories: Vec<AccessoryDirectory>,
    /// Volumes, unquoted.
    pub volumes: Vec<String>,
    /// `--network`, `kamal` by default.
    pub network: String,
    /// The proxy in front of it; the root's settings are not handed on.
    pub proxy: Option<Proxy>,
    /// The root's logging; accessories have none of their own.
    pub logging: Logging,
}

/// A file that is uploaded to the hosts and mounted into the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessoryFile {
    /// The file on this machine, relative to the project.
    pub local: PathBuf,
    /// The path in the container, which also is its place below the accessory's folder on the host.
    pub remote: String,
    /// `chmod`, `755` by default.
    pub mode: Mode,
    /// `chown`.
    pub owner: Option<String>,
    /// Mount options, such as `ro`.
    pub options: Option<String>,
}

/// A folder that is made on the hosts and mounted into the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessoryDirectory {
    /// The folder on the host: absolute, or below the accessory's folder.
    pub local: String,
    /// The path in the container.
    pub remote: String,
    /// `chmod`, when given.
    pub mode: Option<Mode>,
    /// `chown`.
    pub owner: Option<String>,
    /// Mount options, such as `ro`.
    pub options: Option<String>,
}

/// A file mode in the words of `chmod`: octal digits, or symbolic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mode(pub String);
