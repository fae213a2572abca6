//! Containers: made, started, stopped, listed, entered, taken away. What runs in them is never ready later than at once.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    engine::{Engine, identifier, name_of, text},
    images, journal,
    listing::{self, Answer},
    options::Options,
    place, proxy,
};

/// The one-letter flags of `docker run` that take a value.
const RUN: &[(char, &str)] = &[
    ('e', "env"),
    ('h', "hostname"),
    ('l', "label"),
    ('m', "memory"),
    ('p', "publish"),
    ('u', "user"),
    ('v', "volume"),
    ('w', "workdir"),
];

fn no_such(name: &str) -> String {
    format!("Error response from daemon: No such container: {name}")
}

/// `docker run` and `docker create`.
pub fn make(engine: &mut Engine, words: &[String], starts: bool) -> Answer {
    let options = Options::read(words, RUN, true);
    let Some((image, command)) = options.words.split_first() else {
        return Answer::refused("\"docker run\" requires at least 1 argument.");
    };
    let number = engine.next();
    let name = options
        .value("name")
        .map_or_else(|| format!("nameless_{number}"), str::to_owned);
    let env = match fit(engine, &options, &name) {
        Ok(env) => env,
        Err(complaint) => return Answer::failed(125, format!("docker: {complaint}")),
    };
    images::fetch(engine, image);
    let id = identifier(&format!("{} {name} {number}", place::host()));
    let found = engine.image(image).map(|at| &engine.all("images")[at]);
    let policy = options.value("restart").unwrap_or("no");
    let (policy, tries) = policy.split_once(':').unwrap_or((policy, "0"));
    let health = options.value("health-cmd");
    let container = json!({
        "Id": id,
        "Name": format!("/{name}"),
        "Image": found.map(|it| &it["Id"]),
        "RestartCount": 0,
        "State": {
            "Status": if starts { "running" } else { "created" },
            "ExitCode": 0, "OOMKilled": false, "Error": "",
            "Health": health.map(|_| json!({"Status": "healthy", "FailingStreak": 0, "Log": []})),
        },
        "Config": {
            "Image": image,
            "Labels": labels(found.map_or(&Value::Null, |it| &it["Config"]["Labels"]), &options),
            "Env": env,
            "Cmd": command,
            "Hostname": options.value("hostname"),
        },
        "HostConfig": {
            "RestartPolicy": {"Name": policy, "MaximumRetryCount": tries.parse::<u32>().unwrap_or(0)},
            "NetworkMode": options.value("network").unwrap_or("bridge"),
            "PortBindings": ports(&options),
        },
        "Made": number,
    });
    journal::note("made", &json!({"id": id, "name": name}));
    let stays = !starts || options.has("detach");
    if stays || !options.has("rm") {
        engine.all_mut("containers").push(container);
    }
    if stays {
        return Answer::said(&id);
    }
    if let Some(at) = engine.container(&name) {
        engine.all_mut("containers")[at]["State"]["Status"] = "exited".into();
    }
    Answer::said(format!("ran {} in {image}", command.join(" ")))
}

/// Refuses what Docker refuses; the variables, when all is well.
fn fit(engine: &Engine, options: &Options, name: &str) -> Result<Vec<String>, String> {
    if engine
        .all("containers")
        .iter()
        .any(|it| name_of(it) == name)
    {
        return Err(format!(
            "Error response from daemon: Conflict. The container name \"/{name}\" is already in use by container."
        ));
    }
    let network = options.value("network").unwrap_or("bridge");
    if !engine.all("networks").iter().any(|it| it == network) {
        return Err(format!(
            "Error response from daemon: network {network} not found."
        ));
    }
    let mut env: Vec<String> = options.all("env").map(str::to_owned).collect();
    for file in options.all("env-file") {
        let lines = fs::read_to_string(file);
        let lines = lines.map_err(|_| format!("open {file}: no such file or directory."))?;
        env.extend(lines.lines().map(str::to_owned));
    }
    Ok(env)
}

