use std::fmt::Write as _;

use dhow_execute::Deployed;

use super::{
    super::screen::{Screen, Size, fitting},
    *,
};
use crate::reporter::samples;

const SIZE: Size = Size {
    columns: 80,
    rows: 24,
};

/// The view as a person sees it: a run whose clock is set by the test.
struct Seen {
    view: View,
    screen: Screen,
    terminal: vt100::Parser,
    now: Duration,
}

impl Seen {
    fn new() -> Self {
        let (rows, columns) = (24.try_into().unwrap(), 80.try_into().unwrap());
        Self {
            view: View::default(),
            screen: Screen::default(),
            terminal: vt100::Parser::new(rows, columns, 1000),
            now: Duration::ZERO,
        }
    }

    fn after(&mut self, seconds: u64, kinds: impl IntoIterator<Item = EventKind>) -> String {
        self.now += Duration::from_secs(seconds);
        for kind in kinds {
            let kept = kept(&self.view.report(&kind, self.now));
            let lines = self.view.live(self.now, SIZE.rows - 1);
            assert!(lines.len() < SIZE.rows);
            let lines: Vec<_> = lines
                .iter()
                .map(|it| fitting(&it.text, SIZE, str::to_owned))
                .collect();
            let frame = self.screen.frame(&kept, &lines, SIZE);
            self.terminal
                .process(frame.replace('\n', "\r\n").as_bytes());
        }
        self.terminal.screen().contents().trim_end().to_owned()
    }

    /// Everything that was left, what has left the screen at the top too.
    fn left(&mut self) -> String {
        let last = kept(&self.view.end());
        let frame = self.screen.frame(&last, &[], SIZE);
        self.terminal
            .process(frame.replace('\n', "\r\n").as_bytes());
        let screen = self.terminal.screen_mut();
        screen.set_scrollback(usize::MAX);
        let above = screen.scrollback();
        let mut lines = Vec::new();
        for offset in (0..=above).rev() {
            screen.set_scrollback(offset);
            let shown = screen.contents();
            let mut shown = shown.lines().map(|line| line.trim_end().to_owned());
            if offset > 0 {
                lines.extend(shown.next());
            } else {
                lines.extend(shown);
            }
        }
        lines.join("\n").trim_end().to_owned()
    }
}

fn kept(shown: &[Shown]) -> String {
    let mut text = String::new();
    for shown in shown {
        let mark = match shown.look {
            Look::Good => "✓ ",
            Look::Bad => "✗ ",
            Look::Warning => "warning: ",
            Look::Title | Look::Plain | Look::Faint => "",
        };
        writeln!(text, "{mark}{}", shown.text).unwrap();
    }
    text
}

fn host(number: usize) -> Host {
    format!("192.0.2.{number}").parse().unwrap()
}

fn phase(title: &str) -> EventKind {
    EventKind::PhaseStarted {
        title: title.to_owned(),
    }
}

fn over(title: &str, seconds: u64, completed: bool) -> EventKind {
    EventKind::PhaseFinished {
        title: title.to_owned(),
        duration: Duration::from_secs(seconds),
        completed,
    }
}

fn started(number: usize, title: &str) -> EventKind {
    EventKind::StepStarted {
        host: host(number),
        title: title.to_owned(),
        command: "true".to_owned(),
        bookkeeping: false,
    }
}

fn finished(number: usize, title: &str, exit_code: i32) -> EventKind {
    EventKind::StepFinished {
        host: host(number),
        title: title.to_owned(),
        exit_code,
        tolerated: false,
        bookkeeping: false,
        duration: Duration::from_secs(1),
    }
}

fn build_step(title: &str) -> EventKind {
    EventKind::BuildStepStarted {
        title: title.to_owned(),
    }
}

fn built(title: &str) -> EventKind {
    EventKind::BuildStepFinished {
        title: title.to_owned(),
        end: BuildStepEnd::Done,
        bookkeeping: false,
        duration: Duration::from_secs(2),
    }
}

fn said(title: &str, line: &str) -> EventKind {
    EventKind::BuildOutput {
        title: title.to_owned(),
        stream: dhow_ssh_exec::Stream::Stdout,
        line: line.to_owned(),
    }
}

fn hook(line: &str) -> EventKind {
    EventKind::Output {
        host: None,
        title: "pre-deploy".to_owned(),
        stream: dhow_ssh_exec::Stream::Stdout,
        line: line.to_owned(),
    }
}

fn note(text: &str) -> EventKind {
    EventKind::Note(text.to_owned())
}

/// A phase in which these hosts do these steps side by side.
fn on_hosts(seen: &mut Seen, title: &str, hosts: usize, steps: &[&str]) {
    seen.after(1, [phase(title)]);
    for step in steps {
        seen.after(1, (1..=hosts).map(|number| started(number, step)));
        seen.after(1, (1..=hosts).map(|number| finished(number, step, 0)));
    }
    seen.after(1, [over(title, 3, true)]);
}

