//! A panic on a terminal. The program itself has none to show, so this test's own process panics in its place.

use std::{fs::File, io::Read as _, os::fd::OwnedFd, process::Stdio};

use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::tcgetattr,
};

use super::*;

const WORDS: &str = "the cat walks over the keys";

/// A picture of two lines.
fn drawn() -> Arc<Live> {
    let live = Live::start(Instant::now(), true);
    let title = |text: &str| text.to_owned();
    live.tell(&EventKind::PhaseStarted {
        title: title("Boot 2222222"),
    });
    live.tell(&EventKind::StepStarted {
        host: "10.0.0.1".parse().unwrap(),
        title: title("start web 2222222"),
        command: title("docker run"),
        bookkeeping: false,
    });
    live.beside(|| ());
    live
}

#[test]
#[ignore = "panics on purpose: the tests below run it in a process of its own, on a terminal"]
fn elsewhere() {
    let _live = drawn();
    panic!("{WORDS}");
}

#[test]
#[ignore = "panics on purpose: the tests below run it in a process of its own, on a terminal"]
fn in_the_middle_of_writing() {
    drawn().beside(|| panic!("{WORDS}"));
}

/// What a terminal got from one of those tests, after it is as it was.
fn panicked(name: &str) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let other_end = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let side: OwnedFd = open(other_end.as_c_str(), flags, Mode::empty()).unwrap();
    let settings = || format!("{:?}", tcgetattr(&terminal).unwrap());
    let before = settings();
    #[expect(
        clippy::disallowed_methods,
        reason = "it panics on a terminal of its own"
    )]
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program
        .args(["--ignored", "--exact", "--nocapture", name])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(side);
    let mut child = program.spawn().unwrap();
    // It holds this side of the terminal, which else would never end.
    drop(program);
    let mut written = Vec::new();
    let mut reading = File::from(terminal.try_clone().unwrap());
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = reading.read(&mut buffer) {
        written.extend(&buffer[..length]);
    }
    assert_eq!(child.wait().unwrap().code(), Some(101));
    assert_eq!(settings(), before);
    String::from_utf8(written).unwrap()
}

#[test]
fn a_panic_stands_alone_on_a_terminal_that_is_whole() {
    for name in ["elsewhere", "in_the_middle_of_writing"] {
        let written = panicked(&format!("live::tests::{name}"));
        assert!(written.contains("start web 2222222"), "{written:?}");
        // Nothing is switched off that would have to be switched on again.
        assert!(!written.contains("\x1b[?"), "{written:?}");
        let mut shown = vt100::Parser::default();
        shown.process(written.as_bytes());
        let screen = shown.screen();
        assert!(!screen.hide_cursor());
        assert_eq!(screen.cursor_position().1, 0);
        let text = screen.contents();
        assert!(text.contains(WORDS), "{text}");
        assert!(!text.contains("2222222"), "the picture is gone: {text}");
    }
}
