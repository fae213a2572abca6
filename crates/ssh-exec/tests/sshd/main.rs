//! The ssh transport against a real sshd of this machine's, started by each test for itself.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod forwarding;
mod server;

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use dhow_names::Host;
use dhow_redaction::Secret;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{
    Block, ConfigFiles, ConnectError, ConnectFailure, Ending, Input, Proxy, RunError, Script,
    ScriptEvent, SshSettings, SshTransport, StepNumber, Transport, run_in_terminal,
};
use tokio_util::sync::CancellationToken;

use crate::server::{PATIENCE, Server, connect, current_user, host, refusal, step, wait_for};

#[tokio::test]
async fn every_script_goes_through_one_request_on_one_connection() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    connect(&transport, "127.0.0.1").await;
    let input: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let script = Script::new([
        step("echo one; echo two >&2"),
        step("exit 3").allowed_to_fail(),
        step("cksum").reading(Input::new(input)),
    ]);
    for _ in 0..3 {
        let report = transport
            .run(&host, &script, CancellationToken::new(), |_| ())
            .await
            .unwrap();
        assert_eq!(report.ending, Ending::Completed);
        assert_eq!(
            (&*report.steps[0].stdout, &*report.steps[0].stderr),
            ("one\n", "two\n")
        );
        assert_eq!(report.steps[1].exit_code, 3);
        assert!(report.steps[2].stdout.ends_with(" 300000\n"), "{report:?}");
    }
    transport.close().await;
    assert_eq!(server.count("Accepted publickey"), 1, "{}", server.log());
    assert_eq!(
        server.count("Starting session: command"),
        1,
        "{}",
        server.log()
    );
    assert_eq!(server.count("Starting session"), 1, "{}", server.log());
}

#[tokio::test]
async fn scripts_at_the_same_time_have_a_shell_each() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let folder = tempfile::tempdir().unwrap();
    let meet = |mine: &str, other: &str| {
        let (mine, other) = (folder.path().join(mine), folder.path().join(other));
        Script::new([step(&format!(
            "touch {}; until test -e {}; do sleep 0.02; done",
            mine.display(),
            other.display()
        ))])
    };
    let (one, other) = (meet("one", "other"), meet("other", "one"));
    for _ in 0..2 {
        let (one, other) = tokio::join!(
            transport.run(&host, &one, CancellationToken::new(), |_| ()),
            transport.run(&host, &other, CancellationToken::new(), |_| ()),
        );
        assert_eq!(one.unwrap().ending, Ending::Completed);
        assert_eq!(other.unwrap().ending, Ending::Completed);
    }
    transport.close().await;
    assert_eq!(server.count("Starting session"), 2, "{}", server.log());
}

#[tokio::test]
async fn hosts_are_reached_at_the_same_time() {
    let server = Server::start();
    let transport = server.transport();
    let (one, other) = (host("127.0.0.1"), host("127.0.0.2"));
    let results = transport.connect(&[one.clone(), other.clone()]).await;
    assert!(
        results.iter().all(|(_, result)| result.is_ok()),
        "{results:?}"
    );
    // Each waits for the other, so they end only when they run at the same time.
    let meet = |mine: &str, theirs: &str| {
        let folder = server.folder.path().display();
        Script::new([step(&format!(
            "touch {folder}/{mine}; until test -e {folder}/{theirs}; do sleep 0.02; done"
        ))])
    };
    let (here, there) = (meet("here", "there"), meet("there", "here"));
    let both = async {
        tokio::join!(
            transport.run(&one, &here, CancellationToken::new(), |_| ()),
            transport.run(&other, &there, CancellationToken::new(), |_| ()),
        )
    };
    let (first, second) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert_eq!(
        (first.unwrap().ending, second.unwrap().ending),
        (Ending::Completed, Ending::Completed)
    );
    transport.close().await;
}