/// What a person sees of a deploy to this many hosts, in which all goes well.
fn deploy(hosts: usize) -> Seen {
    let mut seen = Seen::new();
    seen.after(
        0,
        [
            phase("Run the pre-connect hook"),
            over("Run the pre-connect hook", 1, true),
        ],
    );
    seen.after(
        1,
        (1..=hosts).map(|number| started(number, "look at the host")),
    );
    seen.after(
        1,
        (1..=hosts).map(|number| finished(number, "look at the host", 0)),
    );
    seen.after(
        1,
        [
            phase("Build shop 2222222"),
            note("  from commit 2222222 in a clone"),
        ],
    );
    for step in ["[1/3] FROM ruby", "[2/3] COPY . .", "[3/3] RUN make"] {
        seen.after(1, [build_step(step), said(step, "working"), built(step)]);
    }
    seen.after(
        1,
        [note(
            "  built in 3.0 s, 0 of 3 steps cached, log in ~/.cache/dhow/builds/log",
        )],
    );
    seen.after(1, [over("Build shop 2222222", 3, true)]);
    on_hosts(
        &mut seen,
        "Pull the image",
        hosts,
        &["log in to the registry", "pull the image"],
    );
    seen.after(1, [note("Acquiring the deploy lock...")]);
    on_hosts(
        &mut seen,
        "Make sure that the proxy runs",
        hosts,
        &["start the proxy"],
    );
    seen.after(
        1,
        [
            phase("Run the pre-deploy hook"),
            hook("asking GitHub"),
            hook("all is green"),
        ],
    );
    seen.after(1, [over("Run the pre-deploy hook", 1, true)]);
    let steps = [
        "start web 2222222",
        "wait until web is healthy",
        "stop web 1111111",
    ];
    on_hosts(&mut seen, "Boot 2222222", hosts, &steps);
    on_hosts(
        &mut seen,
        "Tag the image as latest",
        hosts,
        &["tag the image"],
    );
    on_hosts(
        &mut seen,
        "Prune",
        hosts,
        &["remove old containers", "remove old images"],
    );
    let row = |number| Deployed {
        host: host(number),
        role: "web".parse().unwrap(),
        before: Some("1111111".to_owned()),
        now: Some("2222222".to_owned()),
        duration: Duration::from_millis(3_100),
    };
    seen.after(1, [EventKind::Deployed((1..=hosts).map(row).collect())]);
    seen.after(1, [note("Releasing the deploy lock...")]);
    seen.after(1, [note("Finished all in 31.0 seconds")]);
    seen
}

#[test]
fn a_deploy_to_ten_hosts_leaves_less_than_sixty_lines() {
    let left = deploy(10).left();
    assert!(left.lines().count() < 60, "{left}");
    insta::assert_snapshot!(left);
}

#[test]
fn each_host_has_a_line_while_a_phase_goes_on() {
    let mut seen = Seen::new();
    let waits = EventKind::HostWaits {
        host: host(3),
        role: "web".parse().unwrap(),
    };
    seen.after(0, [phase("Boot 2222222"), waits]);
    seen.after(0, [started(1, "start web"), started(2, "start web")]);
    let shown = seen.after(3, [finished(1, "start web", 0), started(1, "wait for web")]);
    insta::assert_snapshot!(shown, @r"
    Boot 2222222  3 s
      192.0.2.3  waits for the first healthy web container  3 s
      192.0.2.1  wait for web  0 s
      192.0.2.2  start web  3 s
    ");
    let shown = seen.after(
        2,
        [finished(1, "wait for web", 0), started(3, "start jobs")],
    );
    insta::assert_snapshot!(shown, @r"
    Boot 2222222  5 s
      192.0.2.3  start jobs  0 s
      192.0.2.1  wait for web  1.0 s
      192.0.2.2  start web  5 s
    ");
    let failed = finished(2, "start web", 125);
    let shown = seen.after(1, [failed, over("Boot 2222222", 6, false)]);
    insta::assert_snapshot!(shown, @r"
    ✗ 192.0.2.2  start web (exit code 125)  1.0 s
    ✗ Boot 2222222  stopped after 6.0 s
    ");
}

#[test]
fn steps_of_a_build_are_seen_while_they_run() {
    let mut seen = Seen::new();
    let (copy, make) = ("[2/3] COPY . .", "[3/3] RUN make");
    seen.after(0, [phase("Build"), build_step(copy), build_step(make)]);
    let shown = seen.after(
        4,
        [said(make, "cc main.c"), said(make, ""), said(BUILDER, "#1")],
    );
    insta::assert_snapshot!(shown, @r"
    Build  4 s
      [2/3] COPY . .  4 s
      [3/3] RUN make  4 s
        cc main.c
    ");
    let shown = seen.after(1, [built(copy)]);
    assert!(!shown.contains("COPY"), "{shown}");
}

#[test]
fn more_hosts_than_rows_are_counted() {
    let mut seen = Seen::new();
    seen.after(0, [phase("Boot")]);
    seen.after(0, (1..=200).map(|number| started(number, "start web")));
    let shown = seen.after(1, (1..=190).map(|number| finished(number, "start web", 0)));
    assert_eq!(shown.lines().count(), 12, "{shown}");
    assert!(
        shown.ends_with("  and 0 more at work, 190 waiting or through"),
        "{shown}"
    );
    let shown = seen.after(1, (1..=100).map(|number| started(number, "stop web")));
    assert_eq!(shown.lines().count(), 23, "{shown}");
    assert!(
        shown.ends_with("  and 89 more at work, 90 waiting or through"),
        "{shown}"
    );
}

#[test]
fn what_hosts_do_between_phases_leaves_nothing() {
    let mut seen = Seen::new();
    let shown = seen.after(
        0,
        [
            started(1, "look at the host"),
            started(2, "look at the host"),
        ],
    );
    assert_eq!(shown.lines().count(), 2);
    let shown = seen.after(
        1,
        [1, 2].map(|number| finished(number, "look at the host", 0)),
    );
    assert_eq!(shown, "");
}

#[test]
fn no_line_of_what_goes_on_is_left_and_the_table_is_last() {
    let mut seen = Seen::new();
    seen.after(0, samples::events());
    insta::assert_snapshot!(seen.left());
}
