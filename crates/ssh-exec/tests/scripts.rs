//! Scripts as real shells run them: dash, bash and busybox, without ssh in between.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dhow_names::Host;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{
    Block, Ending, Input, LocalProgram, LocalShell, RunError, Script, ScriptEvent, ScriptReport,
    Step, StepNumber, Stream, Transport,
};
use tokio_util::sync::CancellationToken;

/// How long a condition may take to come true before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// One shell of one kind with an empty home folder.
struct World {
    shell: LocalShell,
    host: Host,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(program: &str, package: &str) -> Self {
        let mut words = program.split(' ');
        let name = words.next().unwrap();
        assert!(
            std::env::split_paths(&path_variable()).any(|folder| folder.join(name).exists()),
            "`{name}` is missing; install it (Debian: apt-get install {package})"
        );
        let folder = tempfile::tempdir().unwrap();
        let shell = LocalShell::new(LocalProgram::new(name).args(words), folder.path(), 42);
        let host: Host = "10.0.0.1".parse().unwrap();
        for (_, result) in shell.connect(std::slice::from_ref(&host)).await {
            result.unwrap();
        }
        Self {
            shell,
            host,
            _folder: folder,
        }
    }

    fn home(&self) -> PathBuf {
        self.shell.home_of(&self.host)
    }

    /// The command lines of the processes that were started in the home folder and still run.
    fn processes(&self) -> impl Iterator<Item = Vec<u8>> {
        let home = self.home();
        fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(move |process| {
                let is_here =
                    fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == home);
                is_here.then(|| fs::read(process.path().join("cmdline")).unwrap_or_default())
            })
    }

    async fn run(&self, script: &Script) -> ScriptReport {
        self.run_until(script, CancellationToken::new(), |_| ())
            .await
            .unwrap()
    }

    async fn run_until(
        &self,
        script: &Script,
        interrupt: CancellationToken,
        watch: impl FnMut(ScriptEvent) + Send,
    ) -> Result<ScriptReport, RunError> {
        let run = self.shell.run(&self.host, script, interrupt, watch);
        tokio::time::timeout(PATIENCE, run)
            .await
            .expect("the script hangs")
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is an edge")]
fn path_variable() -> String {
    std::env::var("PATH").unwrap()
}

fn step(command: &str) -> Step {
    Step::new(CommandLine::raw(command))
}

/// Step numbers, exit codes and standard output, for short comparisons.
fn told(report: &ScriptReport) -> Vec<(usize, i32, &str)> {
    let steps = report.steps.iter();
    steps
        .map(|step| (step.step.0, step.exit_code, step.stdout.as_str()))
        .collect()
}

async fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what} never came true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn runs(pid_file: &Path) -> bool {
    let pid = fs::read_to_string(pid_file).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !matches!(stat.rsplit(") ").next(), None | Some("")) && !stat.contains(") Z ")
}

/// Cancels as soon as a step of this number begins.
fn cancel_at(
    number: usize,
    interrupt: &CancellationToken,
) -> impl FnMut(ScriptEvent) + Send + use<> {
    let interrupt = interrupt.clone();
    move |event| {
        if event
            == (ScriptEvent::StepStarted {
                step: StepNumber(number),
            })
        {
            interrupt.cancel();
        }
    }
}

async fn steps_are_told_apart(world: World) {
    let script = Script::new([
        step("echo one; echo trouble >&2"),
        step("printf 'no end'; printf 'none here' >&2"),
        step("true"),
        step("echo; echo a; echo"),
    ]);
    let mut lines = Vec::new();
    let report = world
        .run_until(&script, CancellationToken::new(), |event| {
            if let ScriptEvent::Output { step, stream, line } = event {
                lines.push((step.0, stream, line));
            }
        })
        .await
        .unwrap();
    assert_eq!(report.ending, Ending::Completed);
    assert_eq!(
        told(&report),
        [
            (0, 0, "one\n"),
            (1, 0, "no end"),
            (2, 0, ""),
            (3, 0, "\na\n\n")
        ]
    );
    assert_eq!(report.steps[0].stderr, "trouble\n");
    assert_eq!(report.steps[1].stderr, "none here");
    lines.sort();
    let expected = [
        (0, Stream::Stdout, "one"),
        (0, Stream::Stderr, "trouble"),
        (1, Stream::Stdout, "no end"),
        (1, Stream::Stderr, "none here"),
        (3, Stream::Stdout, ""),
        (3, Stream::Stdout, ""),
        (3, Stream::Stdout, "a"),
    ];
    assert_eq!(
        lines,
        expected.map(|(step, stream, line)| (step, stream, line.to_owned()))
    );
}

