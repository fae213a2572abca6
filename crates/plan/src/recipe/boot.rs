//! Booting a version: new container, health, switch, old container away.

use dhow_config::Role;
use dhow_docker::{
    app::{self, Boot},
    names::Names,
    proxy, server,
};
use dhow_names::Host;
use dhow_roles::Placement;
use dhow_versioning::Version;

use super::{Settled, count_of, proxied};
use crate::{
    facts::{Facts, HostFacts},
    hook::{Hook, HookCall},
    plan::{Block, HostWork, LocalWork, Milestone, Phase, Start, Step},
    suffixes::Suffixes,
};

/// How many lines of a container's log are shown when it fails.
const LOG_LINES: u32 = 50;

/// How many scripts one host runs at the same time: sshd's own limit for a connection is ten.
pub(super) const SCRIPTS_AT_ONCE: usize = 8;

/// The title of the step that tells the last health probe of a container behind the proxy.
pub const LAST_PROBE: &str = "last health probe";

/// Boots the version on all app hosts, group by group, with the hooks around each (flows §4.2).
pub(super) fn boot(settled: &Settled<'_>, facts: &Facts, suffixes: &mut Suffixes) -> Vec<Phase> {
    let groups = settled.fleet.boot_groups();
    let count = groups.len();
    let mut phases = Vec::new();
    for (at, group) in groups.into_iter().enumerate() {
        let part = if count > 1 {
            format!(", group {} of {count}", at + 1)
        } else {
            String::new()
        };
        let hosts: Vec<Host> = group.iter().map(|host| (*host).clone()).collect();
        let work = group
            .iter()
            .flat_map(|host| boot_host(settled, host, &facts.of(host), suffixes))
            .collect();
        phases.push(hook_phase(Hook::PreAppBoot, &hosts));
        let title = format!(
            "Boot {} on {}{part}",
            settled.version.abbreviated(),
            count_of(hosts.len())
        );
        phases.push(Phase::on_hosts(title, work));
        phases.push(hook_phase(Hook::PostAppBoot, &hosts));
        if let Some(pause) = settled.config().boot.wait.filter(|_| at + 1 < count) {
            let title = format!("Wait {} s before the next group", pause.as_secs());
            phases.push(Phase::local(title, LocalWork::Wait(pause)));
        }
    }
    phases
}

/// A hook that is told about these hosts.
pub(super) fn hook_phase(hook: Hook, hosts: &[Host]) -> Phase {
    let call = HookCall {
        hook,
        hosts: hosts.to_vec(),
    };
    Phase::local(
        format!("Run the {} hook", hook.name()),
        LocalWork::Hook(call),
    )
}

/// One script, role after role, the primary one first; or one for each role at the same time, where the deploy file
/// says so (`boot.parallel_roles`). Scripts without the primary role wait for it.
fn boot_host(
    settled: &Settled<'_>,
    host: &Host,
    known: &HostFacts,
    suffixes: &mut Suffixes,
) -> Vec<HostWork> {
    let placements = settled.fleet.on(host);
    let together = if settled.config().boot.parallel_roles {
        placements.len().div_ceil(SCRIPTS_AT_ONCE)
    } else {
        placements.len()
    };
    let scripts = placements.chunks(together.max(1));
    let boot = |roles: &[Placement<'_>]| {
        let blocks = roles
            .iter()
            .flat_map(|placement| boot_role(settled, placement, known, suffixes));
        HostWork {
            start: start_of(settled, roles),
            ..HostWork::at_once(host, blocks.collect())
        }
    };
    scripts.map(boot).collect()
}

fn start_of(settled: &Settled<'_>, roles: &[Placement<'_>]) -> Start {
    match settled.fleet.primary_role() {
        Some(primary) if roles.iter().all(|it| it.role.name != primary.name) => {
            Start::WhenHealthy(primary.name.clone())
        }
        _ => Start::AtOnce,
    }
}

