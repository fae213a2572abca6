//! An app's containers: starting, watching, stopping and asking about them (host-commands §4).

use std::{fmt::Write as _, time::Duration};

use dhow_config::{Config, Pair, Role, RoleHost};
use dhow_names::Host;
use dhow_shell::{CommandLine, Word};
use dhow_versioning::Version;

use crate::{
    assets, flags,
    image::{ImageRef, Repository},
    names::{NETWORK, Names, PROXY},
};

/// Which of an app's containers a question is about.
fn filters(names: &Names, role: Option<&Role>) -> CommandLine {
    let destination = names
        .destination()
        .map(ToString::to_string)
        .unwrap_or_default();
    let line = CommandLine::default()
        .args(["--filter", &format!("label=service={}", names.service())])
        .args(["--filter", &format!("label=destination={destination}")]);
    match role {
        Some(role) => line.args(["--filter", &format!("label=role={}", role.name)]),
        None => line,
    }
}

fn docker(words: &[&str]) -> CommandLine {
    CommandLine::new("docker").args(words.iter().copied())
}

/// Prints the id of the container with exactly this name, in whatever state it is. Docker takes the name for a
/// regular expression, in which the dots of `1.2.3` would stand for anything.
pub fn container_id(name: &str) -> CommandLine {
    docker(&["container", "ls", "--all", "--filter"])
        .arg(format!("name=^{}$", name.replace('.', "\\.")))
        .arg("--quiet")
}

/// Prints the name of the container that serves a role now: the newest active one made from the image of the
/// last complete deploy, else the newest active one.
pub fn current_container(names: &Names, repository: &Repository, role: &Role) -> CommandLine {
    let newest = || {
        docker(&["ps", "--latest", "--format", "{{.Names}}"])
            .append(filters(names, Some(role)))
            .args([
                "--filter",
                "status=running",
                "--filter",
                "status=restarting",
            ])
    };
    let latest = docker(&["image", "ls", "--format", "{{.ID}}", "--filter"])
        .arg(format!("reference={}", repository.latest()));
    let ancestor = Word::Joined(vec!["ancestor=".into(), latest.substituted()]);
    newest()
        .arg("--filter")
        .arg(ancestor)
        .then(newest())
        .grouped()
        .pipe(CommandLine::new("head").arg("-1"))
}

/// Prints the name of the container that serves a role now: behind a proxy the one with the traffic. When a
/// deploy was cut off after the switch, [`current_container`] would name the one before it, and the one with the
/// traffic would be stopped as stale. It decides where the proxy sends traffic to none.
pub fn serving_container(names: &Names, repository: &Repository, role: &Role) -> CommandLine {
    let current = current_container(names, repository, role);
    if role.proxy.is_none() {
        return current;
    }
    let targets = format!("served=$(docker exec {PROXY} {PROXY} list 2>/dev/null)");
    let running = docker(&["ps", "--format", "{{.ID}}: {{.Names}}"])
        .append(filters(names, Some(role)))
        .args(["--filter", "status=running"]);
    let with_traffic =
        r#"while read -r id name; do case $served in *"$id"*) echo "$name" ;; esac; done"#;
    CommandLine::raw(targets)
        .then(running.pipe(CommandLine::raw(with_traffic)))
        .then(current)
        .grouped()
        .pipe(CommandLine::new("head").arg("-1"))
}

/// What separates the fields of [`containers_of_service`]: a tab, which no name or state holds.
pub const FIELD: char = '\t';

/// Prints every container of the service and destination, one a line: name, state, role, and the
/// image it was made from, which is an id when its tag names another one now.
pub fn containers_of_service(names: &Names) -> CommandLine {
    docker(&["ps", "--all"]).append(filters(names, None)).args([
        "--format",
        "{{.Names}}\\t{{.State}}\\t{{.Label \"role\"}}\\t{{.Image}}",
    ])
}

/// Prints how every container of the service and those with these names are, one a line, as [`FIELD`]s: name, state,
/// exit code, health where the image has a check, since when it runs or when it ended, how often it was restarted, and
/// the image it was made from. Names that nobody has are passed over.
pub fn conditions(names: &Names, others: &[&str]) -> CommandLine {
    const CONDITION: &str = concat!(
        r#"{{.Name}}{{"\t"}}{{.State.Status}}{{"\t"}}{{.State.ExitCode}}{{"\t"}}"#,
        r#"{{if .State.Health}}{{.State.Health.Status}}{{end}}{{"\t"}}"#,
        r#"{{if .State.Running}}{{.State.StartedAt}}{{else}}{{.State.FinishedAt}}{{end}}{{"\t"}}"#,
        r#"{{.RestartCount}}{{"\t"}}{{.Config.Image}}"#,
    );
    let own = docker(&["ps", "--all", "--quiet"]).append(filters(names, None));
    docker(&["inspect", "--type", "container", "--format", CONDITION])
        .args([PROXY])
        .args(others.iter().copied())
        .arg_raw(format!("$({})", own.exposed()))
        .arg_raw("2>/dev/null")
}

