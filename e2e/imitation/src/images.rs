//! Images: fetched out of nothing, tagged, listed, taken away.

use std::fs;

use serde_json::{Value, json};

use crate::{
    engine::{Engine, identifier, text, with_tag},
    listing::{self, Answer},
    options::Options,
    place, registry,
};

/// A name without tag or digest.
pub fn repository(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or_default();
    let last = name.rfind('/').map_or(0, |at| at + 1);
    name[last..].find(':').map_or(name, |at| &name[..last + at])
}

/// Without the server of a registry.
fn path(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((server, path)) if server.contains(['.', ':']) || server == "localhost" => path,
        _ => repository,
    }
}

/// What an image says of itself: the file `services` names the service of each app's image, a line each.
fn labels(repository: &str) -> Value {
    if repository.ends_with("kamal-proxy") {
        return json!({"org.opencontainers.image.title": "kamal-proxy"});
    }
    if path(repository) == "traefik" {
        return json!({"org.opencontainers.image.title": "Traefik"});
    }
    let services = fs::read_to_string(format!("{}/services", place::ROOT)).unwrap_or_default();
    let mut known = services.lines().filter_map(|line| line.split_once(' '));
    let service = known.find(|(image, _)| path(repository) == *image);
    service.map_or_else(|| json!({}), |(_, service)| json!({"service": service}))
}

/// Adds the image of a name, unless it is there.
pub fn fetch(engine: &mut Engine, name: &str) -> String {
    let full = with_tag(name);
    let repository = repository(&full);
    let digest = match full.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => registry::digest(
            path(repository),
            full.rsplit(':').next().unwrap_or_default(),
        ),
    };
    let pinned = format!("{repository}@{digest}");
    if engine.image(&pinned).is_none() {
        let made = engine.next();
        let image = json!({
            "Id": format!("sha256:{}", identifier(&digest)),
            "RepoTags": [],
            "RepoDigests": [pinned],
            "Architecture": "amd64",
            "Os": "linux",
            "Size": 1000,
            "Config": {"Labels": labels(repository), "Env": ["PATH=/usr/bin:/bin"]},
            "Made": made,
        });
        engine.all_mut("images").push(image);
    }
    if !full.contains('@') {
        give_tag(engine, &pinned, &full);
    }
    digest
}

/// Gives a tag to an image, and takes it from another one.
pub fn give_tag(engine: &mut Engine, image: &str, tag: &str) -> bool {
    let Some(at) = engine.image(image) else {
        return false;
    };
    let tag = with_tag(tag);
    for image in engine.all_mut("images") {
        if let Some(tags) = image["RepoTags"].as_array_mut() {
            tags.retain(|it| *it != tag);
        }
    }
    if let Some(tags) = engine.all_mut("images")[at]["RepoTags"].as_array_mut() {
        tags.push(tag.into());
    }
    true
}

/// `docker pull`.
pub fn pull(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let Some(name) = options.words.first() else {
        return Answer::refused("\"docker pull\" requires exactly 1 argument.");
    };
    let digest = fetch(engine, name);
    Answer::said(format!(
        "Digest: {digest}\nStatus: Image is up to date for {name}\n{name}"
    ))
}

/// `docker tag`.
pub fn tag(engine: &mut Engine, words: &[String]) -> Answer {
    match words {
        [image, tag] if give_tag(engine, image, tag) => Answer::default(),
        [image, _] => Answer::refused(format!(
            "Error response from daemon: No such image: {image}"
        )),
        _ => Answer::refused("\"docker tag\" requires exactly 2 arguments."),
    }
}

/// `docker rmi`.
pub fn remove(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let mut answer = Answer::default();
    for name in &options.words {
        let Some(at) = engine.image(name) else {
            answer.complain(format!("Error response from daemon: No such image: {name}"));
            answer.code = i32::from(!options.has("force"));
            continue;
        };
        let tags = engine.all_mut("images")[at]["RepoTags"].as_array_mut();
        let left = tags.map_or(0, |tags| {
            tags.retain(|it| *it != with_tag(name));
            tags.len()
        });
        if left == 0 && !used(engine, at) {
            engine.all_mut("images").remove(at);
        }
        answer.say(format!("Untagged: {name}"));
    }
    answer
}

fn used(engine: &Engine, at: usize) -> bool {
    let image = text(&engine.all("images")[at]["Id"]);
    let mut containers = engine.all("containers").iter();
    containers.any(|it| text(&it["Image"]) == image)
}

/// `docker image prune`.
pub fn prune(engine: &mut Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[], false);
    let all = options.has("all");
    let mut answer = Answer::default();
    for at in (0..engine.all("images").len()).rev() {
        let image = &engine.all("images")[at];
        let tags: Vec<String> = image["RepoTags"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tag| text(tag).to_owned())
            .collect();
        let asked = options.filters().all(|(key, value)| {
            key != "label" || listing::has_label(&image["Config"]["Labels"], value)
        });
        if asked && (all || tags.is_empty()) && !used(engine, at) {
            engine.all_mut("images").remove(at);
            for tag in tags {
                answer.say(format!("untagged: {tag}"));
            }
        }
    }
    answer.say("Total reclaimed space: 0B");
    answer
}

/// `docker image ls`.
pub fn list(engine: &Engine, words: &[String]) -> Answer {
    let options = Options::read(words, &[('f', "filter")], false);
    let mut rows = Vec::new();
    for image in engine.all("images").iter().rev() {
        let mut tags: Vec<String> = image["RepoTags"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| text(it).to_owned())
            .collect();
        let pinned = text(&image["RepoDigests"][0]).to_owned();
        if tags.is_empty() {
            tags.push(format!("{}:<none>", repository(&pinned)));
        }
        for tag in tags {
            let named = repository(&tag).to_owned();
            let is_named = |wanted: &str| wanted == named || wanted == tag;
            let asked = options.filters().all(|(key, value)| match key {
                "reference" => is_named(value),
                "label" => listing::has_label(&image["Config"]["Labels"], value),
                "dangling" => tag.ends_with(":<none>") == (value == "true"),
                _ => true,
            });
            if asked && options.words.iter().all(|it| is_named(it)) {
                let short = text(&image["Id"]).trim_start_matches("sha256:");
                let digest = pinned.rsplit('@').next().unwrap_or("<none>");
                rows.push(json!({
                    "ID": short.get(..12).unwrap_or(short),
                    "Repository": named,
                    "Tag": tag.rsplit(':').next(),
                    "Digest": if digest.is_empty() { "<none>" } else { digest },
                    "CreatedSince": "2 hours ago",
                    "Size": "1kB",
                }));
            }
        }
    }
    listing::table(
        &options,
        &rows,
        &["Repository", "Tag", "ID", "CreatedSince", "Size"],
        "ID",
    )
}
