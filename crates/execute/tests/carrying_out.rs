//! Plans carried out on hosts that answer from a table.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fmt::Write as _,
    num::NonZeroU16,
    sync::{Arc, Mutex},
    time::Duration,
};

use dhow_execute::{
    Announcer, Event, EventKind, Executor, HostOutcome, HostReport, LocalRunner, PhaseReport,
    Reporter, Stopped,
};
use dhow_names::{Host, RoleName};
use dhow_plan::{
    Block, Content, Hook, HookCall, HostWork, LocalWork, Milestone, Phase, Plan, Start, Step,
};
use dhow_redaction::{Redactor, Secret};
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Answer, ForwardFailure, LocalEnd, RecordingTransport, Transport};
use tokio_util::sync::CancellationToken;

/// What nothing in these tests may take; they wait for nothing but each other.
const AT_MOST: Duration = Duration::from_secs(20);

fn host(name: &str) -> Host {
    name.parse().unwrap()
}

fn role(name: &str) -> RoleName {
    name.parse().unwrap()
}

fn step(text: &str) -> Step {
    Step::new(text, CommandLine::raw(text))
}

/// A host that boots one role: start, wait until healthy, stop the old one; stop the new one when that fails.
fn boot(at: &str, name: &str) -> HostWork {
    let text = |what: &str| format!("{what} {name}");
    HostWork::at_once(
        &host(at),
        vec![Block {
            role: Some(role(name)),
            steps: vec![
                step(&text("start")).reaching(Milestone::Started),
                step(&text("await")).endable().reaching(Milestone::Healthy),
                step(&text("retire"))
                    .tolerant()
                    .reaching(Milestone::Retired),
            ],
            rescue: vec![step(&text("keep")).reaching(Milestone::Healthy)],
        }],
    )
}

fn waiting(mut work: HostWork, name: &str) -> HostWork {
    work.start = Start::WhenHealthy(role(name));
    work
}

fn plan(phases: impl IntoIterator<Item = Phase>) -> Plan {
    Plan {
        phases: phases.into_iter().collect(),
    }
}

fn hook() -> Phase {
    let call = HookCall {
        hook: Hook::PreDeploy,
        hosts: Vec::new(),
    };
    Phase::local("hook", LocalWork::Hook(call))
}

/// Events as lines, without times.
#[derive(Clone, Default)]
struct Story(Arc<Mutex<String>>);

impl Story {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Story {
    fn report(&mut self, event: &Event) {
        let line = match &event.kind {
            EventKind::PhaseStarted { title } => format!("{title} {{"),
            EventKind::PhaseFinished {
                title, completed, ..
            } => format!("}} {title}{}", if *completed { "" } else { ", stopped" }),
            EventKind::HostWaits { host, role } => format!("  {host} waits for {role}"),
            EventKind::StepStarted { host, command, .. } => format!("  {host} $ {command}"),
            EventKind::Output { host, line, .. } => {
                format!("  {} | {line}", host.as_ref().map_or("here", Host::as_str))
            }
            EventKind::StepFinished {
                host,
                title,
                exit_code,
                tolerated,
                ..
            } => {
                let tolerated = if *tolerated { ", tolerated" } else { "" };
                format!("  {host} {title}: {exit_code}{tolerated}")
            }
            EventKind::Note(text) => format!("note {text}"),
            EventKind::Warning(text) => format!("warning {text}"),
            EventKind::BuildStepStarted { .. }
            | EventKind::BuildOutput { .. }
            | EventKind::BuildStepFinished { .. }
            | EventKind::Deployed(_) => unreachable!("no plan builds or tells of itself here"),
        };
        writeln!(self.0.lock().unwrap(), "{line}").unwrap();
    }
}

/// Work on this machine that ends in a certain way.
enum Here<'a> {
    Works,
    Fails,
    Interrupts(&'a CancellationToken),
}

impl LocalRunner for Here<'_> {
    type Error = String;

    async fn run(&self, _: &LocalWork) -> Result<(), String> {
        match self {
            Self::Works => Ok(()),
            Self::Fails => Err("it failed".to_owned()),
            Self::Interrupts(interrupt) => {
                interrupt.cancel();
                Err("it was ended".to_owned())
            }
        }
    }
}

/// A run: its transport, what is told, and the signal that ends it.
struct Run {
    transport: RecordingTransport,
    story: Story,
    announcer: Announcer,
    interrupt: CancellationToken,
}

impl Run {
    async fn on(hosts: &[&str]) -> Self {
        let transport = RecordingTransport::new();
        let hosts: Vec<Host> = hosts.iter().map(|name| host(name)).collect();
        transport.connect(&hosts).await;
        let story = Story::default();
        Self {
            transport,
            announcer: Announcer::new(Box::new(story.clone())),
            story,
            interrupt: CancellationToken::new(),
        }
    }

    fn answering(self, host: &str, part: &str, answer: Answer) -> Self {
        self.transport.answer(host, part, answer);
        self
    }

    fn executor(&self) -> Executor<'_, RecordingTransport> {
        Executor::new(&self.transport, &self.announcer, self.interrupt.clone())
    }

    async fn carry_out(&self, plan: &Plan) -> Result<Vec<PhaseReport>, Stopped<String>> {
        let executor = self.executor();
        let work = executor.carry_out(plan, &Here::Works);
        tokio::time::timeout(AT_MOST, work).await.unwrap()
    }

    async fn hosts(&self, work: Vec<HostWork>) -> Vec<HostReport> {
        let outcome = self.carry_out(&plan([Phase::on_hosts("boot", work)])).await;
        match outcome {
            Ok(mut reports) => reports.remove(0).hosts,
            Err(Stopped::Hosts(report) | Stopped::Interrupted(Some(report))) => report.hosts,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn outcomes(reports: &[HostReport]) -> String {
    let words = reports.iter().map(|report| {
        let outcome = match &report.outcome {
            HostOutcome::Done => "done".to_owned(),
            HostOutcome::Failed { at } => format!("failed at {}", report.steps[*at].title),
            HostOutcome::Interrupted => "interrupted".to_owned(),
            HostOutcome::Halted { role } => format!("halted by {role}"),
            HostOutcome::Unserved { error } => error.to_string(),
            HostOutcome::Lost { error, .. } => error.to_string(),
        };
        format!("{}: {outcome}", report.host)
    });
    words.collect::<Vec<_>>().join("\n")
}

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
