//! The login shell: a real shell in the home folder of the host that was dialled, and two lines in the journal.

use std::{
    fs,
    io::{IsTerminal as _, Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;

use crate::{journal, place};

/// More of what is sent to a command is not kept.
const KEPT: usize = 1 << 20;

/// Runs what `sshd` was asked to run.
pub fn run(words: &[String]) -> ExitCode {
    let connection = std::env::var("SSH_CONNECTION").unwrap_or_default();
    let mut parts = connection.split(' ');
    let port = parts.nth(1).unwrap_or_default().to_owned();
    let host = parts.next().unwrap_or("nowhere").to_owned();
    let home = place::of_host(&host).join("home");
    fs::create_dir_all(&home).expect("the home folder can be made");
    let line = match words {
        [flag, line] if flag == "-c" => Some(line.as_str()),
        _ => None,
    };
    let request = format!("{}-{port}", std::process::id());
    let about = json!({"host": host, "request": request, "connection": port, "line": line});
    journal::note("exec", &about);

    let mut shell = Command::new("/bin/bash");
    if let Some(line) = line {
        shell.args(["-c", line]);
    }
    shell
        .env("HOME", &home)
        .env("PWD", &home)
        .env("SHELL", "/bin/bash")
        .env(
            "PATH",
            format!("{}/bin:/usr/local/bin:/usr/bin:/bin", place::ROOT),
        )
        .env(place::HOST, &host)
        .env(place::REQUEST, &request)
        .current_dir(&home);
    let at_terminal = std::io::stdin().is_terminal();
    if !at_terminal {
        shell.stdin(Stdio::piped());
    }
    let mut shell = shell.spawn().expect("bash starts");
    let sent = copy_input(&mut shell);
    let status = shell.wait().expect("bash ends");
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    let sent = sent
        .lock()
        .map(|sent| String::from_utf8_lossy(&sent).into_owned())
        .unwrap_or_default();
    let about = json!({"host": host, "request": request, "code": code, "input": sent});
    journal::note("end", &about);
    ExitCode::from(u8::try_from(code).unwrap_or(255))
}

/// Hands on what comes from the deployer, and keeps a copy.
fn copy_input(shell: &mut Child) -> Arc<Mutex<Vec<u8>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let Some(mut to) = shell.stdin.take() else {
        return kept;
    };
    let copy = Arc::clone(&kept);
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        let mut from = std::io::stdin().lock();
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if let Ok(mut copy) = copy.lock()
                && copy.len() < KEPT
            {
                copy.extend_from_slice(&buffer[..count]);
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
    });
    kept
}
