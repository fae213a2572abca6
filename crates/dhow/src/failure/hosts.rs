//! Failures of hosts: unreachable, unfit, or a step that did not work there.

use std::{collections::BTreeSet, fmt::Write as _, net::Ipv4Addr};

use dhow_docker::proxy;
use dhow_execute::{
    HostOutcome, HostReport, PhaseReport, Progress, RoleState, Serving, StepOutcome,
};
use dhow_names::Host;
use dhow_plan::{
    Milestone,
    checks::Unfit,
    recipe::{CHECK_ARCHITECTURE, CHECK_LABEL, LAST_PROBE, LOG_IN},
};
use dhow_ssh_exec::{ConnectError, ConnectFailure, ForwardFailure};

use super::{Failure, Kind};

/// How many lines of a failed step's output are shown.
const SHOWN_LINES: usize = 20;

/// Whether nobody has this address: it is kept free for documentation, and `init` writes such ones.
fn is_of_an_example(host: &Host) -> bool {
    let address: Result<Ipv4Addr, _> = host.address().parse();
    address.is_ok_and(|address| address.is_documentation())
}

impl Failure {
    /// Hosts that cannot be reached: all of them at once, and nothing was changed anywhere.
    pub(crate) fn unreachable(errors: &[ConnectError]) -> Self {
        if let Some(error) = errors
            .iter()
            .find(|error| error.reason == ConnectFailure::NoSsh)
        {
            // No host is to blame for that, and it is the same for all of them.
            return Self::new(Kind::Machine, "no host can be reached, nothing was changed")
                .because(&error.reason)
                .hint(error.reason.hint());
        }
        let headline = match errors {
            [one] => format!("{} cannot be reached, nothing was changed", one.host),
            _ => format!(
                "{} hosts cannot be reached, nothing was changed",
                errors.len()
            ),
        };
        let mut failure = Self::new(Kind::Host, headline);
        for error in errors {
            failure.causes.push(error.to_string());
        }
        let mut hints: Vec<&str> = errors.iter().map(|error| error.reason.hint()).collect();
        hints.sort_unstable();
        hints.dedup();
        failure.hints.extend(hints.into_iter().map(str::to_owned));
        let of_an_example = errors.iter().find(|error| is_of_an_example(&error.host));
        match of_an_example {
            Some(error) => failure.hint(format!(
                "{} is an address for examples: is the deploy file still as `dhow init` wrote it?",
                error.host.address()
            )),
            None => failure,
        }
    }

    /// Hosts that cannot be deployed to: all of them at once, and nothing was changed anywhere.
    pub(crate) fn unfit(hosts: &[(Host, Unfit)]) -> Self {
        let headline = match hosts {
            [(host, _)] => format!("{host} cannot be deployed to, nothing was changed"),
            _ => format!(
                "{} hosts cannot be deployed to, nothing was changed",
                hosts.len()
            ),
        };
        let mut failure = Self::new(Kind::Host, headline);
        for (host, reason) in hosts {
            failure.causes.push(format!("{host}: {reason}"));
        }
        let hint = |reason: &Unfit| match reason {
            Unfit::NoDocker => "`dhow setup` installs Docker",
            Unfit::EngineSilent { .. } => {
                "is the engine running (`systemctl status docker`), and is the SSH user in the group docker?"
            }
            Unfit::EngineTooOld { .. } => "upgrade Docker on the host",
            Unfit::ProxyTooOld { .. } => "`dhow proxy reboot` replaces the proxy",
        };
        let mut hints: Vec<&str> = hosts.iter().map(|(_, reason)| hint(reason)).collect();
        hints.sort_unstable();
        hints.dedup();
        failure.hints.extend(hints.into_iter().map(str::to_owned));
        failure
    }

