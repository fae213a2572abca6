//! Which containers there are, and which of them serve.

use dhow_config::Role;
use dhow_shell::{CommandLine, Word};

use super::filters;
use crate::{
    docker,
    image::Repository,
    names::{Names, PROXY},
};

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
    first_line_of(newest().arg("--filter").arg(ancestor), newest())
}

/// Prints the first line of one command, or else of another, which is not run when it is not needed.
fn first_line_of(one: CommandLine, other: CommandLine) -> CommandLine {
    one.pipe(CommandLine::new("grep").arg("."))
        .or(other)
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
    let serving = CommandLine::raw(targets)
        .then(running.pipe(CommandLine::raw(with_traffic)))
        .grouped();
    first_line_of(serving, current)
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

/// Hands all ids that one command prints to another; none is fine. Fails when they cannot be had, for then nobody knows
/// whether there are any.
pub(crate) fn with_all(ids: &CommandLine, act: CommandLine) -> CommandLine {
    let act = CommandLine::new("test")
        .args(["-z"])
        .arg_raw("\"$ids\"")
        .or(act.arg_raw("$ids"))
        .grouped();
    CommandLine::raw(format!("ids=$({})", ids.exposed())).and(act)
}
