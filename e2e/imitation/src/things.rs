//! The rest of the engine: itself, logins, networks and volumes.

use std::{fs, io::Read as _, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{builders, engine::Engine, journal, listing::Answer, options::Options, template};

/// Answers what is about neither containers nor images.
pub fn answer(engine: &mut Engine, words: &[String]) -> Answer {
    let command = words.first().map_or("", String::as_str);
    let inner = words.get(1).map_or("", String::as_str);
    let rest = words.get(1..).unwrap_or_default();
    let behind = words.get(2..).unwrap_or_default();
    match (command, inner) {
        ("-v" | "--version", _) => Answer::said("Docker version 28.2.2, build e6534b4"),
        ("version", _) => about(
            rest,
            &json!({"Server": {"Version": "28.2.2", "Arch": "amd64", "Os": "linux"}, "Client": {"Version": "28.2.2"}}),
        ),
        ("info", _) => about(rest, &info()),
        ("login", _) => login(rest),
        ("logout", _) => Answer::said("Removing login credentials"),
        ("push", _) => Answer::said("The push refers to repository"),
        ("network", "create") => create_network(engine, behind),
        ("network", "ls") => named(engine, "networks", "Name"),
        ("network", "rm") => remove_named(engine, "networks", behind),
        ("volume", "ls") => named(engine, "volumes", "Name"),
        ("volume", "rm") => remove_named(engine, "volumes", behind),
        ("volume" | "system" | "network", _) => Answer::said("Total reclaimed space: 0B"),
        ("build", _) => builders::build(engine, rest),
        ("buildx", _) => builders::buildx(engine, rest).unwrap_or_else(|| unknown(words)),
        ("context", _) => builders::context(engine, rest).unwrap_or_else(|| unknown(words)),
        _ => unknown(words),
    }
}

fn unknown(words: &[String]) -> Answer {
    journal::note("unknown", &json!({"words": words}));
    Answer::refused(format!(
        "docker: '{}' is not a docker command.\nSee 'docker --help'",
        words.join(" ")
    ))
}

fn about(words: &[String], what: &Value) -> Answer {
    let options = Options::read(words, &[('f', "format")], false);
    match options.value("format") {
        None => Answer::said(what.to_string()),
        Some(format) => template::fill(format, what).map_or_else(Answer::refused, Answer::said),
    }
}

fn info() -> Value {
    json!({
        "ServerVersion": "28.2.2",
        "Architecture": "x86_64",
        "DockerRootDir": "/",
        "RegistryConfig": {"Mirrors": [], "IndexConfigs": {"docker.io": {"Name": "docker.io", "Secure": true}}},
    })
}

/// Notes the login as Docker does, without asking anybody.
fn login(words: &[String]) -> Answer {
    let options = Options::read(words, &[('u', "username"), ('p', "password")], false);
    let server = options
        .words
        .first()
        .map_or("https://index.docker.io/v1/", String::as_str);
    let mut password = options.value("password").unwrap_or_default().to_owned();
    if options.has("password-stdin") && std::io::stdin().read_to_string(&mut password).is_err() {
        return Answer::refused("Error: the password cannot be read");
    }
    let user = options.value("username").unwrap_or_default();
    let noted = BASE64_STANDARD.encode(format!(
        "{user}:{}",
        password.trim_end_matches(['\r', '\n'])
    ));
    let home = std::env::var("HOME").unwrap_or_default();
    let folder = Path::new(&home).join(".docker");
    let file = folder.join("config.json");
    let known = fs::read(&file)
        .ok()
        .and_then(|it| serde_json::from_slice(&it).ok());
    let mut config: Value = known.unwrap_or_else(|| json!({"auths": {}}));
    config["auths"][server] = json!({"auth": noted});
    let pretty = serde_json::to_string_pretty(&config)
        .unwrap_or_default()
        .replace("  ", "\t");
    match fs::create_dir_all(&folder).and_then(|()| fs::write(&file, pretty)) {
        Ok(()) => Answer::said("Login Succeeded"),
        Err(error) => Answer::refused(error.to_string()),
    }
}

fn create_network(engine: &mut Engine, words: &[String]) -> Answer {
    let name = words.last().cloned().unwrap_or_default();
    if engine.all("networks").iter().any(|it| *it == name) {
        return Answer::refused(format!(
            "Error response from daemon: network with name {name} already exists"
        ));
    }
    engine.all_mut("networks").push(name.clone().into());
    Answer::said(name)
}

fn named(engine: &Engine, kind: &str, column: &str) -> Answer {
    let mut answer = Answer::default();
    for name in engine.all(kind) {
        answer.say(json!({column: name})[column].as_str().unwrap_or_default());
    }
    answer
}

fn remove_named(engine: &mut Engine, kind: &str, words: &[String]) -> Answer {
    let mut answer = Answer::default();
    for word in words {
        let before = engine.all(kind).len();
        engine.all_mut(kind).retain(|it| it != word);
        if engine.all(kind).len() == before {
            answer = Answer::refused(format!(
                "Error response from daemon: {kind} {word} not found"
            ));
        }
    }
    answer
}
