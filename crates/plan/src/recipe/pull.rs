//! Fetching the image to every host that runs the app, and to no other.

use std::collections::BTreeSet;

use dhow_docker::{image, registry};
use dhow_names::Host;

use super::{Settled, count_of};
use crate::{
    facts::Facts,
    needs::Login,
    plan::{Block, Content, HostWork, Phase, Step},
};

/// The title of the step that sees whether the image is one of this service.
pub const CHECK_LABEL: &str = "check the image's service label";
/// The title of the step that sees whether the host can run the image.
pub const CHECK_ARCHITECTURE: &str = "check the image's architecture";

/// How the title of the step begins that logs in to a registry, whose name follows.
pub const LOG_IN: &str = "log in to ";

/// Logs in and pulls on all app hosts. Nothing that runs is touched. Where hosts share mirrors of Docker Hub, one host
/// of each mirror goes first, so that the mirror fetches the image but once (versioning §2).
pub(super) fn pull(settled: &Settled<'_>, facts: &Facts) -> Vec<Phase> {
    let image = settled.repository.at(settled.version);
    let hosts = settled.fleet.app_hosts();
    let first = first_of_mirrors(settled, facts, &hosts);
    let rest: Vec<&Host> = hosts
        .iter()
        .filter(|host| !first.contains(*host))
        .copied()
        .collect();
    let phase = |hosts: &[&Host], so_that: &str| {
        let title = format!("Pull {image} on {}{so_that}", count_of(hosts.len()));
        let work = hosts.iter().map(|host| pull_on(settled, host)).collect();
        Phase::on_hosts(title, work)
    };
    if first.is_empty() || rest.is_empty() {
        return vec![phase(&hosts, "")];
    }
    vec![
        phase(&first, ", the first of each mirror"),
        phase(&rest, ""),
    ]
}

/// Fetches the image where it is missing, without a word in the audit log: a rollback speaks for itself.
pub(super) fn pull_missing(settled: &Settled<'_>, facts: &Facts) -> Phase {
    let tag = settled.version.as_str();
    let is_missing = |host: &&Host| {
        let known = facts.of(host);
        match settled.digest {
            Some(digest) => !known.has(tag, digest),
            None => known.image(tag).is_none(),
        }
    };
    let hosts: Vec<&Host> = settled
        .fleet
        .app_hosts()
        .into_iter()
        .filter(is_missing)
        .collect();
    let work = hosts.iter().map(|host| pull_on(settled, host)).collect();
    let image = settled.repository.at(settled.version);
    let title = format!(
        "Pull {image} where it is missing, on {}",
        count_of(hosts.len())
    );
    Phase::on_hosts(title, work)
}

/// One host for each mirror, when more than one host pulls from Docker Hub, which is all that engines mirror.
fn first_of_mirrors<'a>(settled: &Settled<'_>, facts: &Facts, hosts: &[&'a Host]) -> Vec<&'a Host> {
    let is_docker_hub = match settled.config().registry.server.as_deref() {
        None => true,
        Some(server) => server == "docker.io" || server.starts_with("docker.io/"),
    };
    if !is_docker_hub || hosts.len() < 2 {
        return Vec::new();
    }
    let mut mirrors = BTreeSet::new();
    let is_first = |host: &&&Host| {
        let mirror = facts.of(host).store.and_then(|store| store.mirror);
        mirror.is_some_and(|mirror| mirrors.insert(mirror))
    };
    hosts.iter().filter(is_first).copied().collect()
}

fn pull_on(settled: &Settled<'_>, host: &Host) -> HostWork {
    let version = settled.version;
    let image = settled.repository.at(version);
    let mut steps = Vec::from_iter(settled.log_in());
    match settled.digest {
        Some(digest) => {
            let pinned = settled.repository.pinned(digest);
            let note = format!("Pulled image with version {version}, {digest}");
            steps.extend([
                settled.audit(None, &note),
                Step::new(format!("pull {digest}"), image::pull_pinned(&pinned)).endable(),
                name(settled, digest),
            ]);
        }
        None => steps.extend([
            settled.audit(None, &format!("Pulled image with version {version}")),
            Step::new("pull the image", image::pull(&image)).endable(),
        ]),
    }
    steps.extend([
        Step::new(
            CHECK_LABEL,
            image::check_label(&image, settled.names.service()),
        ),
        Step::new(CHECK_ARCHITECTURE, image::check_architecture(&image)),
    ]);
    let port = registry::local_port(settled.config());
    HostWork::at_once(host, vec![Block::of(steps)]).reaching_registry(port)
}

/// Gives the image of this content the name that containers are made from.
pub(super) fn name(settled: &Settled<'_>, digest: dhow_names::Digest) -> Step {
    let image = settled.repository.at(settled.version);
    let pinned = settled.repository.pinned(digest);
    let title = format!("name it {}", settled.version);
    Step::new(title, image::name_pinned(&pinned, &image))
}

/// Logs the host in to the registry, unless it is.
pub(super) fn log_in(login: &Login) -> Step {
    let server = login.server.as_deref();
    let title = format!("{LOG_IN}{}", server.unwrap_or("Docker Hub"));
    let words = registry::login_words(&login.username, &login.password);
    Step::new(title, registry::ensure_login(server, &login.username))
        .reading(Content::new(words.expose()))
        .endable()
}
