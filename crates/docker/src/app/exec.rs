//! Running a command in the app.

use dhow_config::{Config, Pair, Role};
use dhow_names::Host;
use dhow_shell::CommandLine;

use crate::{
    docker, flags,
    image::ImageRef,
    names::{NETWORK, Names},
};

/// How a command is run in the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The command, raw shell text as the user typed it.
    pub command: String,
    /// `-e`: variables for this command alone.
    pub env: Vec<Pair>,
    /// Whether a terminal (`-it`) or only standard input (`-i`) is attached.
    pub attached: Attached,
}

/// What the command is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    /// Nothing.
    Nothing,
    /// Standard input.
    Input,
    /// A terminal.
    Terminal,
}

impl Attached {
    pub(crate) fn flag(self, line: CommandLine) -> CommandLine {
        match self {
            Self::Nothing => line,
            Self::Input => line.arg("-i"),
            Self::Terminal => line.arg("-it"),
        }
    }
}

/// Runs a command in a running container.
pub fn exec_in(container: &str, exec: &Exec) -> CommandLine {
    let line = exec.attached.flag(docker(&["exec"]));
    flags::pairs(line, "--env", &exec.env)
        .arg(container)
        .arg_raw(exec.command.as_str())
}

/// Runs a command in a container of its own (host-commands §4.2).
pub fn exec_in_new(
    config: &Config,
    names: &Names,
    role: &Role,
    host: &Host,
    new: &NewExec<'_>,
) -> CommandLine {
    let mut line = new.exec.attached.flag(docker(&["run"]));
    line = if new.detach {
        line.arg("--detach")
    } else {
        line.arg("--rm")
    };
    line = line.args(["--name", new.container, "--network", NETWORK]);
    let clear = role
        .hosts
        .iter()
        .find(|entry| entry.host == *host)
        .map(|entry| &entry.env.clear);
    line = clear
        .into_iter()
        .fold(line, |line, clear| flags::pairs(line, "--env", clear));
    line = line.args(["--env-file", &names.role_env_file(role)]);
    line = flags::pairs(line, "--env", &new.exec.env);
    line = flags::logging(line, &role.logging);
    line = flags::volumes(line, &config.volumes);
    line = flags::options(line, &role.options);
    line.arg(new.image.to_string())
        .arg_raw(new.exec.command.as_str())
}

/// A container for one command.
#[derive(Clone, Copy, Debug)]
pub struct NewExec<'a> {
    /// The command.
    pub exec: &'a Exec,
    /// The name of the container.
    pub container: &'a str,
    /// The image it is made from.
    pub image: &'a ImageRef,
    /// Whether the container goes on by itself.
    pub detach: bool,
}
