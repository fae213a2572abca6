//! An app's containers: starting, watching, stopping and asking about them (host-commands §4).

mod exec;
mod logs;
mod which;

use std::time::Duration;

use dhow_config::{Config, Role, RoleHost};
use dhow_shell::{CommandLine, Word};
use dhow_versioning::Version;

pub(crate) use self::which::with_all;
pub use self::{
    exec::{Attached, Exec, NewExec, exec_in, exec_in_new},
    logs::{LogRange, last_lines, side_by_side},
    which::{
        FIELD, conditions, container_id, containers_of_service, current_container, find,
        serving_container,
    },
};
use crate::{
    assets, docker, flags,
    image::Repository,
    names::{NETWORK, Names},
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
    let stop = docker(&["stop"]);
    let stop = match role.stop_timeout {
        Some(timeout) => stop.args(["-t", &timeout.as_secs().to_string()]),
        None => stop,
    };
    let running = docker(&["ps", "--quiet"]).append(filters(names, Some(role)));
    with_all(&running, stop)
}