/// Those of the image, and the container's own.
fn labels(of_image: &Value, options: &Options) -> Value {
    let mut labels = if of_image.is_object() {
        of_image.clone()
    } else {
        json!({})
    };
    for label in options.all("label") {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        labels[key] = value.into();
    }
    labels
}

/// What is published, as Docker shows it.
fn ports(options: &Options) -> Value {
    let mut ports = json!({});
    for published in options.all("publish") {
        let mut pieces = published.rsplitn(3, ':');
        let inner = pieces.next().unwrap_or_default();
        let host = pieces.next().unwrap_or_default();
        let address = pieces.next().unwrap_or_default();
        ports[format!("{inner}/tcp")] = json!([{"HostIp": address, "HostPort": host}]);
    }
    ports
}

/// Does something to each container that is named.
fn each(
    engine: &mut Engine,
    names: &[String],
    act: impl Fn(&mut Engine, usize) -> Result<(), String>,
) -> Answer {
    if names.is_empty() {
        return Answer::refused("docker: this command requires at least 1 argument.");
    }
    let mut answer = Answer::default();
    for name in names {
        let done = match engine.container(name) {
            Some(at) => act(engine, at),
            None => Err(no_such(name)),
        };
        match done {
            Ok(()) => answer.say(name),
            Err(complaint) => {
                answer.complain(complaint);
                answer.code = 1;
            }
        }
    }
    answer
}

/// `docker start`, `stop`, `restart` and `kill`.
pub fn turn(engine: &mut Engine, words: &[String], verb: &str) -> Answer {
    let options = Options::read(words, &[('t', "time"), ('s', "signal")], false);
    let state = if matches!(verb, "stop" | "kill") {
        "exited"
    } else {
        "running"
    };
    each(engine, &options.words, |engine, at| {
        engine.all_mut("containers")[at]["State"]["Status"] = state.into();
        Ok(())
    })
}

/// `docker rm`.
pub fn remove(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let force = options.has("force");
    let mut answer = each(engine, &options.words, |engine, at| {
        let container = &engine.all("containers")[at];
        if text(&container["State"]["Status"]) == "running" && !force {
            let name = name_of(container);
            return Err(format!(
                "Error response from daemon: cannot remove container \"/{name}\": container is running: stop the container before removing or force remove"
            ));
        }
        engine.all_mut("containers").remove(at);
        Ok(())
    });
    if force {
        answer.code = 0;
    }
    answer
}

/// `docker rename`.
pub fn rename(engine: &mut Engine, words: &[String]) -> Answer {
    let [from, to] = words else {
        return Answer::refused("\"docker rename\" requires exactly 2 arguments.");
    };
    let Some(at) = engine.container(from) else {
        return Answer::refused(no_such(from));
    };
    engine.all_mut("containers")[at]["Name"] = format!("/{to}").into();
    Answer::default()
}

/// `docker container prune`.
pub fn prune(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    engine.all_mut("containers").retain(|it| {
        let mut asked = options.filters();
        text(&it["State"]["Status"]) == "running"
            || !asked.all(|(key, value)| {
                key != "label" || listing::has_label(&it["Config"]["Labels"], value)
            })
    });
    Answer::said("Total reclaimed space: 0B")
}

/// `docker ps`.
pub fn list(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('f', "filter"), ('n', "last")], false);
    let by_state = options.filters().any(|(key, _)| key == "status");
    let all = options.has("all") || options.has("latest") || by_state;
    let mut found: Vec<&Value> = engine.all("containers").iter().rev().collect();
    found.retain(|it| {
        (all || text(&it["State"]["Status"]) == "running") && is_asked(engine, it, &options)
    });
    if options.has("latest") {
        found.truncate(1);
    }
    let full = options.has("no-trunc");
    let rows: Vec<Value> = found.into_iter().map(|it| row(it, full)).collect();
    listing::table(
        &options,
        &rows,
        &[
            "ID",
            "Image",
            "Command",
            "CreatedAt",
            "Status",
            "Ports",
            "Names",
        ],
        "ID",
    )
}