async fn a_failing_step_ends_its_block_and_is_put_right(world: World) {
    let script = Script::new([step("exit 3").allowed_to_fail(), step("echo still here")])
        .then(
            Block::new([
                step("kill -KILL $(exec sh -c 'echo $PPID')"),
                step("echo never"),
            ])
            .rescued_by([step("echo put; exit 9"), step("echo right")]),
        )
        .then(Block::new([step("echo never")]));
    let report = world.run(&script).await;
    assert_eq!(
        report.ending,
        Ending::Failed {
            step: StepNumber(2)
        }
    );
    assert_eq!(
        told(&report),
        [
            (0, 3, ""),
            (1, 0, "still here\n"),
            (2, 137, ""),
            (4, 9, "put\n"),
            (5, 0, "right\n")
        ]
    );
}

async fn steps_do_not_touch_each_other(world: World) {
    let script = Script::new([
        step("cd /; VALUE=1; set -e; exec >/dev/null"),
        step("pwd; echo \"[$VALUE]\"; false; echo \"it's $((1 + 1))\"; cat"),
        step("echo 'unfinished").allowed_to_fail(),
        step("} ; echo )").allowed_to_fail(),
        step("echo last"),
    ]);
    let report = world.run(&script).await;
    assert_eq!(report.ending, Ending::Completed, "{report:?}");
    let home = world.home();
    assert_eq!(
        report.steps[1].stdout,
        format!("{}\n[]\nit's 2\n", home.display())
    );
    assert!(report.steps[2].exit_code > 0 && report.steps[3].exit_code > 0);
    assert_eq!(report.steps[4].stdout, "last\n");
}

async fn inputs_arrive_byte_by_byte(world: World) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..1_000_000_u64)
        .map(|at| ((at * at) >> 7).to_le_bytes()[0])
        .collect();
    let script = Script::new([
        step("cat >every").reading(Input::new(every_byte.clone())),
        step("cat >large").reading(Input::new(large.clone())),
        step("cat; echo .").reading(Input::new("")),
        step("cat").reading(Input::new("no line break")),
        step("true").reading(Input::new(large.clone())),
        step("exit 4").reading(Input::new("x")).allowed_to_fail(),
        step("echo after"),
    ]);
    let report = world.run(&script).await;
    assert_eq!(report.ending, Ending::Completed, "{report:?}");
    assert_eq!(
        told(&report)[2..],
        [
            (2, 0, ".\n"),
            (3, 0, "no line break"),
            (4, 0, ""),
            (5, 4, ""),
            (6, 0, "after\n")
        ]
    );
    assert!(fs::read(world.home().join("every")).unwrap() == every_byte);
    assert!(fs::read(world.home().join("large")).unwrap() == large);
}

async fn an_interruption_ends_a_step_with_all_it_started(world: World) {
    let script = Script::new([step("echo done")])
        .then(
            Block::new([
                step("echo $$ >/dev/null; (sleep 1000 & echo $! >inner; wait) & while :; do sleep 0.05; done"),
                step("echo never"),
            ])
            .rescued_by([step("echo right")]),
        )
        .then(Block::new([step("echo never")]));
    let interrupt = CancellationToken::new();
    let inner = world.home().join("inner");
    let run = world.run_until(&script, interrupt.clone(), |_| ());
    let cancel = async {
        wait_for("the inner process", || {
            fs::read_to_string(&inner).is_ok_and(|pid| pid.ends_with('\n'))
        })
        .await;
        assert!(runs(&inner));
        interrupt.cancel();
    };
    let (report, ()) = tokio::join!(run, cancel);
    let report = report.unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(
        told(&report),
        [(0, 0, "done\n"), (1, 143, ""), (3, 0, "right\n")],
        "{report:?}"
    );
    assert_eq!(report.steps[1].stderr, "");
    assert!(!runs(&inner), "the step left a process behind");
}

async fn a_step_that_ignores_the_request_is_killed(world: World) {
    let script = Script::new([step("trap '' TERM; while :; do sleep 0.1; done")]);
    let interrupt = CancellationToken::new();
    let report = world
        .run_until(&script, interrupt.clone(), cancel_at(0, &interrupt))
        .await
        .unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert!(
        [137, 143].contains(&report.steps[0].exit_code),
        "{report:?}"
    );
}

