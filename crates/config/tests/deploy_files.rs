//! Every file of `testdata/deploy-files` as a whole: what is read from it, and what is told about it, without a
//! destination and with each that has a file.

use std::{fs, path::Path};

use dhow_config::{Loaded, Problem, Problems, Sources, load};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;
use serde_yaml::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/deploy-files");

/// The base files, and for each its destinations, all in order.
fn files() -> Vec<(String, Vec<String>)> {
    let entries = fs::read_dir(FOLDER).expect("the folder with the files");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".yml").map(str::to_owned))
        .collect();
    names.sort();
    let bases = names.iter().filter(|name| is_base(name, &names));
    bases
        .map(|base| {
            let prefix = format!("{base}.");
            let destinations = names.iter().filter_map(|name| name.strip_prefix(&prefix));
            (base.clone(), destinations.map(str::to_owned).collect())
        })
        .collect()
}

/// Whether a file stands alone: a dot in a name may also belong to a version.
fn is_base(name: &str, names: &[String]) -> bool {
    let base = name.rsplit_once('.').map(|(base, _)| base.to_owned());
    base.is_none_or(|base| !names.contains(&base))
}

fn told(problems: &[Problem]) -> String {
    let all: Vec<String> = problems.iter().map(|one| one.render(false)).collect();
    let end = if all.is_empty() { "" } else { "\n\n" };
    all.join("\n\n") + end
}

/// Without what is empty, durations as one number, and pairs as one entry.
fn shortened(value: Value) -> Value {
    match value {
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(shortened).collect()),
        Value::Mapping(entries) => {
            if let (2, Some(seconds)) = (entries.len(), entries.get("secs")) {
                return seconds.clone();
            }
            for (name, value) in [("name", "value"), ("variable", "source")] {
                if let (Some(name), Some(value)) = (entries.get(name), entries.get(value)) {
                    let pair = (name.clone(), value.clone());
                    return Value::Mapping(std::iter::once(pair).collect());
                }
            }
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key, shortened(value)));
            Value::Mapping(entries.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Tagged(mut choice) => {
            choice.value = shortened(choice.value);
            Value::Tagged(choice)
        }
        scalar => scalar,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        _ => false,
    }
}

fn load_file(name: &str, destination: Option<&str>) -> Result<Loaded, Problems> {
    let destination: Option<Destination> =
        destination.map(|name| name.parse().expect("a destination"));
    let file = format!("{name}.yml");
    let (folder, file) = (Path::new(FOLDER), Path::new(&file));
    let mut runtime = StagedRuntime::default();
    let sources = Sources::read(folder, file, destination.as_ref(), &mut runtime);
    load(&sources.expect("the file is there"), destination.as_ref())
}

fn read(name: &str, destination: Option<&str>) -> Result<(Value, Vec<Problem>), Problems> {
    let loaded = load_file(name, destination)?;
    let config = serde_yaml::to_value(&loaded.config).expect("plain data");
    Ok((shortened(config), loaded.warnings))
}

/// What is told about a file, and what is read from it, but for what is the same as in `plain.yml`.
fn shown(name: &str, destination: Option<&str>, plain: &Value) -> String {
    match read(name, destination) {
        Err(Problems(problems)) => told(&problems),
        Ok((mut config, warnings)) => {
            if name != "plain" {
                let entries = config.as_mapping_mut().expect("a mapping");
                entries.retain(|key, value| plain.get(key) != Some(value));
            }
            let config = serde_yaml::to_string(&config).expect("plain data");
            format!("{}{config}", told(&warnings))
        }
    }
}

#[test]
fn every_file_is_read_as_it_always_was() {
    let files = files();
    assert!(files.len() >= 40);
    let (plain, _) = read("plain", None).expect("a file that is fine");
    for (name, destinations) in &files {
        let alone = std::iter::once(None);
        for destination in alone.chain(destinations.iter().map(|name| Some(name.as_str()))) {
            let shown = shown(name, destination, &plain);
            let title = destination.map_or_else(|| name.clone(), |over| format!("{name}.{over}"));
            insta::with_settings!({
                omit_expression => true,
                prepend_module_to_snapshot => false,
                snapshot_path => "snapshots/deploy-files",
            }, {
                insta::assert_snapshot!(title, shown);
            });
        }
    }
}

/// What nobody can use is no example. A file that asks for a destination is used with each that has a file.
#[test]
fn every_file_can_be_worked_with() {
    for (name, destinations) in files() {
        let alone = load_file(&name, None);
        let asks = |problems: &Problems| problems.to_string().contains("specify a destination");
        match alone {
            Err(problems) if asks(&problems) && !destinations.is_empty() => {}
            alone => drop(alone.unwrap_or_else(|problems| panic!("{name}:\n{problems}"))),
        }
        for destination in destinations {
            let over = load_file(&name, Some(&destination));
            assert!(over.is_ok(), "{name}, {destination}: {over:?}");
        }
    }
}