/// Filters of one kind are alternatives, except for labels; different kinds must all hold.
fn is_asked(engine: &Engine, container: &Value, options: &Options) -> bool {
    options.filters().all(|(key, _)| {
        let mut values = options
            .filters()
            .filter(|(it, _)| *it == key)
            .map(|(_, value)| value);
        match key {
            "label" => values.all(|it| listing::has_label(&container["Config"]["Labels"], it)),
            "status" => values.any(|it| it == text(&container["State"]["Status"])),
            "name" => values.any(|it| matches(it, name_of(container))),
            "id" => values.any(|it| text(&container["Id"]).starts_with(it)),
            "ancestor" => values.any(|it| {
                let image = engine.image(it).map(|at| &engine.all("images")[at]["Id"]);
                image.is_some_and(|image| *image == container["Image"])
            }),
            _ => true,
        }
    })
}

/// The few regular expressions that names are looked for with.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.replace('\\', "").replace("/?", "");
    match (pattern.strip_prefix('^'), pattern.strip_suffix('$')) {
        (Some(_), Some(_)) => &pattern[1..pattern.len() - 1] == name,
        (Some(start), None) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (None, None) => name.contains(&pattern),
    }
}

fn row(container: &Value, full: bool) -> Value {
    let id = text(&container["Id"]);
    let state = text(&container["State"]["Status"]);
    json!({
        "ID": if full { id } else { id.get(..12).unwrap_or(id) },
        "Names": name_of(container),
        "Image": container["Config"]["Image"],
        "Command": "\"/bin/start\"",
        "CreatedAt": "2 minutes ago",
        "State": state,
        "Status": match state { "running" => "Up 2 minutes", "created" => "Created", _ => "Exited (0) 1 minute ago" },
        "Ports": "",
        "labels": container["Config"]["Labels"],
    })
}

/// `docker exec`: the proxy knows its own commands, anything else is said to have run.
pub fn enter(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(
        words,
        &[('e', "env"), ('u', "user"), ('w', "workdir")],
        true,
    );
    let Some((name, command)) = options.words.split_first() else {
        return Answer::refused("\"docker exec\" requires at least 2 arguments.");
    };
    let Some(at) = engine.container(name) else {
        return Answer::refused(no_such(name));
    };
    let container = &engine.all("containers")[at];
    if text(&container["State"]["Status"]) != "running" {
        return Answer::refused(format!(
            "Error response from daemon: container {name} is not running"
        ));
    }
    match command {
        [program, command @ ..] if program == "kamal-proxy" => {
            proxy::run(&mut engine.holds["routes"], command)
        }
        _ => Answer::said(format!("ran {} in {name}", command.join(" "))),
    }
}

/// `docker logs`: the same three lines for everybody.
pub fn logs(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('n', "tail")], false);
    let name = options.words.first().map_or("", String::as_str);
    let Some(at) = engine.container(name) else {
        return Answer::refused(no_such(name));
    };
    let name = name_of(&engine.all("containers")[at]);
    let time = if options.has("timestamps") {
        "2026-01-01T00:00:00.000000000Z "
    } else {
        ""
    };
    Answer::said(format!(
        "{time}hello from {name}\n{time}GET /up 200\n{time}GET /error 500"
    ))
}

/// `docker cp` out of a container: two files, one of them named after the version.
pub fn copy(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let [from, to] = options.words.as_slice() else {
        return Answer::refused("\"docker cp\" requires exactly 2 arguments.");
    };
    let name = from.split(':').next().unwrap_or_default();
    let Some(at) = engine.container(name) else {
        return Answer::refused(no_such(name));
    };
    let image = text(&engine.all("containers")[at]["Config"]["Image"]);
    let version = image.rsplit(':').next().unwrap_or_default();
    let folder = Path::new(to);
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join("app.css"), "body{}\n"))
        .and_then(|()| {
            fs::write(
                folder.join(format!("app-{version}.js")),
                format!("// {version}\n"),
            )
        });
    written.map_or_else(
        |error| Answer::refused(error.to_string()),
        |()| Answer::default(),
    )
}
