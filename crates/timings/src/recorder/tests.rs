use super::*;

fn host() -> Host {
    "10.0.0.1".parse().unwrap()
}

fn started(title: &str) -> EventKind {
    EventKind::StepStarted {
        host: host(),
        title: title.to_owned(),
        command: String::new(),
        bookkeeping: false,
    }
}

fn finished(title: &str, exit_code: i32, tolerated: bool, seconds: u64) -> EventKind {
    EventKind::StepFinished {
        host: host(),
        title: title.to_owned(),
        exit_code,
        tolerated,
        bookkeeping: false,
        duration: Duration::from_secs(seconds),
    }
}

/// One bar a line, for a run of 100 seconds in which these things happened at these seconds.
fn told(events: Vec<(u64, EventKind)>) -> String {
    let recorder = Recorder::default();
    for (at, kind) in events {
        recorder.clone().report(&Event {
            elapsed: Duration::from_secs(at),
            kind,
        });
    }
    let Timings { phases, lanes, .. } = recorder.timings(Duration::from_secs(100));
    let line = |name: &str, bar: &Bar| {
        let (from, to) = (bar.start.as_secs(), bar.end().as_secs());
        format!("{name}: {} {from}-{to} {:?}", bar.title, bar.outcome)
    };
    let phases = phases.iter().map(|bar| line("phase", bar));
    let lanes = lanes
        .iter()
        .flat_map(|lane| lane.bars.iter().map(|bar| line(&lane.name, bar)));
    phases.chain(lanes).collect::<Vec<_>>().join("\n")
}

#[test]
fn steps_phases_and_the_build_are_kept_with_their_times() {
    let build = |title: &str, end| EventKind::BuildStepFinished {
        title: title.to_owned(),
        end,
        bookkeeping: false,
        duration: Duration::from_secs(3),
    };
    let phase = |completed| EventKind::PhaseFinished {
        title: "Boot".to_owned(),
        duration: Duration::from_secs(9),
        completed,
    };
    let told = told(vec![
        (0, started("look")),
        (1, finished("look", 0, false, 1)),
        (
            2,
            EventKind::BuildStepStarted {
                title: "[1/2] RUN".to_owned(),
            },
        ),
        (5, build("[1/2] RUN", BuildStepEnd::Done)),
        (5, build("[2/2] COPY", BuildStepEnd::Cached)),
        (
            10,
            EventKind::PhaseStarted {
                title: "Boot".to_owned(),
            },
        ),
        (11, started("stop")),
        (15, finished("stop", 1, true, 4)),
        (15, started("start")),
        (19, finished("start", 7, false, 4)),
        (19, phase(false)),
    ]);
    insta::assert_snapshot!(told, @"
    phase: Boot 10-19 Failed
    build: [1/2] RUN 2-5 Done
    build: [2/2] COPY 2-5 Cached
    10.0.0.1: look 0-1 Done
    10.0.0.1: stop 11-15 Tolerated
    10.0.0.1: start 15-19 Failed
    ");
}

#[test]
fn a_host_waits_until_it_works_and_what_is_not_over_was_cut_off() {
    let waits = EventKind::HostWaits {
        host: host(),
        role: "web".parse().unwrap(),
    };
    let told = told(vec![
        (
            10,
            EventKind::PhaseStarted {
                title: "Boot".to_owned(),
            },
        ),
        (10, waits),
        (40, started("start")),
    ]);
    insta::assert_snapshot!(told, @"
    phase: Boot 10-100 CutOff
    10.0.0.1: waits for the first healthy web container 10-40 Waited
    10.0.0.1: start 40-100 CutOff
    ");
}

#[test]
fn steps_of_one_title_end_in_the_order_they_began() {
    let told = told(vec![
        (1, started("look")),
        (2, started("look")),
        (3, finished("look", 0, false, 2)),
        (9, finished("look", 0, false, 7)),
    ]);
    insta::assert_snapshot!(told, @"
    10.0.0.1: look 1-3 Done
    10.0.0.1: look 2-9 Done
    ");
}

#[test]
fn a_question_that_is_denied_has_not_failed_and_places_have_their_order() {
    let step = |host: &str, bookkeeping| EventKind::StepFinished {
        host: host.parse().unwrap(),
        title: "look".to_owned(),
        exit_code: 1,
        tolerated: true,
        bookkeeping,
        duration: Duration::from_secs(1),
    };
    let built = |title: &str, seconds| EventKind::BuildStepFinished {
        title: title.to_owned(),
        end: BuildStepEnd::Done,
        bookkeeping: false,
        duration: Duration::from_secs(seconds),
    };
    let told = told(vec![
        (1, step("b.example", true)),
        (2, step("a.example", false)),
        (5, built("short", 1)),
        (6, built("long", 5)),
    ]);
    insta::assert_snapshot!(told, @"
    build: long 1-6 Done
    build: short 4-5 Done
    a.example: look 1-2 Tolerated
    b.example: look 0-1 Done
    ");
}
