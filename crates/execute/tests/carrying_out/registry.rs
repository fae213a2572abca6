//! Hosts that need the registry of this machine.

use std::num::NonZeroU16;

use dhow_execute::{HostOutcome, HostReport, Stopped};
use dhow_plan::{Block, HostWork, Phase};
use dhow_ssh_exec::{Answer, ForwardFailure, LocalEnd};

use crate::harness::{AT_MOST, Here, Run, host, outcomes, plan, step};

const PORT: NonZeroU16 = NonZeroU16::new(5555).unwrap();

fn pull(at: &str) -> HostWork {
    let pull = step("pull").endable();
    HostWork::at_once(&host(at), vec![Block::of(vec![pull])]).reaching_registry(Some(PORT))
}

/// Lets hosts pull, from a registry that is here or from none.
async fn pull_on(run: &Run, hosts: &[&str], registry: Option<LocalEnd>) -> Vec<HostReport> {
    let work = hosts.iter().map(|host| pull(host)).collect();
    let plan = plan([Phase::on_hosts("pull", work)]);
    let executor = run.executor().serving(registry);
    match executor.carry_out(&plan, &Here::Works).await {
        Ok(mut reports) => reports.remove(0).hosts,
        Err(Stopped::Hosts(report) | Stopped::Interrupted(Some(report))) => report.hosts,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_reaches_the_registry_here_while_it_works_and_no_longer() {
    let run = Run::on(&["h1", "h2"])
        .await
        .answering("h2", "pull", Answer::failing(1, "no space"));
    let registry = Some(LocalEnd::Socket("/run/registry".into()));
    let reports = pull_on(&run, &["h1", "h2"], registry).await;
    assert_eq!(outcomes(&reports), "h1: done\nh2: failed at pull");
    let asked = run.transport.asked();
    assert_eq!(asked.len(), 2);
    for step in asked {
        assert_eq!(step.forwarded, [PORT], "{}", step.host);
    }
    for host in ["h1", "h2"] {
        assert_eq!(run.transport.forwarded(host), [], "{host}");
    }
}

#[tokio::test]
async fn a_host_that_cannot_reach_the_registry_does_nothing_and_the_others_do() {
    let run = Run::on(&["h1", "h2"]).await;
    run.transport
        .unforwardable("h1", ForwardFailure::Taken { by: None });
    let registry = Some(LocalEnd::Port(PORT));
    let reports = pull_on(&run, &["h1", "h2"], registry).await;
    insta::assert_snapshot!(outcomes(&reports), @r"
    h1: Failed to establish port forward on h1: its port 5555 is taken
    h2: done
    ");
    assert_eq!(run.transport.commands("h1"), [""; 0]);

    let nowhere = pull_on(&run, &["h2"], None).await;
    assert!(matches!(nowhere[0].outcome, HostOutcome::Unserved { .. }));
}

#[tokio::test]
async fn an_interrupted_host_reaches_nothing_any_more() {
    let run = Run::on(&["h1"])
        .await
        .answering("h1", "pull", Answer::hanging());
    let registry = Some(LocalEnd::Port(PORT));
    let pulling = pull_on(&run, &["h1"], registry);
    let interrupting = async {
        while run.transport.commands("h1").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(run.transport.forwarded("h1"), [PORT]);
        run.interrupt.cancel();
    };
    let both = async { tokio::join!(pulling, interrupting) };
    let (reports, ()) = tokio::time::timeout(AT_MOST, both).await.unwrap();
    assert_eq!(outcomes(&reports), "h1: interrupted");
    assert_eq!(run.transport.forwarded("h1"), []);
}
