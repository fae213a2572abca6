//! Roles that wait for the first healthy container of another.

use dhow_plan::Phase;
use dhow_ssh_exec::Answer;

use crate::harness::{AT_MOST, Here, Run, boot, outcomes, plan, waiting};

#[tokio::test]
async fn other_roles_begin_when_the_first_container_is_healthy() {
    let run = Run::on(&["h1", "h2"]).await;
    let work = vec![waiting(boot("h2", "jobs"), "web"), boot("h1", "web")];
    assert_eq!(outcomes(&run.hosts(work).await), "h2: done\nh1: done");
    let story = run.story.text();
    let at = |part: &str| {
        story
            .find(part)
            .unwrap_or_else(|| panic!("{part} in {story}"))
    };
    assert!(at("h2 waits for web") < at("h1 await web: 0"));
    assert!(at("h1 await web: 0") < at("h2 $ start jobs"));
}

#[tokio::test]
async fn one_healthy_container_is_enough() {
    let run = Run::on(&["h1", "h2", "h3"])
        .await
        .answering("h1", "await", Answer::failing(1, "unhealthy"))
        .answering("h1", "keep", Answer::failing(3, ""));
    let work = vec![
        waiting(boot("h3", "jobs"), "web"),
        boot("h1", "web"),
        boot("h2", "web"),
    ];
    assert_eq!(
        outcomes(&run.hosts(work).await),
        "h3: done\nh1: failed at await web\nh2: done"
    );
}

#[tokio::test]
async fn nobody_waits_for_ever_when_no_container_becomes_healthy() {
    let ways = [
        ("start", Answer::failing(125, "")),
        ("await", Answer::failing(1, "")),
        ("start", Answer::losing_connection()),
        ("await", Answer::losing_connection()),
    ];
    for (part, answer) in ways {
        let run = Run::on(&["h1", "h2", "h3"])
            .await
            .answering("*", &format!("{part} web"), answer)
            .answering("*", "keep", Answer::failing(3, ""));
        let work = vec![
            boot("h1", "web"),
            waiting(boot("h3", "jobs"), "web"),
            boot("h2", "web"),
        ];
        let reports = run.hosts(work).await;
        let told = outcomes(&reports);
        assert!(told.contains("h3: halted by web"), "{part}: {told}");
        assert_eq!(run.transport.commands("h3"), [""; 0]);
    }
}

#[tokio::test]
async fn roles_of_one_host_are_told_apart_when_they_boot_at_once() {
    // A role that is done does not end the wait for another role of its host.
    let run = Run::on(&["h1"]).await;
    let work = || {
        vec![
            boot("h1", "cron"),
            boot("h1", "web"),
            waiting(boot("h1", "jobs"), "web"),
        ]
    };
    let reports = run.hosts(work()).await;
    assert_eq!(outcomes(&reports), "h1: done\nh1: done\nh1: done");

    let run = Run::on(&["h1"])
        .await
        .answering("h1", "start web", Answer::failing(125, ""))
        .answering("h1", "keep web", Answer::failing(3, ""));
    let reports = run.hosts(work()).await;
    assert_eq!(
        outcomes(&reports),
        "h1: done\nh1: failed at start web\nh1: halted by web"
    );
}

#[tokio::test]
async fn a_container_that_turns_out_to_have_traffic_opens_the_way() {
    let run = Run::on(&["h1", "h2"]).await.answering(
        "h1",
        "await",
        Answer::failing(1, "deploy timed out"),
    );
    let work = vec![boot("h1", "web"), waiting(boot("h2", "jobs"), "web")];
    assert_eq!(
        outcomes(&run.hosts(work).await),
        "h1: failed at await web\nh2: done"
    );
}

#[tokio::test]
async fn a_role_that_nobody_boots_is_not_waited_for() {
    let run = Run::on(&["h2"]).await;
    let reports = run.hosts(vec![waiting(boot("h2", "jobs"), "web")]).await;
    assert_eq!(outcomes(&reports), "h2: halted by web");
}

#[tokio::test]
async fn the_way_stays_open_for_later_groups() {
    let run = Run::on(&["h1", "h2"]).await;
    let executor = run.executor();
    let groups = plan([
        Phase::on_hosts("one", vec![boot("h1", "web")]),
        Phase::on_hosts("two", vec![waiting(boot("h2", "jobs"), "web")]),
    ]);
    let work = executor.carry_out(&groups, &Here::Works);
    let reports = tokio::time::timeout(AT_MOST, work).await.unwrap().unwrap();
    assert_eq!(outcomes(&reports[1].hosts), "h2: done");
}