/// Starts a new container of a role (host-commands §4.1).
pub fn run(boot: &Boot<'_>) -> CommandLine {
    let Boot {
        config,
        names,
        role,
        at,
        version,
        hostname,
    } = boot;
    let container = names.container(role, version);
    let mut line = docker(&["run", "--detach", "--restart", &role.restart])
        .args([
            "--name",
            &container,
            "--network",
            NETWORK,
            "--hostname",
            hostname,
        ])
        .pair("--env", "KAMAL_CONTAINER_NAME", container.as_str())
        .pair("--env", "KAMAL_VERSION", version.as_str())
        .pair("--env", "KAMAL_HOST", at.host.as_str());
    if let Some(destination) = names.destination() {
        line = line.pair("--env", "KAMAL_DESTINATION", destination.as_str());
    }
    line = flags::pairs(line, "--env", &at.env.clear);
    line = line.args(["--env-file", &names.role_env_file(role)]);
    line = flags::logging(line, &role.logging);
    line = flags::volumes(line, &config.volumes);
    if let Some(path) = &role.assets {
        line = line
            .arg("--volume")
            .arg(assets::mount(names, role, path, version.as_str()));
    }
    line = labels(line, names, role);
    line = flags::options(line, &role.options);
    line = line.arg(Repository::of(config).at(version).to_string());
    with_command(line, role.cmd.as_deref())
}

/// Everything a new container is made from.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    /// The deploy file.
    pub config: &'a Config,
    /// Its names.
    pub names: &'a Names,
    /// The role.
    pub role: &'a Role,
    /// The host, with the role's environment there.
    pub at: &'a RoleHost,
    /// The version.
    pub version: &'a Version,
    /// The hostname inside, see [`Names::hostname`].
    pub hostname: &'a str,
}

fn labels(line: CommandLine, names: &Names, role: &Role) -> CommandLine {
    let line = line
        .pair("--label", "service", names.service().as_str())
        .pair("--label", "role", role.name.as_str());
    let line = match names.destination() {
        Some(destination) => line.pair("--label", "destination", destination.as_str()),
        None => line.args(["--label", "destination"]),
    };
    flags::pairs(line, "--label", &role.labels)
}

fn with_command(line: CommandLine, cmd: Option<&str>) -> CommandLine {
    match cmd {
        Some(cmd) => line.arg_raw(cmd),
        None => line,
    }
}

/// Starts a container that was stopped.
pub fn start(name: &str) -> CommandLine {
    docker(&["start", name]).arg_raw(">/dev/null")
}

/// Removes a container that does not run.
pub fn remove_container(name: &str) -> CommandLine {
    docker(&["container", "rm", name]).arg_raw(">/dev/null")
}

/// Gives a container another name.
pub fn rename(from: &str, to: &str) -> CommandLine {
    docker(&["rename", from, to])
}

/// Stops a container by its name; one that is not there is fine, an engine that does not say is not.
pub fn stop(name: &str, timeout: Option<Duration>) -> CommandLine {
    let find = Word::Joined(vec![
        Word::Raw("id=".to_owned()),
        container_id(name).substituted(),
    ]);
    let mut stop = docker(&["stop"]);
    if let Some(timeout) = timeout {
        stop = stop.args(["-t", &timeout.as_secs().to_string()]);
    }
    let nothing = CommandLine::new("test").arg("-z").arg_raw("\"$id\"");
    CommandLine::new(find).and(nothing.or(stop.arg_raw("\"$id\"")).grouped())
}

/// Waits on the host until a container without proxy is ready (flows §4.5): healthy when its image has a
/// health check, else running for `readiness_delay` without a restart. A container that ended is not waited
/// for any longer.
pub fn wait_until_ready(
    name: &str,
    deploy_timeout: Duration,
    readiness_delay: Duration,
) -> CommandLine {
    let (timeout, delay) = (deploy_timeout.as_secs(), readiness_delay.as_secs());
    let state = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}} {{.RestartCount}}";
    CommandLine::raw(format!(
        r#"deadline=$(($(date +%s) + {timeout})); pause=1; settled=; while :; do
  state=$(docker inspect --format '{state}' {name}) || exit 1
  case $state in
    healthy | healthy\ *) echo "Container is healthy!"; exit 0 ;;
    running | running\ *)
      if [ {delay} -eq 0 ] || [ "$settled" = "$state" ]; then echo "Container is healthy!"; exit 0; fi
      if [ -z "$settled" ] || [ "$(date +%s)" -lt "$deadline" ]; then
        settled=$state; echo "Container is running, waiting for readiness delay of {delay} seconds"
        sleep {delay} >/dev/null 2>&1; continue
      fi ;;
    exited | exited\ * | dead | dead\ *) echo "container not ready: it ended (${{state%% *}})" >&2; exit 1 ;;
  esac
  left=$((deadline - $(date +%s)))
  [ "$left" -gt 0 ] || {{ echo "container not ready after {timeout} seconds (${{state%% *}})" >&2; exit 1; }}
  [ "$pause" -lt "$left" ] || pause=$left
  sleep "$pause" >/dev/null 2>&1; pause=$((pause + 1))