/// Two blocks: what can be repeated at will, then what has to be put right when it fails. A container that
/// already has the name is renamed in the first, so that the second never stops it by mistake.
fn boot_role(
    settled: &Settled<'_>,
    placement: &Placement<'_>,
    known: &HostFacts,
    suffixes: &mut Suffixes,
) -> [Block; 2] {
    let role = placement.role;
    let container = settled.names.container(role, settled.version);
    let mut old = known.current.get(&role.name).cloned();
    let mut preparation = Vec::new();
    if known.containers.iter().any(|known| known.name == container) {
        let replaced = settled
            .names
            .replaced_container(role, settled.version, &suffixes.hex(16));
        if old.as_deref() == Some(container.as_str()) {
            old = Some(replaced.clone());
        }
        let note = format!(
            "Renaming container {} to {}",
            settled.version,
            replaced_version(settled, role, &replaced)
        );
        preparation.push(settled.audit(Some(&role.name), &note));
        let title = format!(
            "rename the earlier container of {}",
            short(settled, placement)
        );
        preparation.push(Step::new(title, app::rename(&container, &replaced)));
    }
    let booted = format!("Booted app version {}", settled.version);
    preparation.push(settled.audit(Some(&role.name), &booted));
    preparation.push(upload_env(settled, placement));

    let mut steps = vec![
        start(settled, placement, suffixes),
        switch(settled, placement, &container),
    ];
    if let Some(old) = old {
        let title = format!("stop {}", named(settled, role, &old));
        let stop = Step::new(title, app::stop(&old, role.stop_timeout)).tolerant();
        steps.push(stop.reaching(Milestone::Retired));
        steps.extend(proxied::clean(settled, role));
    }
    [
        Block {
            role: Some(role.name.clone()),
            steps: preparation,
            rescue: Vec::new(),
        },
        Block {
            role: Some(role.name.clone()),
            steps,
            rescue: rescue(settled, placement, &container),
        },
    ]
}

/// The role and the version as a person calls them: `web 1db6e36`.
pub(super) fn short(settled: &Settled<'_>, placement: &Placement<'_>) -> String {
    format!("{} {}", placement.role.name, settled.version.abbreviated())
}

/// A container of the role as a person calls it, its version cut as versions are shown to people.
pub(super) fn named(settled: &Settled<'_>, role: &Role, container: &str) -> String {
    let version = settled
        .names
        .version_of(role, container)
        .unwrap_or(container);
    let (version, earlier) = match version.split_once("_replaced_") {
        Some((version, _)) => (version, "the earlier "),
        None => (version, ""),
    };
    let known: Result<Version, _> = version.parse();
    let shown = known.as_ref().map_or(version, Version::abbreviated);
    format!("{earlier}{} {shown}", role.name)
}

fn replaced_version(settled: &Settled<'_>, role: &Role, replaced: &str) -> String {
    settled
        .names
        .version_of(role, replaced)
        .unwrap_or(replaced)
        .to_owned()
}

/// Makes the folder and writes the role's secrets into it.
pub(super) fn upload_env(settled: &Settled<'_>, placement: &Placement<'_>) -> Step {
    let names = settled.names;
    let command = server::make_directory(&names.role_env_directory()).and(
        server::write_private_file(&names.role_env_file(placement.role)),
    );
    let content = settled
        .needs
        .role_env(&placement.role.name, &placement.at.host);
    Step::new(
        format!("write the secrets of {}", placement.role.name),
        command,
    )
    .reading(content)
}

fn start(settled: &Settled<'_>, placement: &Placement<'_>, suffixes: &mut Suffixes) -> Step {
    let hostname = Names::hostname(&placement.at.host, &suffixes.hex(12));
    let command = app::run(&Boot {
        config: settled.config(),
        names: settled.names,
        role: placement.role,
        at: placement.at,
        version: settled.version,
        hostname: &hostname,
    });
    Step::new(format!("start {}", short(settled, placement)), command).reaching(Milestone::Started)
}

fn switch(settled: &Settled<'_>, placement: &Placement<'_>, container: &str) -> Step {
    let config = settled.config();
    let step = match &placement.role.proxy {
        Some(settings) => {
            let service = settled.names.prefix(placement.role);
            let title = format!(
                "wait for {} and switch traffic to it",
                short(settled, placement)
            );
            let files = proxied::told(settled, placement.role);
            Step::new(
                title,
                proxy::deploy(&service, container, settings, &files, config),
            )
        }
        None => Step::new(
            format!("wait for {}", short(settled, placement)),
            app::wait_until_ready(container, config.deploy_timeout, config.readiness_delay),
        ),
    };
    step.endable().reaching(Milestone::Healthy)
}

/// Tells what went wrong, then stops the new container unless it has traffic already.
fn rescue(settled: &Settled<'_>, placement: &Placement<'_>, container: &str) -> Vec<Step> {
    let new = short(settled, placement);
    let timeout = placement.role.stop_timeout;
    let mut steps = Vec::new();
    if placement.role.proxy.is_some() {
        steps.push(Step::new(LAST_PROBE, proxy::last_probe(container)));
    }
    steps.push(Step::new("container", app::diagnose(container)));
    steps.push(Step::new(
        format!("last {LOG_LINES} log lines"),
        app::last_lines(container, LOG_LINES),
    ));
    steps.push(match placement.role.proxy {
        Some(_) => Step::new(
            format!("stop {new} unless it has traffic"),
            proxy::keep_if_serving(container, timeout),
        )
        .reaching(Milestone::Healthy),
        None => Step::new(
            format!("stop {new}"),
            app::stop(container, timeout).arg_raw(">/dev/null"),
        )
        .reaching(Milestone::Withdrawn),
    });
    steps
}
