//! The proxy's own commands: it believes every target that it is given.

use serde_json::{Value, json};

use crate::{listing::Answer, options::Options};

/// Runs a command of the proxy; `routes` lie in a volume, so that every proxy of the host knows them.
pub fn run(routes: &mut Value, words: &[String]) -> Answer {
    let Some((command, words)) = words.split_first() else {
        return Answer::refused("Error: a command is needed");
    };
    let options = Options::read(words, &[], false);
    let service = options.words.first().map_or("", String::as_str);
    match command.as_str() {
        "deploy" => {
            let hosts: Vec<&str> = options.all("host").collect();
            routes[service] = json!({
                "host": if hosts.is_empty() { "*".to_owned() } else { hosts.join(",") },
                "target": options.value("target"),
                "state": "running",
                "tls": if options.has("tls") { "yes" } else { "no" },
            });
            Answer::default()
        }
        "list" => list(routes),
        "run" | "rollout" => Answer::default(),
        _ if routes[service].is_null() => Answer::refused("Error: service not found"),
        "remove" => {
            if let Some(routes) = routes.as_object_mut() {
                routes.remove(service);
            }
            Answer::default()
        }
        "stop" | "pause" | "resume" => {
            let state = match command.as_str() {
                "stop" => "stopped",
                "pause" => "paused",
                _ => "running",
            };
            routes[service]["state"] = state.into();
            Answer::default()
        }
        other => Answer::refused(format!(
            "Error: unknown command \"{other}\" for \"kamal-proxy\""
        )),
    }
}

fn list(routes: &Value) -> Answer {
    let mut answer = Answer::said("Service  Host  Path  Target  State  TLS  ");
    for (service, route) in routes.as_object().into_iter().flatten() {
        let of = |key: &str| route[key].as_str().unwrap_or_default();
        answer.say(format!(
            "{service}  {}  /  {}  {}  {}  ",
            of("host"),
            of("target"),
            of("state"),
            of("tls")
        ));
    }
    answer
}