    /// A phase that hosts did not finish: what failed where, and what came back.
    pub(crate) fn phase(report: &PhaseReport) -> Self {
        let unfinished: Vec<&HostReport> = report.unfinished().collect();
        let mut names: Vec<&str> = unfinished.iter().map(|host| host.host.as_str()).collect();
        // A host whose roles work at the same time reports each of them.
        names.dedup();
        let title = lower_first(&report.title);
        let mut failure = Self::new(
            Kind::Step,
            format!("failed to {title}: {} did not finish", names.join(", ")),
        );
        for host in &unfinished {
            failure.causes.push(cause(host));
            failure.details.extend(story(host));
        }
        failure.hints.extend(what_to_look_at(&unfinished));
        let unserved = unfinished.iter().filter_map(|host| match &host.outcome {
            HostOutcome::Unserved { error } => Some(&error.reason),
            _ => None,
        });
        let reasons: Vec<&ForwardFailure> = unserved.collect();
        if !reasons.is_empty() {
            failure.kind = Kind::Host;
            let hints: BTreeSet<&str> = reasons.iter().filter_map(|it| it.hint()).collect();
            failure.hints.extend(hints.into_iter().map(str::to_owned));
        }
        if failed_at(&unfinished, CHECK_ARCHITECTURE) {
            failure.kind = Kind::Host;
            let hint =
                "build the image for that architecture too: `builder: {arch: [amd64, arm64]}`";
            failure.hints.push(hint.to_owned());
        }
        if failed_at(&unfinished, LOG_IN) {
            let hint = "are the registry's username and password right?";
            failure.hints.push(hint.to_owned());
        }
        if failed_at(&unfinished, CHECK_LABEL) {
            let hint = "is `image` in the deploy file right? An image without the label can be deployed, \
                        one that is labelled for another service cannot";
            failure.hints.push(hint.to_owned());
        }
        if report
            .hosts
            .iter()
            .any(|host| matches!(host.outcome, HostOutcome::Lost { .. }))
        {
            failure
                .hints
                .push("run the same command again: it takes up what was left".to_owned());
        }
        failure
    }

    /// Adds a table of what runs where.
    #[must_use]
    pub(crate) fn what_runs_where(mut self, progress: &Progress, version: &str) -> Self {
        if matches!(self.kind, Kind::Step | Kind::Host) && is_partial(progress) {
            self.kind = Kind::Partial;
        }
        let table = table(progress, version);
        if table.is_empty() {
            self
        } else {
            self.detail(format!("What runs where now:\n{table}"))
        }
    }
}

/// `Pull x on 2 hosts` → `pull x on 2 hosts`.
fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

fn cause(host: &HostReport) -> String {
    match &host.outcome {
        HostOutcome::Done => format!("{}: done", host.host),
        HostOutcome::Failed { at } => match host.steps.get(*at) {
            Some(step) => failed_step(&host.host, step),
            None => format!("{}: a step failed", host.host),
        },
        HostOutcome::Interrupted => format!("{}: interrupted", host.host),
        HostOutcome::Halted { role } => {
            format!(
                "{}: not begun, because no {role} container became healthy",
                host.host
            )
        }
        HostOutcome::Unserved { error } => error.to_string(),
        HostOutcome::Lost {
            error,
            during: Some(title),
        } => format!("{error} (`{title}`)"),
        HostOutcome::Lost {
            error,
            during: None,
        } => error.to_string(),
    }
}

fn failed_step(host: &Host, step: &StepOutcome) -> String {
    let role = step
        .role
        .as_ref()
        .map(|role| format!(" (role {role})"))
        .unwrap_or_default();
    format!(
        "{host}{role}: `{}` ended with exit code {}",
        step.title, step.exit_code
    )
}

/// Whether a host failed at a step whose title begins so.
fn failed_at(hosts: &[&HostReport], title: &str) -> bool {
    hosts.iter().any(|host| match host.outcome {
        HostOutcome::Failed { at } => host
            .steps
            .get(at)
            .is_some_and(|step| step.title.starts_with(title)),
        _ => false,
    })
}

