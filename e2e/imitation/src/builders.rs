//! buildx: its builders, the contexts they reach engines by, and builds that are over at once.

use std::{collections::BTreeMap, env, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    engine::{Engine, identifier, text},
    images, journal,
    listing::Answer,
    options::Options,
    template,
};

/// The engine of the context that nobody made.
const OWN_ENGINE: &str = "unix:///var/run/docker.sock";

/// `docker buildx …`; nothing for what is not known.
pub fn buildx(engine: &mut Engine, words: &[String]) -> Option<Answer> {
    let (verb, words) = words.split_first()?;
    Some(match verb.as_str() {
        "version" => Answer::said("github.com/docker/buildx v0.24.0 d0e5e86"),
        "build" => build(engine, words),
        "create" => create(engine, words),
        "inspect" => inspect(engine, words),
        "ls" => list(engine, "builders"),
        "rm" => remove(engine, "builders", words),
        _ => return None,
    })
}

/// `docker context …`; nothing for what is not known.
pub fn context(engine: &mut Engine, words: &[String]) -> Option<Answer> {
    let (verb, words) = words.split_first()?;
    Some(match verb.as_str() {
        "create" => {
            let options = Options::read(words, &[], false);
            let name = options.words.first().cloned().unwrap_or_default();
            let end = options.value("docker").unwrap_or_default();
            if engine.holds["contexts"].get(&name).is_some() {
                return Some(Answer::refused(format!(
                    "context \"{name}\" already exists"
                )));
            }
            let end = end.trim_start_matches("host=");
            engine.map_mut("contexts").insert(name.clone(), end.into());
            Answer::said(name)
        }
        "inspect" => inspect_context(engine, words),
        "ls" => list(engine, "contexts"),
        "rm" => remove(engine, "contexts", words),
        _ => return None,
    })
}

fn create(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let driver = options.value("driver").unwrap_or("docker-container");
    let end = options.words.first().map_or(OWN_ENGINE, String::as_str);
    let name = match (options.value("name"), driver) {
        (Some(name), _) => name.to_owned(),
        (None, "cloud") => format!("cloud-{}", end.replace('/', "-")),
        (None, _) => format!("nameless_{}", engine.next()),
    };
    let mut nodes = match (engine.holds["builders"].get(&name), options.has("append")) {
        (Some(_), false) => {
            return Answer::refused(format!(
                "ERROR: existing instance for \"{name}\" but no append mode, specify the node name to make changes for existing instances"
            ));
        }
        (Some(known), true) => known["nodes"].as_array().cloned().unwrap_or_default(),
        (None, _) => Vec::new(),
    };
    let platforms = options.value("platform").unwrap_or("linux/amd64");
    nodes.push(json!({"end": end, "platforms": platforms}));
    let builder = json!({"driver": driver, "nodes": nodes});
    engine.map_mut("builders").insert(name.clone(), builder);
    Answer::said(name)
}

fn inspect(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let name = options.words.first().map_or("", String::as_str);
    let Some(builder) = engine.holds["builders"].get(name) else {
        return Answer::refused(format!("ERROR: no builder \"{name}\" found"));
    };
    let driver = text(&builder["driver"]);
    let mut answer = Answer::said(format!("Name:   {name}\nDriver: {driver}\n\nNodes:"));
    for (at, node) in builder["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let (end, platforms) = (text(&node["end"]), text(&node["platforms"]));
        answer.say(format!(
            "Name:      {name}{at}\nEndpoint:  {end}\nStatus:    running\nPlatforms: {platforms}"
        ));
    }
    answer
}

/// Without a name it is the context that nobody made.
fn inspect_context(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('f', "format")], false);
    let name = options.words.first().map_or("default", String::as_str);
    let end = match (name, engine.holds["contexts"].get(name)) {
        (_, Some(end)) => text(end),
        ("default", None) => OWN_ENGINE,
        (_, None) => return Answer::refused(format!("context \"{name}\": context not found")),
    };
    let context = json!({"Name": name, "Endpoints": {"docker": {"Host": end}}});
    match options.value("format") {
        None => Answer::said(json!([context]).to_string()),
        Some(format) => template::fill(format, &context).map_or_else(Answer::refused, Answer::said),
    }
}

fn list(engine: &Engine, kind: &str) -> Answer {
    let mut answer = Answer::said("NAME");
    for name in engine.holds[kind]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        answer.say(name);
    }
    answer
}

fn remove(engine: &mut Engine, kind: &str, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let mut answer = Answer::default();
    for name in &options.words {
        if engine.map_mut(kind).remove(name).is_some() {
            answer.say(format!("{name} removed"));
        } else {
            let kind = kind.trim_end_matches('s');
            answer = Answer::refused(format!("ERROR: no {kind} \"{name}\" found"));
        }
    }
    answer
}

/// A build that is over at once: the image is there under its tags, and its digest where it was asked for. What it was
/// made of is noted, since that is no part of the command.
pub fn build(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('t', "tag"), ('f', "file")], false);
    let builder = options.value("builder");
    if let Some(name) = builder.filter(|it| engine.holds["builders"].get(*it).is_none()) {
        return Answer::refused(format!("ERROR: no builder \"{name}\" found"));
    }
    let context = options.words.last().map_or(".", String::as_str);
    journal::note("build", &made_of(&options, context));
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
    if let Err(error) = written {
        return Answer::refused(error.to_string());
    }
    let mut answer = Answer::default();
    answer.complain(if options.value("progress") == Some("rawjson") {
        r#"{"vertexes":[{"digest":"sha256:1","name":"exporting to image","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:00Z"}]}"#
    } else {
        "#1 exporting to image\n#1 DONE 0.1s"
    });
    answer
}

/// The files of the context, what the secrets are, and what is set beside the command.
fn made_of(options: &Options, context: &str) -> Value {
    let mut files = BTreeMap::new();
    list_files(Path::new(context), "", &mut files);
    let named = options
        .all("secret")
        .filter_map(|it| it.strip_prefix("id="));
    let secrets: BTreeMap<&str, String> = named
        .map(|it| (it, env::var(it).unwrap_or_default()))
        .collect();
    let without_token = env::var("BUILDKIT_NO_CLIENT_TOKEN").is_ok();
    let tags: Vec<&str> = options.all("tag").collect();
    json!({"tags": tags, "files": files, "secrets": secrets, "without_token": without_token})
}

/// Of the history only that it is there: no two of them are alike.
fn list_files(folder: &Path, within: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        if entry.file_name() == ".git" {
            files.insert(name, "history".to_owned());
        } else if entry.path().is_dir() {
            list_files(&entry.path(), &format!("{name}/"), files);
        } else {
            let content = fs::read(entry.path()).unwrap_or_default();
            let digest = identifier(&String::from_utf8_lossy(&content));
            files.insert(name, digest[..12].to_owned());
        }
    }
}
