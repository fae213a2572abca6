//! The rest of the engine: itself, logins, networks, volumes, builders and contexts.

use std::{fs, io::Read as _, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    engine::{Engine, text},
    images, journal,
    listing::Answer,
    options::Options,
    place, template,
};

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
        ("buildx", "build") => build(engine, behind),
        ("build", _) => build(engine, rest),
        ("buildx", "version") => Answer::said("github.com/docker/buildx v0.24.0 d0e5e86"),
        ("buildx", kind) => kept(engine, "builders", kind, behind),
        ("context", kind) => kept(engine, "contexts", kind, behind),
        _ => {
            journal::note("unknown", &json!({"words": words}));
            Answer::refused(format!(
                "docker: '{}' is not a docker command.\nSee 'docker --help'",
                words.join(" ")
            ))
        }
    }
}

fn about(words: &[String], what: &Value) -> Answer {
    let options = Options::read(words, &[('f', "format")], false);
    match options.value("format") {
        None => Answer::said(what.to_string()),
        Some(format) => template::fill(format, what).map_or_else(Answer::refused, Answer::said),
    }
}

/// The engine speaks HTTP without encryption to the imitated registry.
fn info() -> Value {
    let plain = fs::read_to_string(format!("{}/plain-registry", place::ROOT)).unwrap_or_default();
    let mut indices = json!({"docker.io": {"Name": "docker.io", "Secure": true}});
    if !plain.trim().is_empty() {
        indices[plain.trim()] = json!({"Name": plain.trim(), "Secure": false});
    }
    json!({
        "ServerVersion": "28.2.2",
        "Architecture": "x86_64",
        "DockerRootDir": "/",
        "RegistryConfig": {"Mirrors": [], "IndexConfigs": indices},
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

/// A build that is over at once: the image is there under its tags, and its digest where it was asked for.
fn build(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('t', "tag"), ('f', "file")], false);
    let tags: Vec<String> = options.all("tag").map(str::to_owned).collect();
    let mut digest = String::new();
    for tag in &tags {
        digest = images::fetch(engine, tag);
    }
    let mut written = Ok(());
    if let Some(file) = options.value("metadata-file") {
        written = fs::write(file, json!({"containerimage.digest": digest}).to_string());
    }
    if let Some(file) = options.value("iidfile") {
        written = written.and_then(|()| fs::write(file, &digest));
    }
    match written {
        Ok(()) => {
            let mut answer = Answer::default();
            answer.complain("#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n#2 exporting to image\n#2 DONE 0.1s");
            answer
        }
        Err(error) => Answer::refused(error.to_string()),
    }
}

/// Builders and contexts: made, shown, removed.
fn kept(engine: &mut Engine, kind: &str, verb: &str, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let given = options.value("name").map(str::to_owned);
    let name = given
        .or_else(|| options.words.first().cloned())
        .unwrap_or_default();
    let missing = || Answer::refused(format!("ERROR: no {kind} \"{name}\" found"));
    match verb {
        "create" => {
            let end = options.words.last().cloned().unwrap_or_default();
            let end = options
                .value("docker")
                .map_or(end, |it| it.trim_start_matches("host=").to_owned());
            let driver = options.value("driver").unwrap_or_default().to_owned();
            engine
                .map_mut(kind)
                .insert(name.clone(), json!({"end": end, "driver": driver}));
            Answer::said(name)
        }
        "ls" => {
            let mut answer = Answer::said("NAME  END");
            for (name, it) in engine.holds[kind].as_object().into_iter().flatten() {
                answer.say(format!("{name}  {}  running", text(&it["end"])));
            }
            answer
        }
        "inspect" => {
            let known = engine.holds[kind].get(&name);
            known.map_or_else(missing, |it| {
                let end = text(&it["end"]);
                match kind {
                    "contexts" => Answer::said(end),
                    _ => Answer::said(format!(
                        "Name:   {name}\nDriver: {}\n\nNodes:\nName:      {name}0\nEndpoint:  {end}\nStatus:    running\nPlatforms: linux/amd64",
                        text(&it["driver"])
                    )),
                }
            })
        }
        "rm" => match engine.map_mut(kind).remove(&name) {
            Some(_) => Answer::said(format!("{name} removed")),
            None => missing(),
        },
        _ => Answer::default(),
    }
}