/// Where to look when a new container did not come up.
fn what_to_look_at(hosts: &[&HostReport]) -> Vec<String> {
    let unhealthy: Vec<(&HostReport, &StepOutcome)> = hosts
        .iter()
        .filter_map(|host| match host.outcome {
            HostOutcome::Failed { at } => Some((*host, host.steps.get(at)?)),
            _ => None,
        })
        .filter(|(_, step)| step.milestone == Some(Milestone::Healthy))
        .collect();
    let mut hints = Vec::new();
    if unhealthy
        .iter()
        .any(|(host, _)| host.steps.iter().any(|step| step.title == LAST_PROBE))
    {
        hints.push(
            "does the app listen on `proxy.app_port` (80), and answer `proxy.healthcheck.path` (/up) with 200 \
             within `deploy_timeout`?"
                .to_owned(),
        );
    }
    if let Some((host, _)) = unhealthy.first() {
        let host = &host.host;
        hints.push(format!(
            "the stopped container stays on {host}: `docker ps --all` lists it there, `docker logs` shows all it said"
        ));
    }
    hints
}

/// What the failed step printed, and what the rescue found out.
fn story(host: &HostReport) -> Vec<String> {
    let HostOutcome::Failed { at } = host.outcome else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    if let Some(step) = host.steps.get(at) {
        parts.extend(quoted(&format!("{} said", host.host), &said(step)));
    }
    for step in host
        .steps
        .iter()
        .filter(|step| step.rescue && step.milestone.is_none())
    {
        parts.extend(quoted(
            &format!("{}, {}", host.host, step.title),
            &said(step),
        ));
    }
    for step in host
        .steps
        .iter()
        .filter(|step| step.rescue && step.milestone.is_some())
    {
        let result = match (step.milestone, step.exit_code) {
            (Some(Milestone::Withdrawn), 0) => "the new container was stopped",
            (Some(Milestone::Healthy), 0) => "the new container already has traffic, so it goes on",
            (Some(Milestone::Healthy), proxy::STOPPED) => {
                "the new container was stopped, it never had traffic"
            }
            (Some(Milestone::Healthy), proxy::UNANSWERED) => {
                "the new container was left alone, because the proxy does not say who has the traffic"
            }
            _ => "it is not known whether the new container still runs",
        };
        parts.push(format!("{}: {result}", host.host));
    }
    parts
}

fn said(step: &StepOutcome) -> String {
    format!("{}\n{}", step.stdout.trim_end(), step.stderr.trim_end())
        .trim()
        .to_owned()
}

/// A title and the last lines of a text, set off from our own words; nothing when there is no text.
fn quoted(title: &str, text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return None;
    }
    let limit = if title.contains("log lines") {
        usize::MAX
    } else {
        SHOWN_LINES
    };
    let left_out = lines.len().saturating_sub(limit);
    let mut quoted = format!("{title}:\n");
    if left_out > 0 {
        let _ = writeln!(quoted, "  | … {left_out} lines before");
    }
    for line in &lines[left_out..] {
        let _ = writeln!(quoted, "  | {line}");
    }
    Some(quoted)
}

/// Whether some have come to the new version and others have not, or may not have.
fn is_partial(progress: &Progress) -> bool {
    let is_new = |state: &RoleState| matches!(state.serving, Serving::New { .. });
    let arrived = progress.rows().filter(|(.., state)| is_new(state)).count();
    arrived > 0 && arrived < progress.rows().count()
}

fn table(progress: &Progress, version: &str) -> String {
    let mut text = String::new();
    for (host, role, state) in progress.rows() {
        let before = state.before.as_deref();
        let now = match (state.serving, before) {
            (Serving::Old, Some(before)) => format!("{before} serves as before"),
            (Serving::Old, None) => "nothing, as before".to_owned(),
            (Serving::New { old_stopped: true }, _) => format!("{version} serves"),
            (Serving::New { old_stopped: false }, before) => {
                let before = before.unwrap_or("the old one");
                format!("{version} serves, {before} still runs beside it")
            }
            (Serving::Unknown, _) => "unknown, the host went away".to_owned(),
        };
        let _ = writeln!(text, "  {host}  {role}  {now}");
    }
    text
}
