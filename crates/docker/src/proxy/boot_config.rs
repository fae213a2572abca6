//! How the proxy's container is made on hosts whose deploy file does not say: four small files, each with a default
//! (host-commands §6). Kamal calls them deprecated.

use std::net::IpAddr;

use dhow_shell::{CommandLine, Word};

use super::{DEFAULT_VERSION, container::bind_prefix};
use crate::server;

/// The folder of the files.
const FOLDER: &str = ".kamal/proxy";

/// What stands for a file that is not there.
const DEFAULT_OPTIONS: &str = "--publish 80:80 --publish 443:443 --log-opt max-size=10m";
const DEFAULT_IMAGE: &str = "basecamp/kamal-proxy";

/// What the four files are to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootConfig {
    /// Whether ports are published at all.
    pub publish: bool,
    /// The addresses they are published on; none means all.
    pub bind_ips: Vec<IpAddr>,
    /// The host's port for HTTP.
    pub http_port: u16,
    /// The host's port for HTTPS.
    pub https_port: u16,
    /// `--log-opt max-size`; empty leaves it out.
    pub log_max_size: String,
    /// What the image's name begins with.
    pub registry: Option<String>,
    /// The part of the image's name before `kamal-proxy`.
    pub repository: Option<String>,
    /// The tag of the image.
    pub image_version: Option<String>,
    /// The port for metrics.
    pub metrics_port: Option<u16>,
    /// Whether the proxy logs more.
    pub debug: bool,
    /// Further flags of `docker run`, without their dashes.
    pub docker_options: Vec<String>,
}

/// A file and what it says; nothing where its default holds, so that the file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFile {
    /// Its name.
    pub name: &'static str,
    /// Its text, without a line break.
    pub text: Option<String>,
}

impl BootConfig {
    /// The files that say this.
    pub fn files(&self) -> [BootFile; 4] {
        let unless_default = |text: String, default: &str| (text != default).then_some(text);
        [
            BootFile {
                name: "options",
                text: unless_default(self.options(), DEFAULT_OPTIONS),
            },
            BootFile {
                name: "image",
                text: unless_default(self.image(), DEFAULT_IMAGE),
            },
            BootFile {
                name: "image_version",
                text: self.image_version.clone(),
            },
            BootFile {
                name: "run_command",
                text: self.run_command(),
            },
        ]
    }

    fn options(&self) -> String {
        let mut options = Vec::new();
        if self.publish {
            let mut publish = |ip: &str| {
                options.push(format!("--publish {ip}{}:80", self.http_port));
                options.push(format!("--publish {ip}{}:443", self.https_port));
            };
            match self.bind_ips.as_slice() {
                [] => publish(""),
                ips => ips.iter().for_each(|ip| publish(&bind_prefix(*ip))),
            }
        }
        if !self.log_max_size.is_empty() {
            options.push(format!("--log-opt max-size={}", self.log_max_size));
        }
        options.extend(self.metrics_port.map(|port| format!("--expose={port}")));
        options.extend(
            self.docker_options
                .iter()
                .map(|option| format!("--{option}")),
        );
        options.join(" ")
    }

    fn image(&self) -> String {
        let repository = self.repository.as_deref().unwrap_or("basecamp");
        match &self.registry {
            Some(registry) => format!("{registry}/{repository}/kamal-proxy"),
            None => format!("{repository}/kamal-proxy"),
        }
    }

    fn run_command(&self) -> Option<String> {
        if !self.debug && self.metrics_port.is_none() {
            return None;
        }
        let debug = if self.debug { " --debug" } else { "" };
        let metrics = self.metrics_port;
        let metrics = metrics.map(|port| format!(" --metrics-port \"{port}\""));
        Some(format!(
            "kamal-proxy run{debug}{}",
            metrics.unwrap_or_default()
        ))
    }
}

/// Writes standard input to a file, with the mode that Kamal's uploads have (host-commands §1.5).
pub fn write(file: &BootFile) -> CommandLine {
    let path = format!("{FOLDER}/{}", file.name);
    let temporary = format!("{path}.new");
    server::make_directory(FOLDER)
        .and(CommandLine::new("cat").arg_raw(">").arg(temporary.as_str()))
        .and(CommandLine::new("chmod").args(["0640", temporary.as_str()]))
        .and(CommandLine::new("mv").args(["-f", temporary.as_str(), path.as_str()]))
}

/// Removes a file; none is fine.
pub fn reset(file: &str) -> CommandLine {
    CommandLine::new("rm").args(["-f", &format!("{FOLDER}/{file}")])
}

/// The files' names.
pub const FILES: [&str; 4] = ["options", "image", "image_version", "run_command"];

/// Prints options, image and command as one line.
pub fn show() -> CommandLine {
    let (options, image) = (
        said("options", DEFAULT_OPTIONS),
        said("image", DEFAULT_IMAGE),
    );
    let version = said("image_version", DEFAULT_VERSION);
    let command = said("run_command", "");
    CommandLine::raw(format!("echo {options} {image}:{version} {command}"))
}

/// The image alone.
pub(super) fn image() -> Word {
    let (image, version) = (
        said("image", DEFAULT_IMAGE),
        said("image_version", DEFAULT_VERSION),
    );
    Word::Raw(format!("\"{image}:{version}\""))
}

fn said(file: &str, default: &str) -> String {
    format!("$(cat {FOLDER}/{file} 2> /dev/null || echo \"{default}\")")
}
