//! The proxy's container, and what the proxy is told about an app (host-commands §4.6, §6).

use std::{net::IpAddr, time::Duration};

use dhow_config::{Config, Proxy, ProxyRun};
use dhow_shell::{CommandLine, Word};

use crate::{
    app::{self, container_id},
    apps_config::ProxyFiles,
    flags,
    names::{NETWORK, PROXY},
};

/// The oldest kamal-proxy that knows every flag we pass.
pub const MINIMUM_VERSION: (u32, u32, u32) = (0, 9, 2);

/// The tag of the image that runs when nothing names another.
pub const DEFAULT_VERSION: &str = "v0.9.2";

fn docker(words: &[&str]) -> CommandLine {
    CommandLine::new("docker").args(words.iter().copied())
}

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

/// Starts the proxy's container, or makes it.
pub fn boot(run: Option<&ProxyRun>) -> CommandLine {
    start().silenced().or(make(run))
}

/// Makes the proxy's container. Without settings in the deploy file the host's own files decide, which
/// `proxy boot_config` has written.
pub fn make(run: Option<&ProxyRun>) -> CommandLine {
    let base = docker(&["run", "--name", PROXY, "--network", NETWORK, "--detach"])
        .args(["--restart", "unless-stopped"])
        .args([
            "--volume",
            "kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy",
        ])
        .arg("--volume")
        .arg_raw("\"$PWD\"/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config");
    match run {
        Some(run) => made_from_settings(base, run),
        None => CommandLine::raw(boot_config()).pipe(CommandLine::new("xargs").append(base)),
    }
}

/// Prints options, image and command from the host's files, or their defaults.
fn boot_config() -> String {
    let file = |name: &str, default: &str| {
        format!("$(cat .kamal/proxy/{name} 2> /dev/null || echo \"{default}\")")
    };
    let options = file(
        "options",
        "--publish 80:80 --publish 443:443 --log-opt max-size=10m",
    );
    let image = file("image", "basecamp/kamal-proxy");
    let version = file("image_version", DEFAULT_VERSION);
    let command = file("run_command", "");
    format!("echo {options} {image}:{version} {command}")
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

fn bind_prefix(ip: IpAddr) -> String {
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

/// Fetches the proxy's image, so that a reboot has it before the old container goes.
pub fn pull(run: Option<&ProxyRun>) -> CommandLine {
    if let Some(run) = run {
        return docker(&["pull", &image(run)]);
    }
    // The image is the first word that is no option and no value of one.
    CommandLine::raw(format!("set -- $({})", boot_config()))
        .then(CommandLine::raw(
            "while [ $# -gt 0 ]; do case $1 in --*=*) shift ;; --*) shift 2 ;; *) break ;; esac; done",
        ))
        .then(CommandLine::raw("docker pull \"$1\""))
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
    container_id(PROXY).pipe(CommandLine::new("xargs").args(["-r", "docker", "rm", "--force"]))
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

/// The exit code of [`keep_if_serving`] when the container had no traffic and was stopped.
pub const STOPPED: i32 = 3;

/// Succeeds when the proxy sends traffic to the container; otherwise stops it and ends with [`STOPPED`]. A
/// switch that happens between the question and the stop is noticed, and the container started again.
pub fn keep_if_serving(container: &str, timeout: Option<Duration>) -> CommandLine {
    let stop = match timeout {
        Some(timeout) => format!("docker stop -t {} \"$id\"", timeout.as_secs()),
        None => "docker stop \"$id\"".to_owned(),
    };
    let find = container_id(container).exposed();
    CommandLine::raw(format!(
        "id=$({find}); [ -n \"$id\" ] || exit {STOPPED}
serving() {{ docker exec {PROXY} {PROXY} list 2>/dev/null | grep -qF \"$id:\"; }}
if serving; then exit 0; fi
{stop} >/dev/null; if serving; then docker start \"$id\" >/dev/null; else exit {STOPPED}; fi"
    ))
}

/// Prints the last failed health probe of a container, as the proxy logged it.
pub fn last_probe(container: &str) -> CommandLine {
    let find = container_id(container).exposed();
    CommandLine::raw(format!(
        "id=$({find}); docker logs --tail 500 {PROXY} 2>&1 | grep -F 'Healthcheck failed' | grep -F \"$id\" | tail -n 1"
    ))
}