done"#
    ))
}

/// Prints how a container is: state, exit code, whether memory ran out, restarts, and the last health probe.
pub fn diagnose(name: &str) -> CommandLine {
    docker(&["inspect", "--format"])
        .arg(
            "state {{.State.Status}}, exit code {{.State.ExitCode}}, out of memory {{.State.OOMKilled}}, \
             restarts {{.RestartCount}}{{if .State.Error}}, error {{.State.Error}}{{end}}\
             {{if .State.Health}}, health {{json .State.Health}}{{end}}",
        )
        .arg(name)
}

/// Prints the last lines of a container's log.
pub fn last_lines(name: &str, lines: u32) -> CommandLine {
    docker(&["logs", "--timestamps", "--tail", &lines.to_string(), name]).arg_raw("2>&1")
}

/// Shows the running containers of a role.
pub fn details(names: &Names, role: &Role) -> CommandLine {
    docker(&["ps"]).append(filters(names, Some(role)))
}

/// Shows every container of the service.
pub fn containers(names: &Names) -> CommandLine {
    docker(&["container", "ls", "--all"]).append(filters(names, None))
}

/// Removes the stopped containers of a role.
pub fn remove_stopped(names: &Names, role: &Role) -> CommandLine {
    docker(&["container", "prune", "--force"]).append(filters(names, Some(role)))
}

/// Stops every running container of a role, stale ones included.
pub fn stop_all(names: &Names, role: &Role) -> CommandLine {
    let line = docker(&["ps", "--quiet"])
        .append(filters(names, Some(role)))
        .pipe(CommandLine::new("xargs").args(["-r", "docker", "stop"]));
    match role.stop_timeout {
        Some(timeout) => line.args(["-t", &timeout.as_secs().to_string()]),
        None => line,
    }
}

/// What part of a log is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRange {
    /// `--since`.
    pub since: Option<String>,
    /// `--tail`.
    pub lines: Option<u32>,
    /// Only lines that hold this pattern of `grep`.
    pub grep: Option<String>,
    /// Further options of `grep`, raw.
    pub grep_options: Option<String>,
    /// Whether each line carries its time.
    pub timestamps: bool,
    /// Whether to go on until interrupted.
    pub follow: bool,
}

impl LogRange {
    /// `docker logs` for what `container` prints as id or name.
    pub fn of(&self, container: CommandLine) -> CommandLine {
        let mut line = container.pipe(CommandLine::new("xargs").args(["-r", "docker", "logs"]));
        line = self.flags(line).arg_raw("2>&1");
        self.filtered(line)
    }

    /// `docker logs` of a container whose name is known.
    pub fn of_name(&self, name: &str) -> CommandLine {
        self.filtered(self.flags(docker(&["logs", name])).arg_raw("2>&1"))
    }

    fn flags(&self, mut line: CommandLine) -> CommandLine {
        if self.timestamps {
            line = line.arg("--timestamps");
        }
        if let Some(since) = &self.since {
            line = line.args(["--since", since]);
        }
        if let Some(lines) = self.lines {
            line = line.args(["--tail", &lines.to_string()]);
        }
        if self.follow {
            line = line.arg("--follow");
        }
        line
    }

    fn filtered(&self, line: CommandLine) -> CommandLine {
        let Some(pattern) = &self.grep else {
            return line;
        };
        let grep = |first: &[&str]| {
            let grep = CommandLine::new("grep").args(first.iter().copied());
            let grep = grep.arg("-e").arg(pattern.as_str());
            match &self.grep_options {
                Some(options) => grep.arg_raw(options.as_str()),
                None => grep,
            }
        };
        if !self.follow {
            return line.pipe(grep(&[]));
        }
        // A `grep` that is followed must not keep lines until it has many. Where it cannot be told so, it is asked
        // about one line after the other.
        let (at_once, each) = (grep(&["--line-buffered"]).exposed(), grep(&[]).exposed());
        line.pipe(CommandLine::raw(format!(
            "if echo | grep --line-buffered -q '' 2>/dev/null; then {at_once}; \
             else while IFS= read -r line; do printf '%s\\n' \"$line\" | {each}; done; fi"
        )))
    }
}

/// Prints the id of a container that is named by id or name; nothing where there is none.
pub fn find(container: &str) -> CommandLine {
    docker(&[
        "inspect",
        "--type",
        "container",
        "--format",
        "{{.Id}}",
        container,
    ])
    .arg_raw("2>/dev/null")
}

/// Runs several lines at once; each line that they print is led by the name of the one that printed it, and
/// [`FIELD`].
pub fn side_by_side(named: &[(String, CommandLine)]) -> CommandLine {
    let mut all = String::new();
    for (name, line) in named {
        let name = CommandLine::new(name.as_str()).exposed();
        // Writing to a string cannot fail.
        let _ = write!(
            all,
            "{{ {}; }} | while IFS= read -r line; do printf '%s\\t%s\\n' {name} \"$line\"; done & ",
            line.exposed()
        );
    }
    CommandLine::raw(format!("{all}wait"))
}

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
