//! The proxy's own container (host-commands §6).

use std::{net::IpAddr, time::Duration};

use dhow_config::ProxyRun;
use dhow_shell::{CommandLine, Word};

use super::boot_config;
use crate::{
    app::{self, container_id, with_all},
    docker, flags,
    names::{NETWORK, PROXY},
};

/// The oldest kamal-proxy that knows every flag we pass.
pub const MINIMUM_VERSION: (u32, u32, u32) = (0, 9, 2);

/// The tag of the image that runs when nothing names another.
pub const DEFAULT_VERSION: &str = "v0.9.2";

/// Prints the state of the proxy's container and its image, such as `running basecamp/kamal-proxy:v0.9.2`.
pub fn state() -> CommandLine {
    docker(&[
        "inspect",
        "--format",
        "{{.State.Status}} {{.Config.Image}}",
        PROXY,
    ])
    .arg_raw("2>/dev/null")
}

/// Makes the folder that the proxy reads apps' files from.
pub fn make_directory() -> CommandLine {
    CommandLine::new("mkdir").args(["-p", ".kamal/proxy/apps-config"])
}

/// Starts the proxy's container, or makes it. When both fail, why one that is there does not start is told: it keeps
/// another one from its name, which says nothing to a person.
pub fn boot(run: Option<&ProxyRun>) -> CommandLine {
    let start = CommandLine::raw(format!("why=$({} 2>&1)", start().exposed()));
    start.or(make(run)).or(CommandLine::raw(
        "{ case $why in *'No such container'*) ;; *) printf '%s\\n' \"$why\" >&2 ;; esac; false; }",
    ))
}

/// Makes the proxy's container and starts it. Without settings in the deploy file the host's own files decide,
/// which `proxy boot_config` has written.
pub fn make(run: Option<&ProxyRun>) -> CommandLine {
    let how = docker(&["run", "--name", PROXY, "--network", NETWORK, "--detach"]);
    made(how, run)
}

fn made(how: CommandLine, run: Option<&ProxyRun>) -> CommandLine {
    let base = how
        .args(["--restart", "unless-stopped"])
        .args([
            "--volume",
            "kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy",
        ])
        .arg("--volume")
        .arg_raw("\"$PWD\"/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config");
    match run {
        Some(run) => made_from_settings(base, run),
        None => boot_config::show().pipe(CommandLine::new("xargs").append(base)),
    }
}

/// The container that is to take the place of the proxy's.
const NEXT: &str = "kamal-proxy-next";

/// Makes the container that is to take the proxy's place, and does not start it: what is wrong with its settings or
/// its image comes out while the old one serves.
pub fn create_next(run: Option<&ProxyRun>) -> CommandLine {
    docker(&["rm", "--force", NEXT])
        .silenced()
        .then(
            made(
                docker(&["create", "--name", NEXT, "--network", NETWORK]),
                run,
            )
            .arg_raw(">/dev/null"),
        )
        .grouped()
}

/// Starts it. Only one of both can have the ports.
pub fn start_next() -> CommandLine {
    docker(&["start", NEXT]).arg_raw(">/dev/null")
}

/// Waits until it answers, which it does once it has taken up its routes, and fails when it ends or is silent for
/// `limit`.
pub fn wait_for_next(limit: Duration) -> CommandLine {
    let limit = limit.as_secs();
    CommandLine::raw(format!(
        "deadline=$(($(date +%s) + {limit}))
until docker exec {NEXT} {PROXY} list >/dev/null 2>&1; do
  state=$(docker inspect --format '{{{{.State.Status}}}}, exit code {{{{.State.ExitCode}}}}' {NEXT}) || exit 1
  case $state/$(($(date +%s) < deadline)) in running*/1) sleep 0.2 >/dev/null 2>&1 || sleep 1 >/dev/null 2>&1 ;; *)
    echo \"the new proxy does not answer ($state)\" >&2; docker logs --tail 20 {NEXT} >&2; exit 1 ;;
  esac
done"
    ))
}

/// Removes the old container and gives its name to the new one.
pub fn next_takes_over() -> CommandLine {
    remove_container().and(docker(&["rename", NEXT, PROXY]))
}

