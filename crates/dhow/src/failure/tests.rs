use std::{num::NonZeroU16, time::Duration};

use dhow_execute::{HostOutcome, HostReport, PhaseReport, StepOutcome};
use dhow_names::Host;
use dhow_plan::{Milestone, checks::Unfit, recipe::LAST_PROBE};
use dhow_redaction::{Redactor, Secret};
use dhow_ssh_exec::{
    ConnectError, ConnectFailure, ForwardError, ForwardFailure, RunError, StepNumber,
};

use super::*;

fn shown(failure: &Failure) -> String {
    failure.render(|word| word)
}

fn host(name: &str) -> Host {
    name.parse().unwrap()
}

fn unreachable(name: &str, reason: ConnectFailure, said: &[&str]) -> ConnectError {
    ConnectError {
        host: host(name),
        tried: format!("root@{name}:22"),
        reason,
        said: said.iter().map(|&line| line.to_owned()).collect(),
    }
}

fn step(title: &str, exit_code: i32, stdout: &str, stderr: &str) -> StepOutcome {
    StepOutcome {
        title: title.to_owned(),
        role: Some("web".parse().unwrap()),
        rescue: false,
        exit_code,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
        duration: Duration::from_secs(1),
        milestone: None,
    }
}

fn rescue(step: StepOutcome) -> StepOutcome {
    StepOutcome {
        rescue: true,
        ..step
    }
}

fn healthy(step: StepOutcome) -> StepOutcome {
    StepOutcome {
        milestone: Some(Milestone::Healthy),
        ..step
    }
}

fn report(name: &str, outcome: HostOutcome, steps: Vec<StepOutcome>) -> HostReport {
    HostReport {
        host: host(name),
        outcome,
        steps,
    }
}

fn phase(hosts: Vec<HostReport>) -> Failure {
    Failure::phase(&PhaseReport {
        title: "Boot 2222222 on 3 hosts".to_owned(),
        hosts,
    })
}

#[test]
fn each_kind_has_an_exit_code_of_its_own() {
    let table = [
        (Kind::Step, 1),
        (Kind::Usage, 2),
        (Kind::Project, 3),
        (Kind::Machine, 4),
        (Kind::Host, 5),
        (Kind::Locked, 6),
        (Kind::Signal(2), 130),
        (Kind::Signal(15), 143),
    ];
    for (kind, code) in table {
        assert_eq!(kind.code(), code, "{kind:?}");
    }
}

