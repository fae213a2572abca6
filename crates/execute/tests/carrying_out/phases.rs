//! Phases, one after the other, and what is told of them.

use std::time::Duration;

use dhow_execute::Stopped;
use dhow_plan::{Block, Content, HostWork, Phase, Step};
use dhow_redaction::{Redactor, Secret};
use dhow_shell::CommandLine;
use dhow_ssh_exec::Answer;

use crate::harness::{AT_MOST, Here, Run, boot, hook, host, outcomes, plan, role, step};

#[tokio::test]
async fn phases_follow_each_other_and_everything_is_told_in_order() {
    let run = Run::on(&["h1"])
        .await
        .answering(
            "h1",
            "look",
            Answer::printing("one\ntwo\n").with_stderr("three\n"),
        )
        .answering("h1", "retire", Answer::failing(4, ""));
    let look = HostWork::at_once(&host("h1"), vec![Block::of(vec![step("look")])]);
    let plan = plan([
        Phase::on_hosts("look", vec![look]),
        hook(),
        Phase::on_hosts("boot", vec![boot("h1", "web")]),
    ]);
    let reports = run.carry_out(&plan).await.unwrap();
    insta::assert_snapshot!(run.story.text(), @r"
    look {
      h1 $ look
      h1 | one
      h1 | two
      h1 | three
      h1 look: 0
    } look
    hook {
    } hook
    boot {
      h1 $ start web
      h1 start web: 0
      h1 $ await web
      h1 await web: 0
      h1 $ retire web
      h1 retire web: 4, tolerated
    } boot
    ");
    let titles: Vec<&str> = reports.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["look", "boot"]);
    assert_eq!(reports[0].hosts[0].steps[0].stdout, "one\ntwo\n");
    assert_eq!(run.transport.script_count("h1"), 2, "one script per phase");
}

#[tokio::test]
async fn a_failing_host_lets_the_others_finish_and_no_later_phase_begin() {
    let run =
        Run::on(&["h1", "h2"])
            .await
            .answering("h1", "start", Answer::failing(125, "no space\n"));
    let plan = plan([
        Phase::on_hosts("boot", vec![boot("h1", "web"), boot("h2", "web")]),
        hook(),
    ]);
    let Err(Stopped::Hosts(report)) = run.carry_out(&plan).await else {
        panic!("a host failed");
    };
    assert_eq!(outcomes(&report.hosts), "h1: failed at start web\nh2: done");
    assert_eq!(report.unfinished().count(), 1);
    let failed = &report.hosts[0].steps;
    assert_eq!(failed[0].stderr, "no space\n");
    assert!(!failed[0].succeeded() && !failed[0].rescue);
    assert!(failed[1].rescue);
    assert_eq!(run.transport.commands("h1"), ["start web", "keep web"]);
    assert_eq!(
        run.transport.commands("h2"),
        ["start web", "await web", "retire web"]
    );
    assert!(!run.story.text().contains("hook"), "{}", run.story.text());
    assert!(run.story.text().ends_with("} boot, stopped\n"));
}

#[tokio::test]
async fn work_on_this_machine_stops_the_plan_when_it_fails_or_is_interrupted() {
    let run = Run::on(&["h1"]).await;
    let plan = plan([hook(), Phase::on_hosts("boot", vec![boot("h1", "web")])]);
    let failed = run.executor().carry_out(&plan, &Here::Fails).await;
    assert!(matches!(failed, Err(Stopped::Local(error)) if error == "it failed"));
    assert_eq!(run.story.text(), "hook {\n} hook, stopped\n");

    let here = Here::Interrupts(&run.interrupt);
    let ended = run.executor().carry_out(&plan, &here).await;
    let Err(Stopped::Interrupted(Some(report))) = ended else {
        panic!("it was interrupted");
    };
    assert_eq!((report.title.as_str(), report.hosts.len()), ("hook", 0));
    assert_eq!(run.transport.transcript(), "");
}

#[tokio::test]
async fn waiting_ends_with_the_run() {
    let run = Run::on(&[]).await;
    run.interrupt.cancel();
    let executor = run.executor();
    let wait = executor.wait(Duration::from_hours(1));
    tokio::time::timeout(AT_MOST, wait).await.unwrap();
}

#[tokio::test]
async fn what_runs_where_is_known_after_anything() {
    let run = Run::on(&["done", "failed", "kept", "lost", "waiting"])
        .await
        .answering("failed", "await", Answer::failing(1, ""))
        .answering("failed", "keep", Answer::failing(3, ""))
        .answering("kept", "await", Answer::failing(1, ""))
        .answering("lost", "await", Answer::losing_connection());
    let executor = run.executor();
    for name in ["done", "failed", "kept", "lost", "waiting"] {
        executor
            .progress()
            .expect(&host(name), &role("web"), Some("1".to_owned()));
    }
    executor
        .progress()
        .expect(&host("done"), &role("jobs"), None);
    let mut work: Vec<HostWork> = ["done", "failed", "kept", "lost"]
        .map(|name| boot(name, "web"))
        .into();
    work[0].blocks.extend(boot("done", "jobs").blocks);
    let result = executor
        .carry_out(&plan([Phase::on_hosts("boot", work)]), &Here::Works)
        .await;
    assert!(matches!(result, Err(Stopped::Hosts(_))));
    let progress = executor.progress();
    let rows: Vec<String> = progress
        .rows()
        .map(|(host, role, state)| {
            format!(
                "{host} {role}: {:?} after {:?}",
                state.serving, state.before
            )
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    done jobs: New { old_stopped: true } after None
    done web: New { old_stopped: true } after Some("1")
    failed web: Old after Some("1")
    kept web: New { old_stopped: false } after Some("1")
    lost web: Unknown after Some("1")
    waiting web: Old after Some("1")
    "#);
}

#[tokio::test]
async fn known_secrets_are_told_to_nobody() {
    let run = Run::on(&["h1"]).await.answering(
        "h1",
        "login",
        Answer::printing("token hunter2\n").with_stderr("hunter2!\n"),
    );
    let secret = Secret::new("hunter2");
    run.announcer.keep_out(Redactor::new([&secret]));
    let login = Step::new("log in", CommandLine::new("login").arg("-p hunter2"))
        .reading(Content::new("hunter2"));
    let work = HostWork::at_once(&host("h1"), vec![Block::of(vec![login])]);
    run.carry_out(&plan([Phase::on_hosts("login", vec![work])]))
        .await
        .unwrap();
    run.announcer.note("hunter2");
    run.announcer.warn("it's hunter2");
    insta::assert_snapshot!(run.story.text(), @r"
    login {
      h1 $ login '-p [REDACTED]'
      h1 | token [REDACTED]
      h1 | [REDACTED]!
      h1 log in: 0
    } login
    note [REDACTED]
    warning it's [REDACTED]
    ");
    assert!(!run.story.text().contains("hunter2"));
    let sent = &run.transport.asked()[0];
    assert_eq!(sent.asked.input.as_ref().unwrap().expose(), b"hunter2");
}