/// Lets the old container serve again when the new one does not. Where the old one is gone already, a new one that
/// answers takes over; where none was ever made, nothing is done.
pub fn put_back() -> CommandLine {
    let exists = |name| docker(&["inspect", "--type", "container", name]).silenced();
    let drop_next = || docker(&["rm", "--force", NEXT]).silenced();
    let new_serves = docker(&["exec", NEXT, PROXY, "list"])
        .silenced()
        .and(docker(&["rename", NEXT, PROXY]))
        .or(drop_next());
    CommandLine::new("if")
        .append(exists(PROXY))
        .then(CommandLine::new("then").append(drop_next()))
        .then(start().arg_raw(">/dev/null"))
        .then(CommandLine::new("elif").append(exists(NEXT)))
        .then(CommandLine::new("then").append(new_serves.grouped()))
        .then(CommandLine::raw("fi"))
}

/// Stops Kamal 1's proxy, which has the ports; none is fine.
pub fn stop_traefik() -> CommandLine {
    traefik("stop")
}

/// Starts it again; none is fine.
pub fn start_traefik() -> CommandLine {
    traefik("start")
}

fn traefik(what: &str) -> CommandLine {
    let there = docker(&["inspect", "--type", "container", "traefik"]).silenced();
    let act = docker(&["container", what, "traefik"]).arg_raw(">/dev/null");
    let missing = CommandLine::raw("!").append(there);
    missing.or(act)
}

/// Removes it when it does not run, and its image; none is fine.
pub fn remove_traefik() -> CommandLine {
    let filter = "label=org.opencontainers.image.title=Traefik";
    docker(&["container", "prune", "--force", "--filter", filter]).and(docker(&[
        "image", "prune", "--all", "--force", "--filter", filter,
    ]))
}

fn made_from_settings(mut line: CommandLine, run: &ProxyRun) -> CommandLine {
    if run.publish {
        let publish = |line: CommandLine, ip: &str| {
            line.args(["--publish", &format!("{ip}{}:80", run.http_port)])
                .args(["--publish", &format!("{ip}{}:443", run.https_port)])
        };
        line = match run.bind_ips.as_slice() {
            [] => publish(line, ""),
            ips => ips
                .iter()
                .fold(line, |line, ip| publish(line, &bind_prefix(*ip))),
        };
    }
    if !run.log_max_size.is_empty() {
        line = line.args(["--log-opt", &format!("max-size={}", run.log_max_size)]);
    }
    if let Some(port) = run.metrics_port {
        line = line.arg(format!("--expose={port}"));
    }
    line = flags::options(line, &run.options)
        .arg(image(run))
        .args([PROXY, "run"]);
    if run.debug {
        line = line.arg("--debug");
    }
    match run.metrics_port {
        Some(port) => line.args(["--metrics-port", &port.to_string()]),
        None => line,
    }
}

pub(super) fn bind_prefix(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("{ip}:"),
        IpAddr::V6(ip) => format!("[{ip}]:"),
    }
}

/// The whole image reference of the proxy.
pub fn image(run: &ProxyRun) -> String {
    match &run.registry {
        Some(registry) => format!("{registry}/{}:{}", run.repository, run.version),
        None => format!("{}:{}", run.repository, run.version),
    }
}

/// Fetches the proxy's image, so that a reboot has it before the old container goes. A registry that does not answer
/// is no reason to give up when the host has the image.
pub fn pull(run: Option<&ProxyRun>) -> CommandLine {
    let image = match run {
        Some(run) => Word::from(image(run)),
        None => boot_config::image(),
    };
    let fetched = docker(&["pull"]).arg(image.clone());
    let there = docker(&["image", "inspect"])
        .arg(image)
        .arg_raw(">/dev/null");
    fetched.or(there)
}

/// Starts a proxy that was stopped.
pub fn start() -> CommandLine {
    docker(&["container", "start", PROXY])
}

/// Stops the proxy; routes stay in its volume.
pub fn stop() -> CommandLine {
    app::stop(PROXY, None)
}

/// Removes the proxy's container, running or not.
pub fn remove_container() -> CommandLine {
    with_all(&container_id(PROXY), docker(&["rm", "--force"]))
}

/// Removes the proxy's container unless it runs.
pub fn remove_stopped_container() -> CommandLine {
    docker(&["container", "prune", "--force", "--filter"])
        .arg("label=org.opencontainers.image.title=kamal-proxy")
}

/// Removes images of the proxy that no container uses.
pub fn remove_image() -> CommandLine {
    docker(&["image", "prune", "--all", "--force", "--filter"])
        .arg("label=org.opencontainers.image.title=kamal-proxy")
}

/// Removes everything the proxy keeps on the host beside its volume.
pub fn remove_directory() -> CommandLine {
    CommandLine::new("rm").args(["-rf", ".kamal/proxy"])
}

/// Shows the proxy's container.
pub fn details() -> CommandLine {
    docker(&["ps", "--filter", "name=^kamal-proxy$"])
}
