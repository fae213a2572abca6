//! What an interruption ends, and what it does not.

use dhow_execute::Stopped;
use dhow_plan::Phase;
use dhow_ssh_exec::Answer;

use crate::harness::{Run, boot, hook, outcomes, plan, waiting};

#[tokio::test]
async fn an_interruption_ends_what_waits_and_runs_the_rescue() {
    let run = Run::on(&["h1", "h2"])
        .await
        .answering("h1", "await", Answer::hanging())
        .answering("h1", "keep", Answer::failing(3, ""));
    let interrupt = run.interrupt.clone();
    let story = run.story.clone();
    let signal = async {
        while !(story.text().contains("$ await web") && story.text().contains("h2 waits")) {
            tokio::task::yield_now().await;
        }
        interrupt.cancel();
    };
    let work = vec![boot("h1", "web"), waiting(boot("h2", "jobs"), "web")];
    let plan = plan([Phase::on_hosts("boot", work), hook()]);
    let (result, ()) = tokio::join!(run.carry_out(&plan), signal);
    let Err(Stopped::Interrupted(Some(report))) = result else {
        panic!("it was interrupted");
    };
    assert_eq!(outcomes(&report.hosts), "h1: interrupted\nh2: interrupted");
    assert_eq!(
        run.transport.commands("h1"),
        ["start web", "await web", "keep web"]
    );
    assert_eq!(run.transport.commands("h2"), [""; 0]);
    assert!(!run.story.text().contains("hook"));
}

#[tokio::test]
async fn nothing_begins_after_an_interruption() {
    let run = Run::on(&["h1"]).await;
    run.interrupt.cancel();
    let result = run
        .carry_out(&plan([Phase::on_hosts("boot", vec![boot("h1", "web")])]))
        .await;
    assert!(matches!(result, Err(Stopped::Interrupted(None))));
    assert_eq!(run.story.text(), "");
}
