//! The proxy's container, and what the proxy is told about an app (host-commands §4.6, §6).

pub mod boot_config;

mod container;
mod routes;

use std::time::Duration;

use dhow_config::{Config, Proxy};
use dhow_shell::{CommandLine, Word};

pub use container::{
    DEFAULT_VERSION, MINIMUM_VERSION, boot, create_next, details, image, make, make_directory,
    next_takes_over, pull, put_back, remove_container, remove_directory, remove_image,
    remove_stopped_container, remove_traefik, start, start_next, start_traefik, state, stop,
    stop_traefik, wait_for_next,
};
pub use routes::{Route, check_routes, list_routes, read_routes, routes_in};

use crate::{app::container_id, apps_config::ProxyFiles, docker, names::PROXY};

fn command(words: &[&str]) -> CommandLine {
    docker(&["exec", PROXY, PROXY]).args(words.iter().copied())
}

/// Makes traffic of `service` go to the container, waits until it is healthy and the old one has drained.
pub fn deploy(
    service: &str,
    container: &str,
    proxy: &Proxy,
    files: &ProxyFiles,
    config: &Config,
) -> CommandLine {
    let id = Word::Joined(vec!["id=".into(), container_id(container).substituted()]);
    // The proxy would take a target without a name for itself, and wait for that to become healthy.
    let target = Word::Joined(vec![
        "--target=".into(),
        Word::Raw("\"${id:?the container is not there, did it boot?}\"".to_owned()),
        format!(":{}", proxy.app_port).into(),
    ]);
    let mut line = CommandLine::new(id).and(command(&["deploy", service]).arg(target));
    for host in &proxy.hosts {
        line = line.option("--host", host.as_str());
    }
    if proxy.tls.is_on() {
        line = line.arg("--tls");
    }
    if let Some(folder) = &files.certificate {
        line = line
            .option("--tls-certificate-path", format!("{folder}/cert.pem"))
            .option("--tls-private-key-path", format!("{folder}/key.pem"));
    }
    line = seconds(line, "--deploy-timeout", Some(config.deploy_timeout));
    line = seconds(line, "--drain-timeout", Some(config.drain_timeout));
    line = seconds(line, "--health-check-interval", proxy.health_check.interval);
    line = seconds(line, "--health-check-timeout", proxy.health_check.timeout);
    line = text(
        line,
        "--health-check-path",
        proxy.health_check.path.as_deref(),
    );
    line = seconds(line, "--target-timeout", proxy.response_timeout);
    line = switch(line, "--buffer-requests", Some(proxy.buffer_requests));
    line = switch(line, "--buffer-responses", Some(proxy.buffer_responses));
    line = number(line, "--buffer-memory", proxy.buffer_memory);
    line = number(line, "--max-request-body", proxy.max_request_body);
    line = number(line, "--max-response-body", proxy.max_response_body);
    for prefix in &proxy.path_prefixes {
        line = line.option("--path-prefix", prefix.as_str());
    }
    line = switch(line, "--strip-path-prefix", proxy.strip_path_prefix);
    line = switch(line, "--forward-headers", proxy.forward_headers);
    line = switch(line, "--tls-redirect", proxy.ssl_redirect);
    for header in &proxy.log_request_headers {
        line = line.option("--log-request-header", header.as_str());
    }
    for header in &proxy.log_response_headers {
        line = line.option("--log-response-header", header.as_str());
    }
    if let Some(folder) = &files.error_pages {
        line = line.option("--error-pages", folder.as_str());
    }
    line
}

fn seconds(line: CommandLine, flag: &str, duration: Option<Duration>) -> CommandLine {
    match duration {
        Some(duration) => line.option(flag, format!("{}s", duration.as_secs())),
        None => line,
    }
}

fn text(line: CommandLine, flag: &str, text: Option<&str>) -> CommandLine {
    match text {
        Some(text) => line.option(flag, text),
        None => line,
    }
}

fn number(line: CommandLine, flag: &str, number: Option<u64>) -> CommandLine {
    match number {
        Some(number) => line.option(flag, number.to_string()),
        None => line,
    }
}

fn switch(line: CommandLine, flag: &str, on: Option<bool>) -> CommandLine {
    match on {
        Some(true) => line.arg(flag),
        Some(false) => line.option(flag, "false"),
        None => line,
    }
}

/// Takes `service` out of the proxy; one it does not know is fine. The list is coloured even when nobody looks,
/// so what begins a name there is a colour.
pub fn remove(service: &str) -> CommandLine {
    let colours_apart = CommandLine::new("tr").args(["\\033", "\\n"]);
    let name = format!("^(\\[[0-9;]*m)?{}( |$)", service.replace('.', "\\."));
    let known = command(&["list"])
        .pipe(colours_apart)
        .pipe(CommandLine::new("grep").args(["-Eq", &name]));
    known
        .silenced()
        .and(command(&["remove", service]))
        .or(CommandLine::raw("true"))
}

/// Turns clients of `service` away with a page that may hold a message, once requests under way are over or have
/// had `drain_timeout` (host-commands §4.6).
pub fn stop_traffic(service: &str, drain_timeout: Duration, message: Option<&str>) -> CommandLine {
    let line = seconds(
        command(&["stop", service]),
        "--drain-timeout",
        Some(drain_timeout),
    );
    match message {
        // As it was typed: nothing in it is for the host's shell.
        Some(message) if !message.is_empty() => line.arg(format!("--message={message}")),
        _ => line,
    }
}

/// Lets clients of `service` in again.
pub fn resume_traffic(service: &str) -> CommandLine {
    command(&["resume", service])
}

/// The exit code of [`keep_if_serving`] when the container had no traffic and was stopped.
pub const STOPPED: i32 = 3;

/// The exit code of [`keep_if_serving`] when the proxy did not say who has the traffic, and nothing was stopped.
pub const UNANSWERED: i32 = 4;

/// Succeeds when the proxy sends traffic to the container; otherwise stops it and ends with [`STOPPED`]. A
/// switch that happens between the question and the stop is noticed, and the container started again. Nothing is
/// stopped when the proxy does not answer, for nobody knows then who has the traffic; that ends with [`UNANSWERED`].
pub fn keep_if_serving(container: &str, timeout: Option<Duration>) -> CommandLine {
    let stop = match timeout {
        Some(timeout) => format!("docker stop -t {} \"$id\"", timeout.as_secs()),
        None => "docker stop \"$id\"".to_owned(),
    };
    let find = container_id(container).exposed();
    CommandLine::raw(format!(
        "id=$({find}); [ -n \"$id\" ] || exit {STOPPED}
serving() {{ routes=$(docker exec {PROXY} {PROXY} list) || return 2; case $routes in *\"$id:\"*) ;; *) return 1 ;; esac; }}
serving; case $? in 0) exit 0 ;; 2) exit {UNANSWERED} ;; esac
{stop} >/dev/null; if serving; then docker start \"$id\" >/dev/null; else exit {STOPPED}; fi"
    ))
}

/// Prints the last failed health probe of a container, as the proxy logged it.
pub fn last_probe(container: &str) -> CommandLine {
    let find = container_id(container).exposed();
    CommandLine::raw(format!(
        "id=$({find}); [ -n \"$id\" ] || exit 0; docker logs --tail 500 {PROXY} 2>&1 | grep -F 'Healthcheck failed' | grep -F \"$id\" | tail -n 1"
    ))
}