/// Cancels while step 0 waits for the file `go`, and writes it once the shell knows.
async fn cancelled_in_a_step_that_must_finish(world: &World, script: &Script) -> ScriptReport {
    let interrupt = CancellationToken::new();
    let run = world.run_until(script, interrupt.clone(), cancel_at(0, &interrupt));
    let go = async {
        interrupt.cancelled().await;
        // After it has told the shell, the watcher waits a second before it tells it again.
        wait_for("the signal", || {
            world.processes().any(|command| command == b"sleep\x001\0")
        })
        .await;
        fs::write(world.home().join("go"), "").unwrap();
    };
    let (report, ()) = tokio::join!(run, go);
    report.unwrap()
}

async fn an_interruption_waits_for_a_step_that_must_finish(world: World) {
    let wait = "while ! test -e go; do sleep 0.02; done; echo whole; exit 5";
    let wait = step(wait).never_cut_short().allowed_to_fail();
    let block = Block::new([wait, step("echo never")]).rescued_by([step("echo right")]);
    let script = Script::default().then(block);
    let report = cancelled_in_a_step_that_must_finish(&world, &script).await;
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(told(&report), [(0, 5, "whole\n"), (2, 0, "right\n")]);
}

async fn what_is_finished_is_not_put_right(world: World) {
    let last = step("while ! test -e go; do sleep 0.02; done").never_cut_short();
    let block = Block::new([last]).rescued_by([step("echo wrong")]);
    let next = Block::new([step("echo never")]).rescued_by([step("echo second")]);
    let script = Script::default().then(block).then(next);
    let report = cancelled_in_a_step_that_must_finish(&world, &script).await;
    assert_eq!(report.ending, Ending::Interrupted);
    assert_eq!(told(&report), [(0, 0, ""), (3, 0, "second\n")]);
}

async fn an_interruption_before_anything_runs_nothing(world: World) {
    let script = Script::default().then(Block::new([step("touch ran")]).rescued_by([step("true")]));
    let interrupt = CancellationToken::new();
    interrupt.cancel();
    let report = world.run_until(&script, interrupt, |_| ()).await.unwrap();
    assert_eq!(report.ending, Ending::Interrupted);
    assert!(!world.home().join("ran").exists());
}

async fn a_lost_connection_still_puts_things_right(world: World) {
    let block = Block::new([step("touch began; sleep 1000"), step("touch never")]).rescued_by([
        step("echo speaking to nobody; echo again; touch first"),
        step("echo and again; touch second"),
    ]);
    let script = Script::default().then(block);
    let home = world.home();
    let run = world.run_until(&script, CancellationToken::new(), |_| ());
    let began = home.join("began");
    tokio::select! {
        _ = run => panic!("the script ended by itself"),
        () = wait_for("the first step", || began.exists()) => {}
    }
    wait_for("the rescue", || home.join("second").exists()).await;
    assert!(home.join("first").exists() && !home.join("never").exists());
    wait_for("an empty home", || world.processes().count() == 0).await;
}

async fn a_step_that_must_finish_survives_a_lost_connection(world: World) {
    let loud =
        "touch began; while ! test -e go; do echo noise; sleep 0.01; done; echo x; touch whole";
    let script = Script::new([step(loud).never_cut_short()]);
    let home = world.home();
    {
        let run = world.run_until(&script, CancellationToken::new(), |_| ());
        let began = home.join("began");
        tokio::select! {
            _ = run => panic!("the script ended by itself"),
            () = wait_for("the step", || began.exists()) => {}
        }
    }
    fs::write(home.join("go"), "").unwrap();
    wait_for("the end of the step", || home.join("whole").exists()).await;
}

async fn what_a_step_leaves_running_delays_nothing(world: World) {
    let script = Script::new([step("sleep 1000 & echo $! >pid"), step("echo prompt")]);
    let start = Instant::now();
    let report = world.run(&script).await;
    assert_eq!(told(&report), [(0, 0, ""), (1, 0, "prompt\n")]);
    assert!(start.elapsed() < Duration::from_secs(5));
    let pid = fs::read_to_string(world.home().join("pid")).unwrap();
    assert!(
        runs(&world.home().join("pid")),
        "it was ended, and it should be left alone"
    );
    let kill = Script::new([step(&format!("kill {pid}"))]);
    assert_eq!(world.run(&kill).await.ending, Ending::Completed);
}

async fn nothing_is_left_behind(world: World) {
    let script = Script::new([step("true")]);
    for _ in 0..5 {
        world.run(&script).await;
    }
    wait_for("the shell that waits alone", || {
        world.processes().count() == 1
    })
    .await;
    world.shell.close().await;
    wait_for("an empty home", || world.processes().count() == 0).await;
}

/// The process that does the scripts: `$$` is the same in every subshell of it.
async fn who_answers(world: &World) -> String {
    let report = world.run(&Script::new([step("echo $$")])).await;
    report.steps[0].stdout.trim().to_owned()
}

