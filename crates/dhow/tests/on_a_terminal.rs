//! What a person sees of a run, on a pseudo terminal.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs::{self, File},
    io::Read as _,
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use assert_cmd::cargo::cargo_bin;
use rustix::{
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcgetattr, tcsetwinsize},
};
use tempfile::TempDir;

const DEPLOY_FILE: &str = "service: shop
image: acme/shop
servers: [192.0.2.1]
builder: {arch: amd64}
registry: {username: ada, password: [P]}
";

/// Tells a line, waits until `go` is there, and fails.
const HOOK: &str = "#!/bin/sh\necho one; read LINE < go; echo \"$LINE\"; exit 7\n";

/// A run with a hook.
struct Run {
    project: TempDir,
    child: Child,
    /// What the program writes, as it comes.
    written: Receiver<Vec<u8>>,
    terminal: OwnedFd,
    shown: vt100::Parser,
    /// Everything that was written, for what a terminal does not show.
    all: Vec<u8>,
    /// How the terminal was set before.
    settings: String,
}

impl Run {
    fn begin(columns: u16, variables: &[(&str, &str)], words: &[&str]) -> Self {
        Self::with_hook(HOOK, columns, variables, words)
    }

    fn with_hook(hook: &str, columns: u16, variables: &[(&str, &str)], words: &[&str]) -> Self {
        let project = TempDir::new().unwrap();
        let folder = project.path();
        write(&folder.join("config/deploy.yml"), DEPLOY_FILE, 0o644);
        write(&folder.join(".kamal/secrets"), "P=open-sesame\n", 0o600);
        write(&folder.join(".kamal/hooks/pre-connect"), hook, 0o755);
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("go"), Mode::RUSR | Mode::WUSR).unwrap();
        let (terminal, side) = pseudo_terminal();
        resize(&terminal, columns);
        let settings = settings(&terminal);
        #[expect(
            clippy::disallowed_methods,
            reason = "the program runs on a terminal of its own"
        )]
        let mut program = std::process::Command::new(cargo_bin!("dhow"));
        let child = program
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .args(["deploy", "--skip-push", "--version", "1"])
            .args(words)
            .stdin(Stdio::null())
            .stdout(side.try_clone().unwrap())
            .stderr(side)
            .spawn()
            .unwrap();
        Self {
            child,
            written: reading(&terminal),
            terminal,
            project,
            shown: vt100::Parser::new(24.try_into().unwrap(), columns.try_into().unwrap(), 100),
            all: Vec::new(),
            settings,
        }
    }

    /// What the terminal shows as soon as that is as wanted.
    fn sees(&mut self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let shown = self.shown.screen().contents().trim_end().to_owned();
            if is_wanted(&shown) {
                return shown;
            }
            let Ok(written) = self.written.recv() else {
                panic!("the program ended, and this was never so:\n{shown}");
            };
            self.shown.process(&written);
            self.all.extend(written);
        }
    }

    /// Waits until this is written.
    fn writes(&mut self, wanted: &str) {
        while !String::from_utf8_lossy(&self.all).contains(wanted) {
            let written = self.written.recv().unwrap();
            self.shown.process(&written);
            self.all.extend(written);
        }
    }

    /// Lets the hook go on, and returns what is shown in the end.
    fn end(self) -> (String, String) {
        fs::write(self.project.path().join("go"), "two\n").unwrap();
        self.ended_with(1)
    }

    fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).unwrap();
    }

    /// What is shown when it has ended. The terminal is as it was.
    fn ended_with(mut self, code: i32) -> (String, String) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(code));
        while let Ok(written) = self.written.recv() {
            self.shown.process(&written);
            self.all.extend(written);
        }
        let screen = self.shown.screen();
        assert_eq!(screen.cursor_position().1, 0);
        assert!(!screen.hide_cursor());
        let shown = screen.contents().trim_end().to_owned();
        let all = String::from_utf8_lossy(&self.all).into_owned();
        // Neither the cursor nor the breaking of long lines is ever switched off, so nothing can leave them so.
        assert!(!all.contains("\x1b[?"), "no mode is set: {all:?}");
        assert_eq!(settings(&self.terminal), self.settings);
        (shown, all)
    }
}

