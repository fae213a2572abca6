//! The written deploy file as it is loaded.

use std::path::Path;

use dhow_config::{Loaded, Sources};
use dhow_erb::SystemRuntime;

use crate::folder::Folder;

/// The problems of the deploy file in a folder, warnings too, or what was read of it.
fn load(folder: &Path) -> Result<Loaded, Vec<String>> {
    let mut templates = SystemRuntime::new(folder, [].into());
    let file = Path::new("config/deploy.yml");
    let sources = Sources::read(folder, file, None, &mut templates).unwrap();
    let rendered = |problems: &[dhow_config::Problem]| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    match dhow_config::load(&sources, None) {
        Ok(loaded) if loaded.warnings.is_empty() => Ok(loaded),
        Ok(loaded) => Err(rendered(&loaded.warnings)),
        Err(problems) => Err(rendered(&problems.0)),
    }
}

/// Takes the comment sign off every line that is an example: a key or an item stands behind it.
fn with_examples(deploy_file: &str) -> String {
    let example = |line: &str| {
        let indentation = line.len() - line.trim_start().len();
        let commented = line.trim_start().strip_prefix("# ")?;
        let text = commented.trim_start();
        let key = text.split_once(':').map_or("", |(key, _)| key);
        let is_key = !key.is_empty()
            && key
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
        (is_key || text.starts_with("- "))
            .then(|| format!("{}{commented}\n", " ".repeat(indentation)))
    };
    let lines = deploy_file.lines();
    lines
        .map(|line| example(line).unwrap_or_else(|| format!("{line}\n")))
        .collect()
}

#[test]
fn it_loads_as_it_is() {
    let folder = Folder::initialised();
    let loaded = load(&folder.path()).unwrap();
    assert_eq!(loaded.config.service.as_str(), "shop");
}

#[test]
fn it_loads_with_all_of_its_examples() {
    let folder = Folder::initialised();
    let examples = with_examples(&folder.read("config/deploy.yml"));
    folder.write("config/deploy.yml", &examples);
    if let Err(problems) = load(&folder.path()) {
        panic!("{problems:#?}\n{examples}");
    }
    for key in [
        "cmd",
        "args",
        "secret",
        "aliases",
        "ssh",
        "volumes",
        "asset_path",
        "boot",
        "logging",
        "accessories",
    ] {
        let is_active = |line: &str| line.trim_start().starts_with(&format!("{key}:"));
        assert!(examples.lines().any(is_active), "{key}\n{examples}");
    }
}

#[test]
fn it_loads_whatever_the_folder_is_called() {
    for (name, service) in [
        ("404", "404"),
        ("0644", "0644"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("no", "no"),
        ("Null", "null"),
        ("my shop.v2", "my-shop-v2"),
        ("--", "my-app"),
    ] {
        let folder = Folder::empty();
        let project = folder.beside(name);
        std::fs::create_dir(&project).unwrap();
        let mut dhow = folder.program(assert_cmd::cargo::cargo_bin!("dhow").to_str().unwrap());
        dhow.current_dir(&project).arg("init").output().unwrap();
        let loaded = load(&project).unwrap();
        assert_eq!(loaded.config.service.as_str(), service);
    }
}
