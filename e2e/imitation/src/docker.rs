//! The `docker` command line: which part of the engine answers.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    containers, engine::Engine, images, journal, listing::Answer, options::Options, place,
    template, things,
};

/// Runs a command.
pub fn run(words: &[String]) -> ExitCode {
    journal::call("docker", words);
    if place::of_host(&place::host()).join("no-docker").exists() {
        return Answer::failed(127, "bash: line 1: docker: command not found").give();
    }
    let mut engine = Engine::open();
    let answer = answer(&mut engine, words);
    engine.keep();
    // Whoever waits for the engine need not wait for a slow reader.
    drop(engine);
    answer.give()
}

fn answer(engine: &mut Engine, words: &[String]) -> Answer {
    let Some((command, rest)) = words.split_first() else {
        return Answer::said("Usage:  docker [OPTIONS] COMMAND");
    };
    let inner = rest.first().map_or("", String::as_str);
    let behind = rest.get(1..).unwrap_or_default();
    match (command.as_str(), inner) {
        ("container", "ls" | "ps" | "list") => containers::list(engine, behind),
        ("container", "rm" | "remove") => containers::remove(engine, behind),
        ("container", "prune") => containers::prune(engine, behind),
        ("container", "inspect") => inspect(engine, behind, &["containers"]),
        ("image", "ls" | "list") => images::list(engine, behind),
        ("image", "rm" | "remove") => images::remove(engine, behind),
        ("image", "prune") => images::prune(engine, behind),
        ("image", "inspect") => inspect(engine, behind, &["images"]),
        ("container" | "image", _) => answer(engine, rest),
        ("run", _) => containers::make(engine, rest, true),
        ("create", _) => containers::make(engine, rest, false),
        ("start" | "stop" | "restart" | "kill", _) => containers::turn(engine, rest, command),
        ("rm", _) => containers::remove(engine, rest),
        ("rename", _) => containers::rename(engine, rest),
        ("ps", _) => containers::list(engine, rest),
        ("exec", _) => containers::enter(engine, rest),
        ("logs", _) => containers::logs(engine, rest),
        ("cp", _) => containers::copy(engine, rest),
        ("inspect", _) => inspect(engine, rest, &["containers", "images"]),
        ("pull", _) => images::pull(engine, rest),
        ("tag", _) => images::tag(engine, rest),
        ("rmi", _) => images::remove(engine, rest),
        ("images", _) => images::list(engine, rest),
        _ => things::answer(engine, words),
    }
}

/// `docker inspect`.
fn inspect(engine: &Engine, words: &[String], kinds: &[&str]) -> Answer {
    let options = Options::read(words, &[('f', "format")], false);
    let kinds: Vec<&str> = match options.value("type") {
        Some("container") => vec!["containers"],
        Some("image") => vec!["images"],
        _ => kinds.to_vec(),
    };
    let mut answer = Answer::default();
    for name in &options.words {
        let mut found: Option<&Value> = None;
        for kind in &kinds {
            let at = match *kind {
                "containers" => engine.container(name),
                _ => engine.image(name),
            };
            found = found.or(at.map(|at| &engine.all(kind)[at]));
        }
        match (found, options.value("format")) {
            (None, _) => {
                answer.complain(format!("Error: No such object: {name}"));
                answer.code = 1;
            }
            (Some(it), None) => answer.say(json!([it]).to_string()),
            (Some(it), Some(format)) => match template::fill(format, it) {
                Ok(line) => answer.say(line),
                Err(error) => return Answer::refused(error),
            },
        }
    }
    answer
}