fn settings(terminal: &OwnedFd) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The end that a person has, and the end that a program has.
fn pseudo_terminal() -> (OwnedFd, OwnedFd) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let side = open(name.as_c_str(), flags, Mode::empty()).unwrap();
    (terminal, side)
}

fn resize(terminal: &OwnedFd, columns: u16) {
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// What comes from the terminal, until nobody has the other end any more.
fn reading(terminal: &OwnedFd) -> Receiver<Vec<u8>> {
    let mut terminal = File::from(terminal.try_clone().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = terminal.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

#[test]
fn what_goes_on_is_drawn_below_what_stays() {
    let mut run = Run::begin(80, &[], &[]);
    let drawn = "  pre-connect | one\nRun the pre-connect hook  ";
    // Its time goes on although nothing happens.
    let shown = run.sees(|shown| shown.contains(drawn) && !shown.ends_with("  0 s"));
    assert_eq!(shown.lines().count(), 2, "{shown}");
    let (shown, all) = run.end();
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(lines[..2], ["  pre-connect | one", "  pre-connect | two"]);
    assert!(
        lines[2].starts_with("✗ Run the pre-connect hook  stopped after "),
        "{shown}"
    );
    assert!(
        lines[3].starts_with("error: Hook `pre-connect` failed: "),
        "{shown}"
    );
    assert!(all.contains("\x1b[J"), "it was drawn anew: {all:?}");
}

#[test]
fn a_terminal_that_becomes_narrower_is_cleared_of_broken_lines() {
    let mut run = Run::begin(80, &[("NO_COLOR", "1")], &[]);
    run.sees(|shown| shown.contains("| one\nRun the pre-connect hook  "));
    resize(&run.terminal, 20);
    // The line has become two rows; both are taken away, and it is cut to what fits into one.
    let frame = "\x1b[2A\r\x1b[JRun the pre-connect\r\n";
    run.writes(frame);
    run.end();
}

#[test]
fn plain_lines_are_for_those_who_ask_and_for_machines() {
    let no_variables: &[(&str, &str)] = &[];
    for (variables, words) in [
        (no_variables, &["-v"][..]),
        (&[("CI", "true")], &[]),
        (&[("TERM", "dumb")], &[]),
    ] {
        let (shown, all) = Run::begin(80, variables, words).end();
        assert!(
            shown.starts_with("Run the pre-connect hook\n  | one\n  | two\n"),
            "{shown}"
        );
        assert!(!all.contains("\x1b[J"), "{all:?}");
    }
}

#[test]
fn without_colours_lines_are_drawn_all_the_same() {
    let mut run = Run::begin(80, &[("NO_COLOR", "1")], &[]);
    run.sees(|shown| shown.contains("Run the pre-connect hook  "));
    let (shown, all) = run.end();
    assert!(
        shown.contains("✗ Run the pre-connect hook  stopped after"),
        "{shown}"
    );
    assert!(all.contains("\x1b[J"), "{all:?}");
    assert!(
        !all.contains("\x1b[1m") && !all.contains("\x1b[31m"),
        "{all:?}"
    );
}

#[test]
fn a_second_signal_leaves_a_whole_terminal() {
    // It neither ends when it is told to, nor says more.
    let hook = "#!/bin/sh\ntrap '' INT TERM\necho one; read LINE < go\n";
    let mut run = Run::with_hook(hook, 80, &[], &[]);
    run.sees(|shown| shown.contains("  pre-connect | one\nRun the pre-connect hook  "));
    run.signal(Signal::INT);
    // What goes on is drawn below that again.
    run.sees(|shown| {
        let ending = shown.split_once("Ending what was started; a second signal ends at once");
        ending.is_some_and(|(_, below)| below.contains("\nRun the pre-connect hook  "))
    });
    run.signal(Signal::INT);
    let (shown, _) = run.ended_with(130);
    let last: Vec<&str> = shown.lines().rev().take(2).map(str::trim_end).collect();
    assert_eq!(
        last[0], "error: ended at once, without cleaning up",
        "{shown}"
    );
    assert!(last[1].starts_with("Ending what was started"), "{shown}");
}
