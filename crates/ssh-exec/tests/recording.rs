//! The transport that other crates test with keeps to the rules of the real one.

#![expect(clippy::unwrap_used, reason = "a test may")]

use dhow_names::Host;
use dhow_redaction::Secret;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{
    Answer, Block, ConnectFailure, Ending, Input, RecordingTransport, RunError, Script,
    ScriptEvent, ScriptReport, Step, StepNumber, Transport,
};
use tokio_util::sync::CancellationToken;

fn step(command: &str) -> Step {
    Step::new(CommandLine::raw(command))
}

fn hosts() -> [Host; 2] {
    ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]
}

fn script() -> Script {
    let login = CommandLine::new("login").secret(Secret::new("hunter2"));
    Script::new([Step::new(login).reading(Input::new("hunter2"))])
        .then(
            Block::new([step("boot"), step("switch").never_cut_short()]).rescued_by([step("stop")]),
        )
        .then(Block::new([step("prune").allowed_to_fail()]))
}

async fn run(
    transport: &RecordingTransport,
    interrupt: CancellationToken,
) -> Result<ScriptReport, RunError> {
    transport.connect(&hosts()).await;
    let cancel = interrupt.clone();
    let watch = move |event| {
        if event
            == (ScriptEvent::StepStarted {
                step: StepNumber(1),
            })
        {
            cancel.cancel();
        }
    };
    transport
        .run(&hosts()[0], &script(), interrupt, watch)
        .await
}

#[tokio::test]
async fn everything_is_remembered_and_nothing_secret_shown() {
    let transport = RecordingTransport::new();
    transport.answer("*", "prune", Answer::failing(1, "no\n"));
    transport.connect(&hosts()).await;
    for host in hosts().iter().rev() {
        let report = transport
            .run(host, &script(), CancellationToken::new(), |_| ())
            .await
            .unwrap();
        assert_eq!(report.ending, Ending::Completed);
        assert_eq!(report.step(StepNumber(4)).unwrap().stderr, "no\n");
    }
    insta::assert_snapshot!(transport.transcript(), @r"
    10.0.0.1: login [REDACTED] < [input]
    10.0.0.1: boot
    10.0.0.1: switch
    10.0.0.1: prune
    10.0.0.2: login [REDACTED] < [input]
    10.0.0.2: boot
    10.0.0.2: switch
    10.0.0.2: prune
    ");
    assert_eq!(transport.script_count("10.0.0.1"), 1);
    assert_eq!(
        transport.asked()[0].asked.input.as_ref().unwrap().expose(),
        b"hunter2"
    );
    assert!(!format!("{transport:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_failure_runs_the_rescue_and_ends_the_script() {
    let transport = RecordingTransport::new();
    transport.answer_once("10.0.0.1", "boot", Answer::failing(125, "no space"));
    transport.connect(&hosts()).await;
    let [host, _] = hosts();
    let report = transport
        .run(&host, &script(), CancellationToken::new(), |_| ())
        .await
        .unwrap();
    assert_eq!(
        report.ending,
        Ending::Failed {
            step: StepNumber(1)
        }
    );
    assert_eq!(
        transport.commands("10.0.0.1"),
        ["login [REDACTED]", "boot", "stop"]
    );
    let again = transport
        .run(&host, &script(), CancellationToken::new(), |_| ())
        .await
        .unwrap();
    assert_eq!(again.ending, Ending::Completed);
}

#[tokio::test]
async fn a_hanging_step_is_cut_short_and_one_that_must_finish_is_not() {
    let transport = RecordingTransport::new();
    transport.answer("*", "boot", Answer::hanging());
    let report = run(&transport, CancellationToken::new()).await.unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(report.steps[1].exit_code, 143);
    assert_eq!(
        transport.commands("10.0.0.1"),
        ["login [REDACTED]", "boot", "stop"]
    );

    // Cancelled during `boot`, which ends by itself; `switch` never begins.
    let transport = RecordingTransport::new();
    let report = run(&transport, CancellationToken::new()).await.unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(
        transport.commands("10.0.0.1"),
        ["login [REDACTED]", "boot", "stop"]
    );
}

#[tokio::test]
async fn hosts_can_be_out_of_reach_and_connections_lost() {
    let transport = RecordingTransport::new();
    transport.unreachable("10.0.0.2", ConnectFailure::Refused);
    transport.answer("*", "boot", Answer::losing_connection());
    let results = transport.connect(&hosts()).await;
    assert!(results[0].1.is_ok());
    let error = results[1].1.as_ref().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot connect to 10.0.0.2 (tried 10.0.0.2): connection refused"
    );
    let [host, other] = hosts();
    let lost = transport
        .run(&host, &script(), CancellationToken::new(), |_| ())
        .await
        .unwrap_err();
    assert_eq!(
        lost.to_string(),
        "the connection to 10.0.0.1 was lost during step 1"
    );
    let missing = transport
        .run(&other, &script(), CancellationToken::new(), |_| ())
        .await
        .unwrap_err();
    assert_eq!(missing, RunError::NotConnected { host: other });
}