#[tokio::test]
async fn the_reason_of_a_failure_is_told_for_every_host() {
    let server = Server::start();
    let mut settings = server.settings();
    settings.keys = vec![server.path("other_key")];
    settings.connect_timeout = Duration::from_secs(3);
    // A server that takes connections and never says a word.
    let mute = TcpListener::bind("127.0.0.3:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let user = current_user();
    let hosts = [
        host("127.0.0.1"),
        host(&format!("127.0.0.1:{closed}")),
        host(&format!("127.0.0.3:{}", mute.local_addr().unwrap().port())),
    ];
    let transport = SshTransport::new(settings).unwrap();
    let results = transport.connect(&hosts).await;
    let told: Vec<&Host> = results.iter().map(|(host, _)| host).collect();
    assert_eq!(told, hosts.iter().collect::<Vec<_>>());
    let errors: Vec<&ConnectError> = results
        .iter()
        .map(|(_, result)| result.as_ref().unwrap_err())
        .collect();
    assert_eq!(errors[0].reason, ConnectFailure::PermissionDenied);
    assert_eq!(
        errors[0].to_string(),
        format!(
            "cannot connect to 127.0.0.1 (tried {user}@127.0.0.1:{}): permission denied: \
             {user}@127.0.0.1: Permission denied (publickey).",
            server.port
        )
    );
    assert_eq!(errors[1].reason, ConnectFailure::Refused, "{:?}", errors[1]);
    assert_eq!(
        errors[2].reason,
        ConnectFailure::TimedOut {
            after: Duration::from_secs(3)
        },
        "{:?}",
        errors[2]
    );
    wait_for("the end of every ssh", || server.masters().is_empty()).await;
}

#[tokio::test]
async fn a_server_that_turns_connections_away_gets_them_one_after_the_other() {
    let addresses: Vec<String> = (3..=12).map(|last| format!("127.0.0.{last}")).collect();
    let listen = |address: &String| format!("ListenAddress {address}\n");
    let more: String = addresses.iter().map(listen).collect();
    let server = Server::start_with(&format!("MaxStartups 1:100:2\n{more}"));
    let mut settings = server.settings();
    settings.connect_timeout = Duration::from_mins(1);
    let transport = SshTransport::new(settings).unwrap();
    let hosts: Vec<Host> = addresses.iter().map(|address| host(address)).collect();
    for (host, result) in transport.connect(&hosts).await {
        assert_eq!(result, Ok(()), "{host}\n{}", server.log());
    }
    transport.close().await;
    assert_eq!(server.count("Accepted publickey"), hosts.len());
    assert!(server.count("MaxStartups") > 0, "{}", server.log());
}

#[tokio::test]
async fn a_changed_host_key_is_refused_and_an_unknown_one_when_asked_for() {
    let server = Server::start();
    let mut strict = server.settings();
    strict.unknown_hosts = dhow_ssh_exec::UnknownHosts::Refuse;
    let error = refusal(strict, "127.0.0.1").await;
    assert_eq!(error.reason, ConnectFailure::HostKeyUnknown, "{error:?}");

    let transport = server.transport();
    connect(&transport, "127.0.0.1").await;
    transport.close().await;
    let known = fs::read_to_string(server.path("known_hosts")).unwrap();
    let other = fs::read_to_string(server.path("other_key.pub")).unwrap();
    let (name, _) = known.split_once(' ').unwrap();
    fs::write(server.path("known_hosts"), format!("{name} {other}")).unwrap();
    let error = refusal(server.settings(), "127.0.0.1").await;
    assert_eq!(error.reason, ConnectFailure::HostKeyChanged, "{error:?}");
}

#[tokio::test]
async fn a_name_that_is_not_found_is_looked_up_again() {
    let server = Server::start();
    let mut settings = server.settings();
    let tries = server.path("tries");
    let said = "ssh: Could not resolve hostname web: Name or service not known";
    // `ssh` puts `exec` in front.
    let command = format!(
        "sh -c \"echo x >>{}; echo '{said}' >&2; exit 1\"",
        tries.display()
    );
    settings.proxy = Some(Proxy::Command(command));
    settings.dns_retries = 2;
    let error = refusal(settings, "web").await;
    assert_eq!(error.reason, ConnectFailure::NameNotFound, "{error:?}");
    assert_eq!(fs::read_to_string(tries).unwrap(), "x\nx\nx\n");
}

#[tokio::test]
async fn several_configuration_files_and_a_jump_host_are_honoured() {
    let server = Server::start();
    let both = format!(
        "Host *\n  User {}\n  Port {}\n  IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
         StrictHostKeyChecking accept-new\n",
        current_user(),
        server.port,
        server.path("user_key").display(),
        server.path("known_hosts").display(),
    );
    fs::write(
        server.path("first"),
        "Host bastion\n  HostName 127.0.0.1\nHost web\n  HostName 127.0.0.2\n",
    )
    .unwrap();
    fs::write(server.path("second"), both).unwrap();
    let mut settings = SshSettings::new(server.settings().control_folder, 1);
    settings.config = ConfigFiles::Files(vec![server.path("first"), server.path("second")]);
    settings.proxy = Some(Proxy::Jump("bastion".into()));
    let transport = SshTransport::new(settings).unwrap();
    let host = connect(&transport, "web").await;
    let script = Script::new([step("echo \"$SSH_CONNECTION\"")]);
    let report = transport
        .run(&host, &script, CancellationToken::new(), |_| ())
        .await
        .unwrap();
    assert!(report.steps[0].stdout.contains(" 127.0.0.2 "), "{report:?}");
    assert_eq!(server.count("Accepted publickey"), 2, "{}", server.log());
    transport.close().await;
    wait_for("the end of every ssh", || server.masters().is_empty()).await;
}

/// A script that hangs and is put right, and the file that says it was.
fn hanging(server: &Server) -> (Script, PathBuf) {
    let right = server.path("right");
    let rescue = format!("echo speaking; echo again >&2; touch {}", right.display());
    let block = Block::new([step("sleep 1000")]).rescued_by([step(&rescue)]);
    (Script::default().then(block), right)
}

#[tokio::test]
async fn a_killed_connection_is_told_and_the_host_puts_things_right() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let (script, right) = hanging(&server);
    let masters = server.masters();
    assert_eq!(masters.len(), 1, "{masters:?}");
    let result = transport
        .run(&host, &script, CancellationToken::new(), |event| {
            if matches!(event, ScriptEvent::StepStarted { .. }) {
                let master = rustix::process::Pid::from_raw(masters[0]).unwrap();
                rustix::process::kill_process(master, rustix::process::Signal::KILL).unwrap();
            }
        })
        .await;
    let step = Some(StepNumber(0));
    assert_eq!(
        result,
        Err(RunError::ConnectionLost {
            host: host.clone(),
            step
        })
    );
    wait_for("the rescue", || right.exists()).await;
    let again = transport
        .run(&host, &script, CancellationToken::new(), |_| ())
        .await;
    assert_eq!(again, Err(RunError::NotConnected { host }));
}