#[test]
fn all_that_cannot_be_reached_is_told_at_once() {
    let errors = [
        unreachable("10.0.0.1", ConnectFailure::Refused, &[]),
        unreachable(
            "10.0.0.2",
            ConnectFailure::PermissionDenied,
            &["Permission denied (publickey)."],
        ),
        unreachable("10.0.0.3", ConnectFailure::Refused, &[]),
    ];
    insta::assert_snapshot!(shown(&Failure::unreachable(&errors)), @r"
    error: 3 hosts cannot be reached, nothing was changed
      caused by: cannot connect to 10.0.0.1 (tried root@10.0.0.1:22): connection refused
      caused by: cannot connect to 10.0.0.2 (tried root@10.0.0.2:22): permission denied: Permission denied (publickey).
      caused by: cannot connect to 10.0.0.3 (tried root@10.0.0.3:22): connection refused

    hint: is the address right, and does sshd listen on that port? Set `ssh.port` when it is not 22
    hint: no password is ever asked for: add your key to the agent with `ssh-add`, or name it in `ssh.keys`, and see that `ssh.user` is right
    ");
    insta::assert_snapshot!(shown(&Failure::unreachable(&errors[..1])), @r"
    error: 10.0.0.1 cannot be reached, nothing was changed
      caused by: cannot connect to 10.0.0.1 (tried root@10.0.0.1:22): connection refused

    hint: is the address right, and does sshd listen on that port? Set `ssh.port` when it is not 22
    ");
}

#[test]
fn an_address_that_nobody_has_is_called_so() {
    let errors = [unreachable(
        "root@192.0.2.1:22",
        ConnectFailure::Refused,
        &[],
    )];
    insta::assert_snapshot!(shown(&Failure::unreachable(&errors)), @"
    error: root@192.0.2.1:22 cannot be reached, nothing was changed
      caused by: cannot connect to root@192.0.2.1:22 (tried root@root@192.0.2.1:22:22): connection refused

    hint: is the address right, and does sshd listen on that port? Set `ssh.port` when it is not 22
    hint: 192.0.2.1 is an address for examples: is the deploy file still as `dhow init` wrote it?
    ");
}

#[test]
fn all_that_is_unfit_is_told_at_once_and_each_way_out_once() {
    let silent = Unfit::EngineSilent {
        said: "Cannot connect to the Docker daemon".to_owned(),
    };
    let hosts = [
        (host("10.0.0.1"), Unfit::NoDocker),
        (host("10.0.0.2"), silent),
        (host("10.0.0.3"), Unfit::NoDocker),
        (
            host("10.0.0.4"),
            Unfit::EngineTooOld {
                version: "19.3.0".to_owned(),
            },
        ),
        (
            host("10.0.0.5"),
            Unfit::ProxyTooOld {
                tag: "v0.8.0".to_owned(),
            },
        ),
    ];
    insta::assert_snapshot!(shown(&Failure::unfit(&hosts)), @r"
    error: 5 hosts cannot be deployed to, nothing was changed
      caused by: 10.0.0.1: Docker is not installed
      caused by: 10.0.0.2: the Docker engine does not answer: Cannot connect to the Docker daemon
      caused by: 10.0.0.3: Docker is not installed
      caused by: 10.0.0.4: Docker engine 19.3.0 is too old, at least 20.10 is needed
      caused by: 10.0.0.5: kamal-proxy version v0.8.0 is too old, run `dhow proxy reboot` in order to update to at least v0.9.2

    hint: `dhow proxy reboot` replaces the proxy
    hint: `dhow setup` installs Docker
    hint: is the engine running (`systemctl status docker`), and is the SSH user in the group docker?
    hint: upgrade Docker on the host
    ");
}

#[test]
fn a_container_that_does_not_come_up_is_explained() {
    let steps = vec![
        step("start web 2222222", 0, "c45795d27733\n", ""),
        healthy(step(
            "wait for web 2222222 and switch traffic to it",
            1,
            "",
            "Error: target failed to become healthy within configured timeout (30s)\n",
        )),
        rescue(step(
            LAST_PROBE,
            0,
            "Healthcheck failed error=\"unexpected status 500\"\n",
            "",
        )),
        rescue(step("container", 0, "state running, exit code 0\n", "")),
        rescue(step("last 50 log lines", 0, "boom\nat line 7\n", "")),
        rescue(healthy(step(
            "stop web 2222222 unless it has traffic",
            3,
            "",
            "",
        ))),
    ];
    let failed = report("10.0.0.1", HostOutcome::Failed { at: 1 }, steps);
    let halted = HostOutcome::Halted {
        role: "web".parse().unwrap(),
    };
    let failure = phase(vec![
        failed,
        report("10.0.0.2", HostOutcome::Done, Vec::new()),
        report("10.0.0.3", halted, Vec::new()),
    ]);
    assert_eq!(failure.kind, Kind::Step);
    insta::assert_snapshot!(shown(&failure), @r#"
    error: failed to boot 2222222 on 3 hosts: 10.0.0.1, 10.0.0.3 did not finish
      caused by: 10.0.0.1 (role web): `wait for web 2222222 and switch traffic to it` ended with exit code 1
      caused by: 10.0.0.3: not begun, because no web container became healthy

    10.0.0.1 said:
      | Error: target failed to become healthy within configured timeout (30s)

    10.0.0.1, last health probe:
      | Healthcheck failed error="unexpected status 500"

    10.0.0.1, container:
      | state running, exit code 0

    10.0.0.1, last 50 log lines:
      | boom
      | at line 7

    10.0.0.1: the new container was stopped, it never had traffic

    hint: does the app listen on `proxy.app_port` (80), and answer `proxy.healthcheck.path` (/up) with 200 within `deploy_timeout`?
    hint: the stopped container stays on 10.0.0.1: `docker ps --all` lists it there, `docker logs` shows all it said
    "#);
}

#[test]
fn a_host_that_went_away_says_during_what() {
    let lost = HostOutcome::Lost {
        error: RunError::ConnectionLost {
            host: host("10.0.0.1"),
            step: Some(StepNumber(3)),
        },
        during: Some("start web 2222222".to_owned()),
    };
    insta::assert_snapshot!(shown(&phase(vec![report("10.0.0.1", lost, Vec::new())])), @r"
    error: failed to boot 2222222 on 3 hosts: 10.0.0.1 did not finish
      caused by: the connection to 10.0.0.1 was lost during step 3 (`start web 2222222`)

    hint: run the same command again: it takes up what was left
    ");
}

#[test]
fn a_host_that_cannot_reach_the_registry_here_says_why() {
    let unserved = |at: &str, reason| {
        let error = ForwardError {
            host: host(at),
            port: NonZeroU16::new(5555).unwrap(),
            reason,
        };
        report(at, HostOutcome::Unserved { error }, Vec::new())
    };
    let by = Some("nginx".to_owned());
    let after = Duration::from_secs(30);
    let failure = phase(vec![
        unserved("10.0.0.1", ForwardFailure::Taken { by }),
        unserved("10.0.0.2", ForwardFailure::Taken { by: None }),
        unserved("10.0.0.3", ForwardFailure::Forbidden),
        unserved("10.0.0.4", ForwardFailure::TimedOut { after }),
    ]);
    assert_eq!(failure.kind, Kind::Host);
    insta::assert_snapshot!(shown(&failure), @r"
    error: failed to boot 2222222 on 3 hosts: 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 did not finish
      caused by: Failed to establish port forward on 10.0.0.1: its port 5555 is taken by `nginx`
      caused by: Failed to establish port forward on 10.0.0.2: its port 5555 is taken
      caused by: Failed to establish port forward on 10.0.0.3: its sshd allows no forwarding of port 5555
      caused by: Failed to establish port forward on 10.0.0.4: Timed out waiting for port forwarding to be established (30 s)

    hint: `ss -ltnp` on the host, as root, shows what listens there: stop it, or write another port behind `registry/server: localhost:`
    hint: let sshd on the host forward: `AllowTcpForwarding yes` or `remote` (and no `PermitListen` or `DisableForwarding` that forbids it) in sshd_config, no `restrict` before the key in authorized_keys; a port below 1024 is for root only
    ");
}

#[test]
fn of_much_output_the_end_is_shown_but_a_log_whole() {
    let lines: Vec<String> = (1..=30).map(|line| format!("line {line}")).collect();
    let text = lines.join("\n");
    let steps = vec![
        step("pull the image", 1, &text, "denied\n"),
        rescue(step("last 50 log lines", 0, &text, "")),
    ];
    let told = shown(&phase(vec![report(
        "10.0.0.1",
        HostOutcome::Failed { at: 0 },
        steps,
    )]));
    assert!(
        told.contains("10.0.0.1 said:\n  | … 11 lines before\n  | line 12\n"),
        "{told}"
    );
    assert!(told.contains("  | line 30\n  | denied\n"), "{told}");
    assert!(
        told.contains("10.0.0.1, last 50 log lines:\n  | line 1\n"),
        "{told}"
    );
}

#[test]
fn no_part_of_a_failure_tells_a_secret() {
    let secret = Secret::new("hunter2");
    let redactor = Redactor::new([&secret]);
    let failure = Failure::new(Kind::Step, "hunter2")
        .because(&std::io::Error::other("no hunter2"))
        .detail("its log:\n  | hunter2")
        .hint("not hunter2")
        .redacted(|text| redactor.redact(text));
    insta::assert_snapshot!(shown(&failure), @r"
    error: [REDACTED]
      caused by: no [REDACTED]

    its log:
      | [REDACTED]

    hint: not [REDACTED]
    ");
    assert!(!format!("{failure:?}").contains("hunter2"));
}