async fn one_shell_does_one_script_after_the_other(world: World) {
    let shell = who_answers(&world).await;
    let noisy = [
        Script::new([
            step("echo half a line | tr -d '\\n'; echo >&2"),
            step("sleep 1000 & echo $! >pid"),
        ]),
        Script::new([step("false")])
            .then(Block::new([step("exit 7")]).rescued_by([step("exit 1")])),
        Script::new([step("cat | cksum").reading(Input::new(vec![7; 300_000]))]),
        Script::new([step("exec 5>&-; trap 'echo no' EXIT; cd /; set -e; false")]),
    ];
    for script in &noisy {
        world.run(script).await;
        assert_eq!(who_answers(&world).await, shell);
    }
    let tidy = Script::new([step("pwd; kill $(cat pid)")]);
    let home = fs::canonicalize(world.home()).unwrap();
    let report = world.run(&tidy).await;
    assert_eq!(told(&report), [(0, 0, &*format!("{}\n", home.display()))]);
}

async fn after_an_interruption_another_shell_goes_on(world: World) {
    let shell = who_answers(&world).await;
    let script = Script::new([step("sleep 1000")]);
    let interrupt = CancellationToken::new();
    let watch = cancel_at(0, &interrupt);
    let report = world.run_until(&script, interrupt.clone(), watch).await;
    assert_eq!(report.unwrap().ending, Ending::Interrupted);
    assert_ne!(who_answers(&world).await, shell);
}

async fn a_shell_that_ended_while_it_waited_is_replaced(world: World) {
    let shell = who_answers(&world).await;
    let killed = Script::new([step(&format!("(sleep 0.1; kill -KILL {shell}) &"))]);
    world.run(&killed).await;
    let pid = PathBuf::from(format!("/proc/{shell}"));
    wait_for("the end of the shell", || {
        // One whose exit code nobody asked for yet has no command line any more.
        fs::read(pid.join("cmdline")).map_or(true, |line| line.is_empty())
    })
    .await;
    assert_ne!(who_answers(&world).await, shell);
}

async fn no_process_shows_an_input(world: World) {
    let script = Script::new([
        step("cat >/dev/null; while ! test -e go; do sleep 0.02; done")
            .reading(Input::new("correct-horse")),
    ]);
    let home = world.home();
    let mut seen = String::new();
    let watch = |event: ScriptEvent| {
        if matches!(event, ScriptEvent::StepStarted { .. }) {
            for process in fs::read_dir("/proc").unwrap().flatten() {
                let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
                seen.push_str(&String::from_utf8_lossy(&line));
            }
            fs::write(home.join("go"), "").unwrap();
        }
    };
    world
        .run_until(&script, CancellationToken::new(), watch)
        .await
        .unwrap();
    assert!(seen.contains("sh"), "nothing was looked at");
    assert!(
        !seen.contains("correct-horse") && !seen.contains("Y29ycmVjd"),
        "{seen}"
    );
}

macro_rules! in_every_shell {
    ($($test:ident)*) => {
        mod dash { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $test() { super::$test(super::World::new("dash", "dash").await).await; })* }
        mod bash { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $test() { super::$test(super::World::new("bash --posix", "bash").await).await; })* }
        mod busybox { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $test() { super::$test(super::World::new("busybox sh", "busybox-static").await).await; })* }
    };
}

in_every_shell! {
    steps_are_told_apart
    a_failing_step_ends_its_block_and_is_put_right
    steps_do_not_touch_each_other
    inputs_arrive_byte_by_byte
    an_interruption_ends_a_step_with_all_it_started
    a_step_that_ignores_the_request_is_killed
    an_interruption_waits_for_a_step_that_must_finish
    what_is_finished_is_not_put_right
    an_interruption_before_anything_runs_nothing
    a_lost_connection_still_puts_things_right
    a_step_that_must_finish_survives_a_lost_connection
    what_a_step_leaves_running_delays_nothing
    nothing_is_left_behind
    one_shell_does_one_script_after_the_other
    after_an_interruption_another_shell_goes_on
    a_shell_that_ended_while_it_waited_is_replaced
    no_process_shows_an_input
}

#[tokio::test]
async fn a_shell_that_runs_nothing_says_what_it_said() {
    let world = World::new("false", "coreutils").await;
    let result = world
        .run_until(
            &Script::new([step("true")]),
            CancellationToken::new(),
            |_| (),
        )
        .await;
    assert!(matches!(result, Err(RunError::NotRun { .. })), "{result:?}");
}