#[tokio::test]
async fn an_interruption_reaches_the_host_and_the_report_comes_back() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let (script, right) = hanging(&server);
    let interrupt = CancellationToken::new();
    let cancel = interrupt.clone();
    let watch = move |_| cancel.cancel();
    let report = transport
        .run(&host, &script, interrupt, watch)
        .await
        .unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(report.steps[0].exit_code, 143);
    assert_eq!(report.steps[1].stdout, "speaking\n");
    assert!(right.exists());
    transport.close().await;
}

#[tokio::test]
async fn a_host_that_stays_silent_is_named() {
    let server = Server::start();
    let mut settings = server.settings();
    // Long enough for a busy machine to begin the step.
    let after = Duration::from_secs(3);
    settings.silence_limit = Some(after);
    let transport = SshTransport::new(settings).unwrap();
    let host = connect(&transport, "127.0.0.1").await;
    let (script, right) = hanging(&server);
    let result = transport
        .run(&host, &script, CancellationToken::new(), |_| ())
        .await;
    let step = Some(StepNumber(0));
    assert_eq!(result, Err(RunError::Silent { host, step, after }));
    wait_for("the rescue", || right.exists()).await;
}

#[tokio::test]
async fn nothing_stays_open_after_the_end() {
    let server = Server::start();
    for ends_properly in [true, false] {
        let transport = server.transport();
        let host = connect(&transport, "127.0.0.1").await;
        // What a step leaves running must not hold the connection.
        let script = Script::new([step("sleep 30 & true")]);
        let report = transport
            .run(&host, &script, CancellationToken::new(), |_| ())
            .await
            .unwrap();
        assert_eq!(report.ending, Ending::Completed);
        assert_eq!(server.masters().len(), 1);
        let folder = transport.control_folder().to_owned();
        assert_eq!(
            folder.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        if ends_properly {
            transport.close().await;
        }
        drop(transport);
        wait_for("the end of the master", || server.masters().is_empty()).await;
        assert!(!folder.exists());
    }
}

#[tokio::test]
async fn a_terminal_shares_the_connection() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let said = server.path("said");
    let command = CommandLine::raw(format!("echo 'it is' >{}; exit 7", said.display()));
    let program = transport.interactive(&host, &command, false).unwrap();
    assert_eq!(run_in_terminal(&program).await.unwrap(), 7);
    assert_eq!(fs::read_to_string(said).unwrap(), "it is\n");
    assert_eq!(server.count("Accepted publickey"), 1, "{}", server.log());
    let secret = CommandLine::new("echo").secret(Secret::new("hunter2"));
    let error = transport.interactive(&host, &secret, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`echo [REDACTED]` holds a secret, which an interactive command cannot carry"
    );
    transport.close().await;
}
